import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import type { WorkflowView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { FormError, SelectField, TextAreaField } from "@/components/ui/field";
import { triggerName } from "@/lib/format";
import { pastRunQuery } from "../api";
import type { Draft } from "../use-draft";
import type { Trial } from "../use-trial";
import { PastRunSelect } from "./past-runs";

interface TryDialogProps {
  workflow: WorkflowView;
  draft: Draft;
  trial: Trial;
  open: boolean;
  onClose: () => void;
}

function TryForm({ workflow, draft, trial, onClose }: Omit<TryDialogProps, "open">) {
  const queries = useQueryClient();
  const { triggers } = draft.definition;
  const [text, setText] = useState(() => JSON.stringify(trial.input, null, 2));
  const [from, setFrom] = useState("");
  const [trigger, setTrigger] = useState(triggers[0]?.id ?? "");
  const [fault, setFault] = useState<string>();
  const [problem, setProblem] = useState<string | null>(null);
  const take = async (id: string) => {
    setFrom(id);
    if (id === "") return;
    const run = await queries.query(pastRunQuery(id));
    setText(JSON.stringify(run.input, null, 2));
    if (triggers.some((item) => item.id === run.trigger_id)) setTrigger(run.trigger_id);
  };
  const start = async () => {
    let input: unknown;
    try {
      input = JSON.parse(text.trim() === "" ? "{}" : text);
    } catch {
      setFault("This isn't JSON. Names and texts stand in double quotes.");
      return;
    }
    setFault(undefined);
    setProblem(null);
    try {
      await trial.run(input, trigger === "" ? null : trigger);
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : "The draft couldn't be tested.");
    }
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <p className="text-small text-muted">The draft runs as it stands here. Nothing leaves the house: messages and calls are shown, not sent, and waits pass at once.</p>
      <FormError>{problem}</FormError>
      <PastRunSelect workflowId={workflow.id} label="Take the input of a past run" none="Write it by hand" value={from} onChoose={(id) => void take(id)} />
      {triggers.length > 1 && (
        <SelectField label="Started by" value={trigger} onChange={(event) => setTrigger(event.target.value)}>
          {triggers.map((item) => (
            <option key={item.id} value={item.id}>
              {triggerName(item.type)} ({item.id})
            </option>
          ))}
        </SelectField>
      )}
      <TextAreaField label="Input (JSON)" rows={8} spellCheck={false} className="font-mono text-small" value={text} error={fault} onChange={(event) => setText(event.target.value)} />
      <div className="flex justify-end gap-2">
        <Button variant="secondary" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" busy={trial.busy}>
          Test
        </Button>
      </div>
    </form>
  );
}

/** Runs the draft as a rehearsal. */
export function TryDialog({ open, ...rest }: TryDialogProps) {
  return (
    <Dialog open={open} onClose={rest.onClose} title="Test the draft">
      <TryForm {...rest} />
    </Dialog>
  );
}
