import { SelectField, TextField } from "@/components/ui/field";
import { NumberField } from "@/components/ui/number-field";
import type { OnError, Retry } from "@/api/types";
import type { StepNode } from "@/lib/graph/definition";

interface StepSettingsProps {
  step: StepNode;
  editable: boolean;
  onChange: (patch: Partial<StepNode>) => void;
}

const patience: Retry = { max_attempts: 3, initial_delay_seconds: 2, backoff: "exponential", max_delay_seconds: 60, jitter: 0.2, on: null };

function codes(text: string): string[] | null {
  const found = text.split(/[\s,]+/).filter((code) => code !== "");
  return found.length === 0 ? null : found;
}

function RetryFields({ retry, onChange }: { retry: Retry; onChange: (retry: Retry) => void }) {
  const set = (patch: Partial<Retry>) => onChange({ ...retry, ...patch });
  const growing = retry.backoff !== "fixed" && retry.backoff !== 1;
  return (
    <div className="space-y-4 border-l-2 border-line pl-3">
      <NumberField label="Wait before the second (seconds)" min={0} step="any" value={retry.initial_delay_seconds} onChange={(value) => set({ initial_delay_seconds: value ?? 0 })} />
      <SelectField
        label="Then the wait"
        value={typeof retry.backoff === "number" ? "factor" : retry.backoff}
        onChange={(event) => set({ backoff: event.target.value === "factor" ? 3 : (event.target.value as "fixed" | "exponential") })}
      >
        <option value="exponential">doubles each time</option>
        <option value="fixed">stays the same</option>
        <option value="factor">grows by a factor</option>
      </SelectField>
      {typeof retry.backoff === "number" && <NumberField label="Factor" min={1} max={10} step="any" value={retry.backoff} onChange={(value) => set({ backoff: value ?? 1 })} />}
      {growing && <NumberField label="At most (seconds)" min={0} step="any" value={retry.max_delay_seconds} onChange={(value) => set({ max_delay_seconds: value ?? 0 })} />}
      <NumberField
        label="Vary the wait by (%)"
        min={0}
        max={100}
        value={Math.round(retry.jitter * 100)}
        hint="So that many runs don't try again in the same moment."
        onChange={(value) => set({ jitter: Math.min(100, Math.max(0, value ?? 0)) / 100 })}
      />
      <TextField
        label="Only on these errors"
        optional
        defaultValue={(retry.on ?? []).join(", ")}
        placeholder="http_status, timeout"
        hint="Codes of errors. Without them, those that the step knows to pass."
        className="font-mono text-small"
        onBlur={(event) => set({ on: codes(event.target.value) })}
      />
    </div>
  );
}

/** What happens when it goes wrong. */
export function StepSettings({ step, editable, onChange }: StepSettingsProps) {
  const retry = step.retry == null ? null : { ...patience, ...step.retry };
  const tried = retry !== null && retry.max_attempts > 1;
  return (
    <details className="border-t border-line pt-4">
      <summary className="cursor-pointer text-small font-medium">If it fails</summary>
      <fieldset disabled={!editable} className="mt-3 flex flex-col gap-4">
        <SelectField label="Then" value={step.on_error ?? "fail"} onChange={(event) => onChange({ on_error: event.target.value as OnError })}>
          <option value="fail">The run fails</option>
          <option value="continue">Go on without its output</option>
          <option value="branch">Leave by “error”</option>
        </SelectField>
        <NumberField
          label="Attempts"
          optional
          min={1}
          max={20}
          value={retry?.max_attempts}
          hint="In all, the first one included."
          onChange={(value) => onChange({ retry: value === null || value < 1 ? null : { ...patience, ...retry, max_attempts: Math.floor(value) } })}
        />
        {tried && <RetryFields retry={retry} onChange={(next) => onChange({ retry: next })} />}
        <NumberField label="Seconds before an attempt is given up" optional min={1} value={step.timeout_seconds} onChange={(value) => onChange({ timeout_seconds: value === null || value < 1 ? null : Math.floor(value) })} />
      </fieldset>
    </details>
  );
}
