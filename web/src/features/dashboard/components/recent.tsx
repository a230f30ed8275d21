import { Link } from "react-router";
import { CircleCheckBig, UserRoundPlus } from "lucide-react";
import type { DashboardView, LeadSummary } from "@/api/types";
import { ButtonLink } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/states";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { formatResponse } from "@/lib/format";

const more = "text-small font-medium text-accent-ink hover:underline";
const row = "flex items-center gap-3 px-4 py-3 hover:bg-hover md:px-5";

export function RecentLeads({ leads }: { leads: LeadSummary[] }) {
  return (
    <Section title="Recent leads" bodyClassName="" className="overflow-hidden" action={<Link to="/leads" className={more}>All leads</Link>}>
      {leads.length === 0 ? (
        <EmptyState icon={UserRoundPlus} title="No leads yet" action={<ButtonLink to="/templates">Choose a template</ButtonLink>}>
          Set up “Answer a new internet lead” and every lead that comes in is answered and listed here.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line">
          {leads.map((lead) => (
            <li key={lead.id}>
              <Link to={`/leads/${lead.id}`} className={row}>
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{lead.customer?.name ?? "Unknown customer"}</span>
                  <span className="block truncate text-small text-muted">{lead.vehicle?.label ?? lead.source ?? "No vehicle given"}</span>
                </span>
                <span className="shrink-0 text-right text-small text-faint">
                  <Time value={lead.received_at} className="block" />
                  <span className="block">{lead.response_seconds == null ? "Not answered" : `Answered in ${formatResponse(lead.response_seconds)}`}</span>
                </span>
                <StatusPill status={lead.status} className="max-sm:hidden" />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

export function RecentFailures({ failures }: { failures: DashboardView["recent_failures"] }) {
  return (
    <Section title="Recent failures" bodyClassName="" className="overflow-hidden" action={<Link to="/executions?status=failed" className={more}>All failures</Link>}>
      {failures.length === 0 ? (
        <EmptyState icon={CircleCheckBig} title="Nothing failed">
          Runs that fail are listed here with the step and the reason.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line">
          {failures.map((run) => (
            <li key={run.id}>
              <Link to={`/executions/${run.id}`} className={row}>
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{run.workflow_name}</span>
                  <span className="line-clamp-2 text-small text-failure">{run.error?.message ?? "Failed"}</span>
                </span>
                <Time value={run.created_at} className="shrink-0 text-small text-faint" />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
