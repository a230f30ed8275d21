import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX } from "lucide-react";
import type { ApprovalDecision, ApprovalLinkView } from "@/api/types";
import { isProblem } from "@/api/problem";
import { AuthLayout } from "@/components/layout/auth-layout";
import { Button, ButtonLink } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/states";
import { formatDateTime } from "@/lib/format";
import { linkQuery, useDecideByLink } from "../api";
import { DecisionForm } from "./decision-form";
import { Facts } from "./facts";

const inApp = (
  <ButtonLink to="/approvals" variant="secondary" className="self-start">
    Open in Auterity
  </ButtonLink>
);

function Closed({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <AuthLayout title={title}>
      <div className="flex flex-col gap-4 text-muted">
        {children}
        {inApp}
      </div>
    </AuthLayout>
  );
}

/** What was decided before this link was opened; null while it is still open. */
function closedState(link: ApprovalLinkView) {
  const when = link.decided_at == null ? "" : `, ${formatDateTime(link.decided_at)}`;
  if (link.state === "approved" || link.state === "rejected") {
    return (
      <Closed title={link.state === "approved" ? "Already approved" : "Already rejected"}>
        <p>
          “{link.title}” was {link.state} by {link.decided_by ?? "somebody"}
          {when}.
        </p>
        {link.comment != null && link.comment !== "" && <blockquote className="border-l-2 border-line-strong pl-3 whitespace-pre-wrap">{link.comment}</blockquote>}
      </Closed>
    );
  }
  if (link.state === "cancelled") return <Closed title="No longer needed"><p>The workflow that asked “{link.title}” has ended without this decision.</p></Closed>;
  if (link.state === "expired") return <Closed title="Too late"><p>Nobody decided “{link.title}” in time, and the workflow went on without it.</p></Closed>;
  if (link.used) return <Closed title="This link was used"><p>It works once. Sign in to see “{link.title}”.</p></Closed>;
  if (!link.can_decide && Date.parse(link.expires_at) >= Date.now()) return <Closed title="It isn't yours to decide"><p>“{link.title}” was given to somebody else, or your role has changed.</p></Closed>;
  if (!link.can_decide) return <Closed title="This link is too old"><p>“{link.title}” still waits. Sign in to decide it.</p></Closed>;
  return null;
}

function Thanks({ decision, title }: { decision: ApprovalDecision["decision"]; title: string }) {
  const yes = decision === "approved";
  const Icon = yes ? CircleCheck : CircleX;
  return (
    <AuthLayout title={yes ? "Approved" : "Rejected"}>
      <div role="status" className="flex flex-col gap-4">
        <p className="flex gap-2.5">
          <Icon aria-hidden className={yes ? "mt-0.5 size-5 shrink-0 text-success" : "mt-0.5 size-5 shrink-0 text-failure"} />
          <span>“{title}” is decided, and the workflow goes on. You can close this page.</span>
        </p>
        {inApp}
      </div>
    </AuthLayout>
  );
}

/** A decision by a link in a mail or a text, without signing in. Opening it changes nothing. */
export function ApprovalLinkPage({ token }: { token: string }) {
  const link = useQuery(linkQuery(token));
  const decide = useDecideByLink(token);
  const [made, setMade] = useState<ApprovalDecision["decision"] | null>(null);
  if (token === "" || link.isError) {
    const gone = token === "" || (isProblem(link.error) && [400, 404, 410].includes(link.error.status));
    return (
      <AuthLayout title={gone ? "This link doesn't work" : "That didn't work"}>
        <div className="flex flex-col gap-4 text-muted">
          <p>{gone ? "It may be too old, used or incomplete. Open it from the message again, or sign in." : link.error?.message}</p>
          {gone ? inApp : (
            <Button variant="secondary" className="self-start" onClick={() => void link.refetch()}>
              Try again
            </Button>
          )}
        </div>
      </AuthLayout>
    );
  }
  if (link.data === undefined) {
    return (
      <AuthLayout title="Your decision">
        <div role="status" aria-label="Loading the decision" className="space-y-3">
          <Skeleton className="h-20" />
          <Skeleton className="h-32" />
        </div>
      </AuthLayout>
    );
  }
  const { title, body, facts, form, tenant_name, name, due_at } = link.data;
  if (made !== null) return <Thanks decision={made} title={title} />;
  const closed = closedState(link.data);
  if (closed !== null) return closed;
  return (
    <AuthLayout title={title} description={`${tenant_name} asks for your decision, ${name}.`}>
      <div className="flex flex-col gap-4">
        {body !== "" && <p className="break-words whitespace-pre-wrap">{body}</p>}
        <Facts facts={facts} />
        {due_at != null && <p className="text-small text-muted">Please decide by {formatDateTime(due_at)}.</p>}
        <DecisionForm
          form={form}
          busy={decide.isPending}
          onDecide={(decision, onError) =>
            decide.mutate(decision, {
              onSuccess: () => setMade(decision.decision),
              onError: (error) => {
                // Somebody else was faster: show what they decided.
                if (isProblem(error) && [400, 404, 409, 410].includes(error.status)) void link.refetch();
                onError(error);
              },
            })
          }
        />
      </div>
    </AuthLayout>
  );
}
