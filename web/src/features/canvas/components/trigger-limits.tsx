import { type ReactNode, useId } from "react";
import { TextField } from "@/components/ui/field";
import { NumberField } from "@/components/ui/number-field";
import type { TriggerLimits } from "@/lib/graph/definition";

interface TriggerLimitsProps {
  limits: TriggerLimits | null | undefined;
  editable: boolean;
  /** What the server says, by place inside the limits. */
  errors: Readonly<Record<string, string>>;
  onChange: (limits: TriggerLimits | null) => void;
}

const mono = "font-mono text-small";

function text(value: string): string | null {
  return value === "" ? null : value;
}

const none: TriggerLimits = { deduplication_key: null, debounce: null, throttle: null };

/** No limits are the same as limits that are all empty. */
function tidy(limits: TriggerLimits): TriggerLimits | null {
  return Object.values(limits).every((value) => value === null) ? null : limits;
}

interface GroupProps {
  title: string;
  hint: string;
  on: boolean;
  onToggle: (on: boolean) => void;
  children: ReactNode;
}

function Group({ title, hint, on, onToggle, children }: GroupProps) {
  const id = useId();
  return (
    <fieldset className="min-w-0 space-y-3">
      <legend className="sr-only">{title}</legend>
      <div className="flex items-start gap-2.5 text-small">
        <input id={id} type="checkbox" checked={on} aria-describedby={`${id}-hint`} onChange={(event) => onToggle(event.target.checked)} className="mt-0.5 size-4 accent-accent" />
        <div>
          <label htmlFor={id} className="block font-medium">
            {title}
          </label>
          <p id={`${id}-hint`} className="text-faint">
            {hint}
          </p>
        </div>
      </div>
      {on && <div className="space-y-3 border-l-2 border-line pl-3">{children}</div>}
    </fieldset>
  );
}

/** Which deliveries start a run, and when. */
export function TriggerLimitsForm({ limits, editable, errors, onChange }: TriggerLimitsProps) {
  const { deduplication_key, debounce, throttle } = limits ?? {};
  const set = (patch: Partial<TriggerLimits>) => onChange(tidy({ ...none, ...limits, ...patch }));
  return (
    <details className="border-t border-line pt-4" open={limits != null || undefined}>
      <summary className="cursor-pointer text-small font-medium">Limits</summary>
      <fieldset disabled={!editable} className="mt-3 space-y-5">
        <TextField
          label="Start once for each"
          optional
          value={deduplication_key ?? ""}
          placeholder="trigger.id"
          hint="A formula: deliveries with the same value start one run."
          error={errors["deduplication_key"]}
          className={mono}
          onChange={(event) => set({ deduplication_key: text(event.target.value) })}
        />
        <Group title="Wait for a burst to end" hint="Of many deliveries in a row only the last starts a run." on={debounce != null} onToggle={(on) => set({ debounce: on ? { seconds: 30 } : null })}>
          <NumberField label="Quiet for (seconds)" min={1} value={debounce?.seconds} error={errors["debounce.seconds"]} onChange={(value) => set({ debounce: { ...debounce, seconds: value ?? 1 } })} />
          <NumberField label="At the latest after (seconds)" optional min={1} value={debounce?.max_seconds} error={errors["debounce.max_seconds"]} onChange={(value) => set({ debounce: { ...debounce, seconds: debounce?.seconds ?? 30, max_seconds: value } })} />
          <TextField label="A burst is the same" optional value={debounce?.key ?? ""} placeholder="trigger.customer.email" error={errors["debounce.key"]} className={mono} onChange={(event) => set({ debounce: { ...debounce, seconds: debounce?.seconds ?? 30, key: text(event.target.value) } })} />
        </Group>
        <Group title="Start at most" hint="What is more waits for its turn." on={throttle != null} onToggle={(on) => set({ throttle: on ? { limit: 10, period_seconds: 60 } : null })}>
          <NumberField label="Runs" min={1} value={throttle?.limit} error={errors["throttle.limit"]} onChange={(value) => set({ throttle: { period_seconds: 60, ...throttle, limit: value ?? 1 } })} />
          <NumberField label="In (seconds)" min={1} value={throttle?.period_seconds} error={errors["throttle.period_seconds"]} onChange={(value) => set({ throttle: { limit: 10, ...throttle, period_seconds: value ?? 1 } })} />
          <TextField label="For each" optional value={throttle?.key ?? ""} placeholder="trigger.customer.phone" error={errors["throttle.key"]} className={mono} onChange={(event) => set({ throttle: { limit: 10, period_seconds: 60, ...throttle, key: text(event.target.value) } })} />
        </Group>
      </fieldset>
    </details>
  );
}
