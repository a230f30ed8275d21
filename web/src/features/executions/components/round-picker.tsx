import { useState } from "react";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { StepRunView } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { controlClass, Select } from "@/components/ui/field";
import { statusLook } from "@/components/ui/status";
import { cx } from "@/lib/cx";
import { formatNumber } from "@/lib/format";
import { countByStatus, roundName } from "../model/instances";

interface RoundPickerProps {
  runs: StepRunView[];
  current: StepRunView;
  onPick: (key: string) => void;
}

/** Turns the pages of a loop's rounds, all of them or those of one status. */
export function RoundPicker({ runs, current, onPick }: RoundPickerProps) {
  const [status, setStatus] = useState("");
  const shown = status === "" ? runs : runs.filter((run) => run.status === status);
  const index = shown.findIndex((run) => run.step_id === current.step_id);
  const go = (to: number) => {
    const next = shown[Math.min(Math.max(to, 0), shown.length - 1)];
    if (next !== undefined) onPick(next.step_id);
  };
  const filter = (next: string) => {
    setStatus(next);
    const first = runs.find((run) => next === "" || run.status === next);
    if (next !== "" && current.status !== next && first !== undefined) onPick(first.step_id);
  };
  return (
    <div role="group" aria-label="Rounds of the loop" className="flex flex-wrap items-center gap-x-0.5 gap-y-2 border-b border-line bg-sunken px-2.5 py-2 text-small">
      <IconButton label="Round before" disabled={index <= 0} onClick={() => go(index - 1)}>
        <ChevronLeft aria-hidden />
      </IconButton>
      <input
        // Moves with the round that is shown, also when another way led to it.
        key={`${status}${index}`}
        type="number"
        min={1}
        max={shown.length}
        aria-label="Number of the round"
        title={roundName(current.step_id)}
        defaultValue={index === -1 ? "" : index + 1}
        onKeyDown={(event) => {
          if (event.key === "Enter") go(Number(event.currentTarget.value) - 1);
        }}
        onBlur={(event) => {
          if (Number(event.target.value) !== index + 1) go(Number(event.target.value) - 1);
        }}
        className={cx(controlClass, "tabular h-8 w-16! px-1 text-center text-small")}
      />
      <span className="tabular px-1 text-muted">of {formatNumber(shown.length)}</span>
      <IconButton label="Round after" disabled={index === -1 || index >= shown.length - 1} onClick={() => go(index + 1)}>
        <ChevronRight aria-hidden />
      </IconButton>
      <div className="ml-auto w-36">
        <Select aria-label="Rounds by status" value={status} onChange={(event) => filter(event.target.value)}>
          <option value="">All rounds</option>
          {[...countByStatus(runs)].map(([name, count]) => (
            <option key={name} value={name}>
              {statusLook(name).label} ({formatNumber(count)})
            </option>
          ))}
        </Select>
      </div>
    </div>
  );
}
