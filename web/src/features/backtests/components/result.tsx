import { useQuery } from "@tanstack/react-query";
import type { BacktestSummary } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card, Section } from "@/components/ui/card";
import { Progress } from "@/components/ui/progress";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { cx } from "@/lib/cx";
import { formatNumber, plural } from "@/lib/format";
import { backtestQuery, isOver, useCancelBacktest } from "../api";
import { figuresOf } from "../model/summary";
import { RunTable } from "./run-table";

function Figures({ summary }: { summary: BacktestSummary }) {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-large border border-line bg-line shadow-card md:grid-cols-4">
      {figuresOf(summary).map((figure) => (
        <div key={figure.label} className="flex flex-col bg-surface p-4">
          <dt className="text-small text-muted">{figure.label}</dt>
          <dd className={cx("tabular text-display font-semibold", figure.marked && (figure.label === "Would fail" ? "text-failure" : "text-waiting"))}>{figure.value}</dd>
          {figure.detail !== null && <dd className="tabular text-small text-faint">{figure.detail}</dd>}
        </div>
      ))}
    </dl>
  );
}

export function BacktestResult({ id, stepName }: { id: string; stepName: (id: string) => string }) {
  const query = useQuery(backtestQuery(id));
  const cancel = useCancelBacktest(id);
  if (query.isError && query.data === undefined) return <ErrorState error={query.error} what="The result" retry={() => void query.refetch()} />;
  if (query.data === undefined) return <Skeleton className="h-64 rounded-large" />;
  const { state, done, requested, summary, runs, error, created_at } = query.data;
  return (
    <div className="space-y-4">
      <Card className="px-4 py-3 md:px-5">
        <div className="flex flex-wrap items-center gap-3">
          <StatusPill status={state} />
          <p role="status" className="tabular min-w-0 flex-1 text-small text-muted">
            {isOver(state) ? plural(done, "run") : `${formatNumber(done)} of ${formatNumber(requested)} runs`} tried, begun <Time value={created_at} />
          </p>
          {!isOver(state) && (
            <Button variant="secondary" size="small" busy={cancel.isPending} onClick={() => cancel.mutate()}>
              Stop
            </Button>
          )}
        </div>
        {!isOver(state) && <Progress label="Runs tried" value={done} total={requested} />}
        {error != null && <p role="alert" className="mt-2 text-small text-failure">{error}</p>}
      </Card>
      {summary != null && summary.runs === 0 && isOver(state) && (
        <Card className="px-4 py-8 text-center text-muted">This workflow has no past run to try the draft on.</Card>
      )}
      {summary != null && summary.runs > 0 && <Figures summary={summary} />}
      {runs.length > 0 && (
        <Section title="Run by run" bodyClassName="">
          <RunTable runs={runs} stepName={stepName} />
        </Section>
      )}
    </div>
  );
}
