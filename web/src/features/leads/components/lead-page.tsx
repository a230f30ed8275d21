import { useQuery } from "@tanstack/react-query";
import { PlaySquare } from "lucide-react";
import { usePermission } from "@/api/me";
import type { LeadStatus, LeadView } from "@/api/types";
import { ButtonLink } from "@/components/ui/button";
import { Select } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { formatResponse } from "@/lib/format";
import { leadQuery, useUpdateLead } from "../api";
import { leadStatuses } from "../model";
import { CustomerCard, VehicleCard } from "./lead-facts";
import { AiCard, MessagesCard, RawCard, TimelineCard, WordsCard } from "./lead-story";
import { ReviewCard } from "./review-card";

function StatusSelect({ lead }: { lead: LeadView }) {
  const may = usePermission("leads:write");
  const update = useUpdateLead(lead.id);
  const toast = useToast();
  if (!may) return <StatusPill status={lead.status} />;
  const change = (status: LeadStatus) => {
    const before = lead.status;
    update.mutate({ status }, {
      onSuccess: () => toast({ title: "Status changed", action: { label: "Undo", onClick: () => update.mutate({ status: before }) } }),
      onError: (error) => toast({ title: "The status wasn't changed", detail: error.message, tone: "failure" }),
    });
  };
  return (
    <Select aria-label="Status" value={lead.status} onChange={(event) => change(event.target.value as LeadStatus)} className="min-w-40">
      {leadStatuses.map((status) => (
        <option key={status.value} value={status.value}>
          {status.label}
        </option>
      ))}
    </Select>
  );
}

const crumbs = [{ label: "Leads", to: "/leads" }];

export function LeadPage({ id }: { id: string }) {
  const query = useQuery(leadQuery(id));
  if (query.isPending) {
    return (
      <Page title="Lead" crumbs={crumbs}>
        <div role="status" aria-label="Loading the lead" className="grid gap-4 lg:grid-cols-3">
          <Skeleton className="h-48 rounded-large" />
          <Skeleton className="h-96 rounded-large lg:col-span-2" />
        </div>
      </Page>
    );
  }
  if (query.isError) return <ErrorState error={query.error} what="The lead" retry={() => void query.refetch()} />;
  const lead = query.data;
  const reviews = lead.status === "needs_review";
  return (
    <Page
      title={lead.customer?.name ?? "Unknown customer"}
      crumbs={crumbs}
      description={
        <>
          {lead.source ?? "Lead"}, received <Time value={lead.received_at} />
          {lead.response_seconds != null && <>, answered in {formatResponse(lead.response_seconds)}</>}
        </>
      }
      actions={
        <>
          <StatusSelect lead={lead} />
          {lead.execution_id != null && (
            <ButtonLink to={`/executions/${lead.execution_id}`} variant="secondary">
              <PlaySquare aria-hidden /> See the run
            </ButtonLink>
          )}
        </>
      }
    >
      {lead.review_reason != null && <ReviewCard lead={lead} />}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-3">
        <div className="space-y-4">
          <CustomerCard lead={lead} />
          <VehicleCard lead={lead} />
        </div>
        <div className="min-w-0 space-y-4 lg:col-span-2">
          {reviews && <RawCard lead={lead} />}
          <AiCard lead={lead} />
          <WordsCard lead={lead} />
          <MessagesCard lead={lead} />
          <TimelineCard lead={lead} />
          {!reviews && <RawCard lead={lead} />}
        </div>
      </div>
    </Page>
  );
}
