import { useMemo, useState } from "react";
import { useNavigate } from "react-router";
import type { ReplayBody } from "@/api/types";
import type { ExecutionView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { FormError, SelectField } from "@/components/ui/field";
import type { Definition } from "@/lib/graph/definition";
import { useReplayExecution } from "../api";
import { planReplay, startPoints } from "../model/replay";
import { JsonField } from "./json-field";
import { ReplayOutputs } from "./replay-outputs";
import { ReplayMeaning } from "./replay-meaning";

interface ReplayDialogProps {
  view: ExecutionView;
  definition: Definition;
  /** The step to begin at; "" is the start; null keeps the dialog closed. */
  from: string | null;
  onClose: () => void;
}

export function ReplayDialog({ view, definition, from, onClose }: ReplayDialogProps) {
  return (
    <Dialog open={from !== null} onClose={onClose} title="Replay this run" wide>
      {from !== null && <ReplayForm key={from} view={view} definition={definition} from={from} onClose={onClose} />}
    </Dialog>
  );
}

function ReplayForm({ view, definition, from, onClose }: ReplayDialogProps & { from: string }) {
  const points = useMemo(() => startPoints(view, definition), [view, definition]);
  const [start, setStart] = useState(points.some((point) => point.id === from) ? from : "");
  const [version, setVersion] = useState<"same" | "published">("same");
  const [inputs, setInputs] = useState<"same" | "edited">("same");
  const [input, setInput] = useState<unknown>(view.input ?? null);
  const [outputs, setOutputs] = useState<Record<string, unknown>>({});
  const replay = useReplayExecution(view.id);
  const navigate = useNavigate();
  const plan = useMemo(() => planReplay(view, definition, start === "" ? null : start), [view, definition, start]);
  const kept = new Set(plan.kept.map((step) => step.id));
  const edited = Object.entries(outputs).filter(([id]) => kept.has(id));
  const unreadable = (inputs === "edited" && input === undefined) || edited.some(([, value]) => value === undefined);
  const submit = () => {
    const body: ReplayBody = {
      version,
      from_step: start === "" ? null : start,
      input: inputs === "edited" ? (input as Record<string, unknown>) : null,
      outputs: Object.fromEntries(edited),
    };
    replay.mutate(body, { onSuccess: ({ execution_id }) => { onClose(); void navigate(`/executions/${execution_id}`); } });
  };
  return (
    <form
      className="flex max-h-[75dvh] flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="-mx-5 min-h-0 flex-1 space-y-4 overflow-y-auto px-5 pb-4">
        <FormError>{replay.error?.message ?? null}</FormError>
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField label="Begin" value={start} onChange={(event) => setStart(event.target.value)}>
            <option value="">At the start</option>
            {points.map((point) => (
              <option key={point.id} value={point.id}>
                At “{point.name}”{point.failed ? " (failed)" : ""}
              </option>
            ))}
          </SelectField>
          <SelectField label="Version" value={version} onChange={(event) => setVersion(event.target.value as "same" | "published")}>
            <option value="same">The same, version {view.version}</option>
            <option value="published">The one published now</option>
          </SelectField>
        </div>
        <SelectField label="Input of the run" value={inputs} onChange={(event) => setInputs(event.target.value as "same" | "edited")}>
          <option value="same">The same</option>
          <option value="edited">Edited</option>
        </SelectField>
        {inputs === "edited" && <JsonField label="Edited input (JSON)" value={view.input} onChange={setInput} />}
        {plan.kept.length > 0 && <ReplayOutputs kept={plan.kept} edited={outputs} onChange={setOutputs} />}
        <ReplayMeaning plan={plan} fromStart={start === ""} />
      </div>
      <div className="flex justify-end gap-2 border-t border-line pt-4">
        <Button variant="secondary" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" busy={replay.isPending} disabled={unreadable}>
          Replay
        </Button>
      </div>
    </form>
  );
}
