import { Pencil, Undo2 } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Pill } from "@/components/ui/status";
import type { ReplayPlan } from "../model/replay";
import { JsonField } from "./json-field";

interface ReplayOutputsProps {
  kept: ReplayPlan["kept"];
  edited: Record<string, unknown>;
  onChange: (edited: Record<string, unknown>) => void;
}

/** The results that are taken over, each of which may be changed first. */
export function ReplayOutputs({ kept, edited, onChange }: ReplayOutputsProps) {
  const forget = (id: string) => {
    const { [id]: _gone, ...rest } = edited;
    onChange(rest);
  };
  return (
    <fieldset className="space-y-1.5">
      <legend className="mb-1.5 text-small font-medium">Results taken over from the steps before</legend>
      <ul className="divide-y divide-line rounded-medium border border-line">
        {kept.map((step) => {
          const open = step.id in edited;
          return (
            <li key={step.id} className="px-3 py-2">
              <div className="flex items-center gap-2">
                <span className="min-w-0 flex-1 truncate text-small">{step.name}</span>
                {open && <Pill tone="accent">Edited</Pill>}
                <Button
                  variant="ghost"
                  size="small"
                  aria-label={open ? `Take the result of ${step.name} as it was` : `Edit the result of ${step.name}`}
                  onClick={() => (open ? forget(step.id) : onChange({ ...edited, [step.id]: step.output ?? null }))}
                >
                  {open ? <Undo2 aria-hidden /> : <Pencil aria-hidden />}
                  {open ? "As it was" : "Edit"}
                </Button>
              </div>
              {open && <JsonField label={`Result of ${step.name} (JSON)`} value={step.output} rows={5} onChange={(value) => onChange({ ...edited, [step.id]: value })} />}
            </li>
          );
        })}
      </ul>
    </fieldset>
  );
}
