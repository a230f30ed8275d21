import { useState } from "react";
import { Link } from "react-router";
import { ChevronDown, ChevronRight } from "lucide-react";
import type { BacktestDifference, BacktestRun } from "@/api/types";
import { Button } from "@/components/ui/button";
import { FilterTabs } from "@/components/ui/filter-tabs";
import { Pill, StatusPill } from "@/components/ui/status";
import { cx } from "@/lib/cx";
import { formatNumber, humanise, plural } from "@/lib/format";
import { inOrder, kindNames, type RunVerdict, sideText, verdictOf } from "../model/summary";

const looks: Record<RunVerdict, { label: string; tone: "success" | "waiting" | "failure" }> = {
  same: { label: "The same", tone: "success" },
  different: { label: "Different", tone: "waiting" },
  failed: { label: "Would fail", tone: "failure" },
};

function Side({ title, value, tone }: { title: string; value: unknown; tone: string }) {
  return (
    <div className="min-w-0">
      <p className="text-faint">{title}</p>
      <pre className={cx("max-h-56 overflow-auto rounded-medium px-3 py-2 font-sans break-words whitespace-pre-wrap", tone)}>{sideText(value)}</pre>
    </div>
  );
}

function Difference({ difference, stepName }: { difference: BacktestDifference; stepName: (id: string) => string }) {
  const sided = difference.before != null || difference.after != null;
  return (
    <li className="space-y-2 py-3">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium">{kindNames[difference.kind] ?? humanise(difference.kind)}</span>
        {difference.step_id != null && <span className="text-muted">{stepName(difference.step_id)}</span>}
        <span className="min-w-0 break-words">{difference.summary}</span>
      </p>
      {sided && (
        <div className="grid gap-2 sm:grid-cols-2">
          <Side title="Then" value={difference.before} tone="bg-hover" />
          <Side title="With the draft" value={difference.after} tone="bg-accent-soft text-accent-ink" />
        </div>
      )}
    </li>
  );
}

function Row({ run, stepName }: { run: BacktestRun; stepName: (id: string) => string }) {
  const [open, setOpen] = useState(false);
  const verdict = verdictOf(run);
  const kinds = [...new Set(run.differences.map((difference) => (kindNames[difference.kind] ?? difference.kind).toLowerCase()))];
  const Arrow = open ? ChevronDown : ChevronRight;
  const can = run.differences.length > 0;
  return (
    <li>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 md:px-5">
        <button
          type="button"
          disabled={!can}
          aria-expanded={can ? open : undefined}
          onClick={() => setOpen(!open)}
          className="flex min-h-9 min-w-0 flex-1 items-center gap-2 text-left max-md:basis-52"
        >
          <Arrow aria-hidden className={cx("size-4 shrink-0 text-faint", !can && "invisible")} />
          <Pill tone={looks[verdict].tone}>{looks[verdict].label}</Pill>
          <span className="min-w-0 truncate text-muted">{can ? `${plural(run.differences.length, "difference")}: ${kinds.join(", ")}` : "no difference"}</span>
        </button>
        {run.status_before !== run.status_after && (
          <span className="flex items-center gap-1 max-md:order-last max-md:basis-full max-md:pl-6">
            <StatusPill status={run.status_before} /> <ChevronRight aria-label="becomes" className="size-4 text-faint" /> <StatusPill status={run.status_after} />
          </span>
        )}
        <Link to={`/executions/${run.execution_id}`} className="font-medium text-accent-ink hover:underline">
          The run
        </Link>
      </div>
      {open && (
        <ul aria-label="Differences" className="divide-y divide-line border-t border-line bg-sunken px-4 pl-10 md:px-5 md:pl-11">
          {run.differences.map((difference, index) => (
            <Difference key={index} difference={difference} stepName={stepName} />
          ))}
        </ul>
      )}
    </li>
  );
}

const portion = 25;

export function RunTable({ runs, stepName }: { runs: BacktestRun[]; stepName: (id: string) => string }) {
  const [shown, setShown] = useState("");
  const [count, setCount] = useState(portion);
  const of = (verdict: RunVerdict) => runs.filter((run) => verdictOf(run) === verdict).length;
  const options = [
    { value: "", label: `All ${formatNumber(runs.length)}` },
    { value: "failed", label: `Would fail ${of("failed")}` },
    { value: "different", label: `Different ${of("different")}` },
    { value: "same", label: `The same ${of("same")}` },
  ];
  const fitting = inOrder(runs).filter((run) => shown === "" || verdictOf(run) === shown);
  return (
    <div className="text-small">
      <div className="border-b border-line px-4 py-1.5 md:px-4">
        <FilterTabs label="Runs" value={shown} options={options} onChange={setShown} />
      </div>
      {fitting.length === 0 && <p className="px-4 py-8 text-center text-muted">None of the runs.</p>}
      <ul aria-label="Runs tried" className="divide-y divide-line">
        {fitting.slice(0, count).map((run) => (
          <Row key={run.execution_id} run={run} stepName={stepName} />
        ))}
      </ul>
      {fitting.length > count && (
        <div className="flex justify-center border-t border-line p-3">
          <Button variant="ghost" size="small" onClick={() => setCount(count + portion)}>
            Show more
          </Button>
        </div>
      )}
    </div>
  );
}
