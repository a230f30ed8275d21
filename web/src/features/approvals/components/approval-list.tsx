import { Link } from "react-router";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronRight, Clock, Inbox, UserCheck } from "lucide-react";
import type { ApprovalView } from "@/api/types";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { EmptyState, ErrorState, SkeletonRows } from "@/components/ui/states";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { cx } from "@/lib/cx";
import { useNow } from "@/lib/use-now";
import { type ApprovalFilter, approvalsQuery } from "../api";
import { assigneeName, factText, isOverdue } from "../model/describe";

function Whose({ approval, now }: { approval: ApprovalView; now: number }) {
  if (approval.state !== "pending") {
    return (
      <span className="block text-small text-muted">
        {approval.decided_by?.name ?? "Nobody"}
        {approval.decided_at != null && (
          <>
            , <Time value={approval.decided_at} />
          </>
        )}
      </span>
    );
  }
  const overdue = isOverdue(approval.due_at, now);
  return (
    <span className="flex flex-wrap items-center gap-x-3 text-small text-muted">
      {approval.claimed_by == null ? <span>For {assigneeName(approval)}</span> : (
        <span className="flex items-center gap-1 text-running">
          <UserCheck aria-hidden className="size-3.5" /> {approval.claimed_by.name} has it
        </span>
      )}
      {approval.due_at != null && (
        <span className={cx("flex items-center gap-1", overdue && "font-medium text-failure")}>
          <Clock aria-hidden className="size-3.5" /> {overdue ? "Was due" : "Due"} <Time value={approval.due_at} />
        </span>
      )}
    </span>
  );
}

function Row({ approval, now }: { approval: ApprovalView; now: number }) {
  const facts = approval.facts.slice(0, 2).map((fact) => `${fact.label}: ${factText(fact.value)}`).join(" · ");
  return (
    <Link to={`/approvals/${approval.id}`} className="flex min-h-18 items-center gap-3 px-4 py-3.5 hover:bg-hover md:gap-4 md:px-5">
      <span className="min-w-0 flex-1 space-y-0.5">
        <span className="line-clamp-2 font-medium">{approval.title}</span>
        {facts !== "" && <span className="tabular block truncate text-small">{facts}</span>}
        <Whose approval={approval} now={now} />
        <span className="block truncate text-small text-faint">
          {approval.workflow.name}, <Time value={approval.created_at} />
        </span>
      </span>
      {approval.state !== "pending" && <StatusPill status={approval.state} />}
      <ChevronRight aria-hidden className="size-5 shrink-0 text-faint" />
    </Link>
  );
}

export function ApprovalList({ filter, onAll }: { filter: ApprovalFilter; onAll: () => void }) {
  const list = useInfiniteQuery(approvalsQuery(filter));
  const now = useNow();
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const pending = filter.state === "pending";
  return (
    <Card className="overflow-hidden">
      {list.isPending && <SkeletonRows label="Loading the approvals" />}
      {list.isError && list.data === undefined && <ErrorState error={list.error} what="The approvals" retry={() => void list.refetch()} />}
      {list.isSuccess && items.length === 0 && (
        <EmptyState
          icon={Inbox}
          title={pending ? (filter.mine ? "Nothing waits for you" : "Nothing waits for a decision") : "Nothing has been decided yet"}
          action={filter.mine && (
            <button type="button" className="min-h-10 text-small font-medium text-accent-ink hover:underline" onClick={onAll}>
              Show everybody&apos;s
            </button>
          )}
        >
          {pending ? "When a workflow asks for your yes, it shows here, and a number in the navigation says so." : "Decisions stay here with who made them and why."}
        </EmptyState>
      )}
      <ul aria-label="Approvals" className="divide-y divide-line">
        {items.map((approval) => (
          <li key={approval.id}>
            <Row approval={approval} now={now} />
          </li>
        ))}
      </ul>
      <LoadMore hasMore={list.hasNextPage} busy={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Card>
  );
}
