import { useState } from "react";
import { useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { Clock, Hand, Lock, PlaySquare, UserRound, Users } from "lucide-react";
import { useMe, usePermission } from "@/api/me";
import type { ApprovalView } from "@/api/types";
import { Button, ButtonLink } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { cx } from "@/lib/cx";
import { useNow } from "@/lib/use-now";
import { approvalQuery, useClaim, useDecide } from "../api";
import { assigneeName, isOverdue, whyNot } from "../model/describe";
import { AssignDialog } from "./assign-dialog";
import { Decided } from "./decided";
import { DecisionForm } from "./decision-form";
import { Facts } from "./facts";

const crumbs = [{ label: "Approvals", to: "/approvals" }];

function Claiming({ approval, me }: { approval: ApprovalView; me: string | undefined }) {
  const claim = useClaim(approval.id);
  const toast = useToast();
  const mine = approval.claimed_by != null && approval.claimed_by.id === me;
  if (approval.claimed_by != null && !mine) return null;
  const change = () => claim.mutate(!mine, { onError: (error) => toast({ title: "That didn't work", detail: error.message, tone: "failure" }) });
  return (
    <Button variant="secondary" busy={claim.isPending} onClick={change}>
      {!claim.isPending && <Hand aria-hidden />} {mine ? "Release" : "Claim"}
    </Button>
  );
}

function About({ approval }: { approval: ApprovalView }) {
  const now = useNow();
  const overdue = approval.state === "pending" && isOverdue(approval.due_at, now);
  return (
    <ul className="space-y-1 text-small text-muted">
      <li className="flex items-center gap-2">
        <Users aria-hidden className="size-4 shrink-0" />
        <span>
          For {assigneeName(approval)}
          {approval.claimed_by != null && `, ${approval.claimed_by.name} has taken it on`}
          {approval.escalation_level > 0 && ", passed up because nobody decided in time"}
        </span>
      </li>
      {approval.due_at != null && (
        <li className={cx("flex items-center gap-2", overdue && "font-medium text-failure")}>
          <Clock aria-hidden className="size-4 shrink-0" />
          <span>
            {overdue ? "Was due" : "Due"} <Time value={approval.due_at} as="datetime" />
          </span>
        </li>
      )}
    </ul>
  );
}

export function ApprovalPage({ id }: { id: string }) {
  const query = useQuery(approvalQuery(id));
  const me = useMe()?.user.id;
  const mayDecide = usePermission("approvals:decide");
  const mayAssign = usePermission("approvals:assign");
  const mayRuns = usePermission("executions:read");
  const [assigning, setAssigning] = useState(false);
  const decide = useDecide(id);
  const navigate = useNavigate();
  const toast = useToast();
  if (query.isError && query.data === undefined) return <ErrorState error={query.error} what="The approval" retry={() => void query.refetch()} />;
  if (query.data === undefined) {
    return (
      <Page title="Approval" crumbs={crumbs}>
        <div role="status" aria-label="Loading the approval" className="max-w-2xl space-y-4">
          <Skeleton className="h-40 rounded-large" />
          <Skeleton className="h-56 rounded-large" />
        </div>
      </Page>
    );
  }
  const approval = query.data;
  const pending = approval.state === "pending";
  const reason = whyNot(approval, me);
  return (
    <Page
      title={approval.title}
      crumbs={crumbs}
      badge={<StatusPill status={pending ? "waiting" : approval.state} />}
      description={
        <>
          {approval.workflow.name} asks, <Time value={approval.created_at} />
        </>
      }
      actions={
        <>
          {approval.lead_id != null && (
            <ButtonLink to={`/leads/${approval.lead_id}`} variant="secondary">
              <UserRound aria-hidden /> Lead
            </ButtonLink>
          )}
          {mayRuns && (
            <ButtonLink to={`/executions/${approval.execution_id}`} variant="secondary">
              <PlaySquare aria-hidden /> Run
            </ButtonLink>
          )}
          {pending && mayAssign && (
            <Button variant="secondary" onClick={() => setAssigning(true)}>
              Reassign
            </Button>
          )}
          {pending && mayDecide && (approval.can_decide || approval.claimed_by?.id === me) && <Claiming approval={approval} me={me} />}
        </>
      }
    >
      <div className="max-w-2xl space-y-4">
        <Section title="What it is about" bodyClassName="space-y-4 p-4 md:p-5">
          {approval.body !== "" && <p className="break-words whitespace-pre-wrap">{approval.body}</p>}
          <Facts facts={approval.facts} />
          <About approval={approval} />
        </Section>
        <Section title={pending ? "Your decision" : "The decision"}>
          {!pending && <Decided approval={approval} />}
          {pending && (reason !== null || !mayDecide) && (
            <p className="flex gap-2 text-muted">
              <Lock aria-hidden className="mt-1 size-4 shrink-0" /> {reason ?? "Your role can look at decisions, not make them."}
            </p>
          )}
          {pending && reason === null && mayDecide && (
            <DecisionForm
              key={id}
              form={approval.form}
              busy={decide.isPending}
              aboveBar
              onDecide={(decision, onError) =>
                decide.mutate(decision, {
                  onError,
                  onSuccess: () => {
                    toast({ title: decision.decision === "approved" ? "Approved" : "Rejected", detail: approval.title, action: { label: "Open", to: `/approvals/${id}` } });
                    void navigate("/approvals");
                  },
                })
              }
            />
          )}
        </Section>
      </div>
      <AssignDialog approval={approval} open={assigning} onClose={() => setAssigning(false)} />
    </Page>
  );
}
