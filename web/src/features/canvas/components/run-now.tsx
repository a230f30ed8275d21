import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { FormError, TextAreaField } from "@/components/ui/field";
import { useRunNow } from "../api";

interface RunNowProps {
  workflowId: string;
  open: boolean;
  onClose: () => void;
  onStarted: (executionId: string) => void;
}

export function RunNow({ workflowId, open, onClose, onStarted }: RunNowProps) {
  return (
    <Dialog open={open} onClose={onClose} title="Run now">
      <RunForm workflowId={workflowId} onClose={onClose} onStarted={onStarted} />
    </Dialog>
  );
}

function RunForm({ workflowId, onClose, onStarted }: Omit<RunNowProps, "open">) {
  const [text, setText] = useState("{}");
  const [fault, setFault] = useState<string>();
  const run = useRunNow(workflowId);
  const start = () => {
    let input: unknown;
    try {
      input = JSON.parse(text.trim() === "" ? "{}" : text);
    } catch {
      setFault("This isn't JSON. Names and texts stand in double quotes.");
      return;
    }
    setFault(undefined);
    run.mutate(input, { onSuccess: (accepted) => onStarted(accepted.execution_id) });
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      <FormError>{run.error?.message ?? null}</FormError>
      <TextAreaField
        label="Input (JSON)"
        hint="Steps read it as trigger, as if a trigger had brought it. The published version runs, not the draft."
        rows={8}
        spellCheck={false}
        className="font-mono text-small"
        value={text}
        error={fault}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="flex justify-end gap-2">
        <Button variant="secondary" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" busy={run.isPending}>
          Run
        </Button>
      </div>
    </form>
  );
}
