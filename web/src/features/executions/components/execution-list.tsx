import { Link } from "react-router";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { PlaySquare, SearchX } from "lucide-react";
import { useTimeZone } from "@/api/me";
import type { ExecutionSummary } from "@/api/types";
import { ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { EmptyState, ErrorState, SkeletonRows } from "@/components/ui/states";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { cx } from "@/lib/cx";
import { formatSeconds, secondsBetween, triggerName } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { executionsQuery } from "../api";
import { isFiltered, type RunFilter } from "../model/filters";

function Row({ run, now }: { run: ExecutionSummary; now: number }) {
  const seconds = secondsBetween(run.started_at, run.ended_at, now);
  return (
    <Link
      to={`/executions/${run.id}`}
      className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-3 hover:bg-hover md:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)_7.5rem_6rem_8rem] md:px-5"
    >
      <span className="min-w-0">
        <span className="block truncate font-medium">{run.workflow_name}</span>
        {run.error != null && <span className="block truncate text-small text-failure">{run.error.message}</span>}
      </span>
      <span className="hidden truncate text-small text-muted md:block">
        {run.business_key != null && <span className="block truncate text-ink">{run.business_key}</span>}
        {triggerName(run.trigger_type)}, version {run.version}
        {run.forked_from != null && ", a replay"}
      </span>
      <span className="justify-self-end md:justify-self-start">
        <StatusPill status={run.status} />
      </span>
      <span className="tabular text-small text-muted md:text-right">{seconds === null ? "–" : formatSeconds(seconds)}</span>
      <Time value={run.created_at} className="tabular justify-self-end text-small text-faint" />
    </Link>
  );
}

interface ExecutionListProps {
  filter: RunFilter;
  onClear: () => void;
}

export function ExecutionList({ filter, onClear }: ExecutionListProps) {
  const zone = useTimeZone();
  const runs = useInfiniteQuery({ ...executionsQuery(filter, zone), placeholderData: keepPreviousData });
  const now = useNow(5000);
  const items = runs.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = isFiltered(filter);
  return (
    <Card className={cx("overflow-hidden transition-opacity", runs.isPlaceholderData && "opacity-60")}>
      {runs.isPending && <SkeletonRows label="Loading runs" />}
      {runs.isError && <ErrorState error={runs.error} what="The runs" retry={() => void runs.refetch()} />}
      {runs.isSuccess && items.length === 0 && filtered && (
        <EmptyState
          icon={SearchX}
          title="No run matches"
          action={
            <button type="button" className="text-small font-medium text-accent-ink hover:underline" onClick={onClear}>
              Show all runs
            </button>
          }
        />
      )}
      {runs.isSuccess && items.length === 0 && !filtered && (
        <EmptyState icon={PlaySquare} title="Nothing has run yet" action={<ButtonLink to="/workflows">Go to the workflows</ButtonLink>}>
          Once a workflow is published, each time its trigger fires makes a run, and every step of it can be followed here.
        </EmptyState>
      )}
      <ul aria-label="Runs" className="divide-y divide-line">
        {items.map((run) => (
          <li key={run.id}>
            <Row run={run} now={now} />
          </li>
        ))}
      </ul>
      <LoadMore hasMore={runs.hasNextPage} busy={runs.isFetchingNextPage} onMore={() => void runs.fetchNextPage()} />
    </Card>
  );
}
