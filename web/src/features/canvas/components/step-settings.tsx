import { SelectField, TextField } from "@/components/ui/field";
import type { OnError, Retry } from "@/api/types";
import type { StepNode } from "@/lib/graph/definition";

interface StepSettingsProps {
  step: StepNode;
  editable: boolean;
  onChange: (patch: Partial<StepNode>) => void;
}

const patience: Omit<Retry, "max_attempts"> = { initial_delay_seconds: 2, backoff: "exponential", max_delay_seconds: 60 };

function number(text: string): number | null {
  const value = Number.parseInt(text, 10);
  return Number.isNaN(value) || value < 1 ? null : value;
}

/** What happens when it goes wrong. */
export function StepSettings({ step, editable, onChange }: StepSettingsProps) {
  const attempts = step.retry?.max_attempts;
  return (
    <details className="border-t border-line pt-4">
      <summary className="cursor-pointer text-small font-medium">If it fails</summary>
      <div className="mt-3 flex flex-col gap-4">
        <SelectField label="Then" disabled={!editable} value={step.on_error ?? "fail"} onChange={(event) => onChange({ on_error: event.target.value as OnError })}>
          <option value="fail">The run fails</option>
          <option value="continue">Go on without its output</option>
          <option value="branch">Leave by “error”</option>
        </SelectField>
        <TextField
          label="Attempts"
          optional
          type="number"
          min={1}
          max={20}
          disabled={!editable}
          value={attempts ?? ""}
          hint="In all, the first one included."
          onChange={(event) => {
            const most = number(event.target.value);
            onChange({ retry: most === null ? null : { ...patience, ...step.retry, max_attempts: most } });
          }}
        />
        <TextField
          label="Seconds before an attempt is given up"
          optional
          type="number"
          min={1}
          disabled={!editable}
          value={step.timeout_seconds ?? ""}
          onChange={(event) => onChange({ timeout_seconds: number(event.target.value) })}
        />
      </div>
    </details>
  );
}
