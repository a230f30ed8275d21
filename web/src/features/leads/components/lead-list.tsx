import { Link } from "react-router";
import { useInfiniteQuery } from "@tanstack/react-query";
import { SearchX, UserRoundPlus } from "lucide-react";
import type { LeadSummary } from "@/api/types";
import { ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { EmptyState, ErrorState, SkeletonRows } from "@/components/ui/states";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { formatResponse } from "@/lib/format";
import { leadsQuery } from "../api";

function LeadRow({ lead }: { lead: LeadSummary }) {
  return (
    <Link
      to={`/leads/${lead.id}`}
      className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-3 hover:bg-hover md:grid-cols-[minmax(0,1.2fr)_minmax(0,1.4fr)_minmax(0,0.8fr)_8.5rem_9.5rem] md:px-5"
    >
      <span className="truncate font-medium">{lead.customer?.name ?? "Unknown customer"}</span>
      <span className="order-3 col-span-2 truncate text-small text-muted md:order-none md:col-span-1">
        {lead.vehicle?.label ?? "No vehicle given"}
        {lead.review_reason != null && <span className="block truncate text-unknown first-letter:uppercase">{lead.review_reason}</span>}
      </span>
      <span className="hidden truncate text-small text-muted md:block">{lead.source ?? "–"}</span>
      <span className="order-2 justify-self-end md:order-none md:justify-self-start">
        <StatusPill status={lead.status} />
      </span>
      <span className="tabular order-4 col-span-2 flex gap-2 text-small text-faint md:order-none md:col-span-1 md:block md:text-right">
        <Time value={lead.received_at} className="block" />
        <span className="block">{lead.response_seconds == null ? "Not answered" : `Answered in ${formatResponse(lead.response_seconds)}`}</span>
      </span>
    </Link>
  );
}

interface LeadListProps {
  status: string;
  q: string;
  onClear: () => void;
}

export function LeadList({ status, q, onClear }: LeadListProps) {
  const leads = useInfiniteQuery(leadsQuery(status, q));
  const filtered = status !== "" || q !== "";
  const items = leads.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card className="overflow-hidden">
      {leads.isPending && <SkeletonRows label="Loading leads" />}
      {leads.isError && <ErrorState error={leads.error} what="The leads" retry={() => void leads.refetch()} />}
      {leads.isSuccess && items.length === 0 && filtered && (
        <EmptyState
          icon={SearchX}
          title="No lead matches"
          action={
            <button type="button" className="text-small font-medium text-accent-ink hover:underline" onClick={onClear}>
              Show all leads
            </button>
          }
        />
      )}
      {leads.isSuccess && items.length === 0 && !filtered && (
        <EmptyState icon={UserRoundPlus} title="No leads yet" action={<ButtonLink to="/templates/answer-internet-lead">Set up lead answering</ButtonLink>}>
          Publish “Answer a new internet lead” and give its address to your lead providers: each lead appears here the second it arrives.
        </EmptyState>
      )}
      <ul aria-label="Leads" className="divide-y divide-line">
        {items.map((lead) => (
          <li key={lead.id}>
            <LeadRow lead={lead} />
          </li>
        ))}
      </ul>
      <LoadMore hasMore={leads.hasNextPage} busy={leads.isFetchingNextPage} onMore={() => void leads.fetchNextPage()} />
    </Card>
  );
}
