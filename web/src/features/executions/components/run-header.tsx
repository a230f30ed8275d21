import { useState } from "react";
import { Link } from "react-router";
import { Ban, Radio, RefreshCw, UserRound, Workflow } from "lucide-react";
import type { LiveStatus } from "@/api/live/socket";
import { usePermission } from "@/api/me";
import type { ExecutionView } from "@/api/types";
import { Button, ButtonLink } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Pill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { formatSeconds, secondsBetween, triggerName } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { useCancelExecution } from "../api";
import { isOver } from "../model/fold";

export function LivePill({ socket, over }: { socket: LiveStatus; over: boolean }) {
  if (over) return null;
  if (socket === "live") {
    return (
      <Pill tone="running">
        <Radio aria-hidden className="size-3.5" /> Live
      </Pill>
    );
  }
  return (
    <Pill tone="waiting">
      <RefreshCw aria-hidden className="size-3.5" /> Reconnecting
    </Pill>
  );
}

export function RunFacts({ view }: { view: ExecutionView }) {
  const now = useNow(1000);
  const seconds = secondsBetween(view.started_at, view.ended_at, now);
  return (
    <span className="tabular">
      {triggerName(view.trigger_type)}, version {view.version}, <Time value={view.created_at} as="datetime" />
      {seconds !== null && <>, {isOver(view.status) ? "took" : "running for"} {formatSeconds(seconds)}</>}
    </span>
  );
}

export function RunActions({ view }: { view: ExecutionView }) {
  const [asking, setAsking] = useState(false);
  const mayCancel = usePermission("executions:cancel");
  const cancel = useCancelExecution(view.id);
  const toast = useToast();
  const confirm = () =>
    cancel.mutate(undefined, {
      onSuccess: () => toast({ title: "Cancelling", detail: "The step that is under way may still finish." }),
      onError: (error) => toast({ title: "It couldn't be cancelled", detail: error.message, tone: "failure" }),
      onSettled: () => setAsking(false),
    });
  return (
    <>
      {view.lead_id != null && (
        <ButtonLink to={`/leads/${view.lead_id}`} variant="secondary">
          <UserRound aria-hidden /> Lead
        </ButtonLink>
      )}
      <ButtonLink to={`/workflows/${view.workflow_id}`} variant="secondary">
        <Workflow aria-hidden /> Workflow
      </ButtonLink>
      {mayCancel && !isOver(view.status) && (
        <Button variant="secondary" onClick={() => setAsking(true)}>
          <Ban aria-hidden /> Cancel
        </Button>
      )}
      <Confirm open={asking} onClose={() => setAsking(false)} onConfirm={confirm} busy={cancel.isPending} danger title="Cancel this run?" action="Cancel the run">
        No further step starts. What has been sent already stays sent.
      </Confirm>
    </>
  );
}

export function RunError({ view, stepName }: { view: ExecutionView; stepName: (id: string) => string }) {
  if (view.error == null) return null;
  const { step_id, message } = view.error;
  return (
    <div role="alert" className="mb-4 rounded-large bg-failure-soft px-4 py-3 text-failure">
      <strong className="font-semibold">{step_id == null ? "The run failed" : `Failed at “${stepName(step_id)}”`}:</strong> {message}{" "}
      {step_id != null && (
        <Link to={`?step=${step_id}`} replace className="font-medium underline">
          Look at the step
        </Link>
      )}
    </div>
  );
}
