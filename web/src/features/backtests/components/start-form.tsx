import { useState } from "react";
import { FlaskConical, ShieldCheck } from "lucide-react";
import { Button } from "@/components/ui/button";
import { FormError, SelectField } from "@/components/ui/field";
import { useStartBacktest } from "../api";

const counts = [10, 25, 50, 100, 200];

interface StartFormProps {
  workflowId: string;
  onStarted: (id: string) => void;
}

export function StartForm({ workflowId, onStarted }: StartFormProps) {
  const [count, setCount] = useState(50);
  const start = useStartBacktest(workflowId);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate(count, { onSuccess: (made) => onStarted(made.id) });
      }}
    >
      <FormError>{start.error?.message ?? null}</FormError>
      <p className="flex gap-2.5 rounded-medium bg-success-soft px-3 py-2.5 text-small text-success">
        <ShieldCheck aria-hidden className="mt-0.5 size-4 shrink-0" />
        <span>
          <strong className="font-semibold">Nothing leaves the house.</strong> No mail, text, call or AI request is made: what was answered then is answered now, and nothing is changed.
        </span>
      </p>
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-48 flex-1 sm:max-w-64">
          <SelectField label="Past runs" value={count} onChange={(event) => setCount(Number(event.target.value))}>
            {counts.map((option) => (
              <option key={option} value={option}>
                The last {option}
              </option>
            ))}
          </SelectField>
        </div>
        <Button type="submit" busy={start.isPending}>
          {!start.isPending && <FlaskConical aria-hidden />} Try the draft
        </Button>
      </div>
    </form>
  );
}
