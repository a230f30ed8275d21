import { useState } from "react";
import { useNavigate } from "react-router";
import { Ban, Pause, Play, RefreshCw, RotateCcw, UserRound, Workflow } from "lucide-react";
import { usePermission } from "@/api/me";
import type { ExecutionView } from "@/api/types";
import { Button, ButtonLink } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { useToast } from "@/components/ui/toast";
import { useCancelExecution, usePauseExecution, useRetryExecution } from "../api";
import { isOver } from "../model/fold";

function Cancel({ view }: { view: ExecutionView }) {
  const [asking, setAsking] = useState(false);
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
      <Button variant="secondary" onClick={() => setAsking(true)}>
        <Ban aria-hidden /> Cancel
      </Button>
      <Confirm open={asking} onClose={() => setAsking(false)} onConfirm={confirm} busy={cancel.isPending} danger title="Cancel this run?" action="Cancel the run">
        No further step starts, and steps that undo others run. What has been sent already stays sent.
      </Confirm>
    </>
  );
}

function PauseOrResume({ view }: { view: ExecutionView }) {
  const pause = usePauseExecution(view.id);
  const toast = useToast();
  const stopped = view.status === "paused" || view.paused;
  const change = () =>
    pause.mutate(!stopped, {
      onError: (error) => toast({ title: stopped ? "It couldn't be resumed" : "It couldn't be paused", detail: error.message, tone: "failure" }),
    });
  return (
    <Button variant={stopped ? "primary" : "secondary"} busy={pause.isPending} onClick={change}>
      {!pause.isPending && (stopped ? <Play aria-hidden /> : <Pause aria-hidden />)}
      {stopped ? "Resume" : "Pause"}
    </Button>
  );
}

function Retry({ view }: { view: ExecutionView }) {
  const [asking, setAsking] = useState(false);
  const retry = useRetryExecution(view.id);
  const where = view.status === "failed" ? "the step that failed" : "the step where it was cancelled";
  const navigate = useNavigate();
  const toast = useToast();
  const confirm = () =>
    retry.mutate(undefined, {
      onSuccess: ({ execution_id }) => void navigate(`/executions/${execution_id}`),
      onError: (error) => toast({ title: "It couldn't be retried", detail: error.message, tone: "failure" }),
      onSettled: () => setAsking(false),
    });
  return (
    <>
      <Button onClick={() => setAsking(true)}>
        <RefreshCw aria-hidden /> Retry
      </Button>
      <Confirm open={asking} onClose={() => setAsking(false)} onConfirm={confirm} busy={retry.isPending} title={`Retry from ${where}?`} action="Retry">
        A new run takes over what succeeded and begins at {where}. What succeeded isn&apos;t done again.
      </Confirm>
    </>
  );
}

export function RunActions({ view, onReplay }: { view: ExecutionView; onReplay: () => void }) {
  const mayCancel = usePermission("executions:cancel");
  const mayPause = usePermission("executions:pause");
  const mayReplay = usePermission("executions:replay");
  const over = isOver(view.status);
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
      {mayReplay && over && (
        <Button variant="secondary" onClick={onReplay}>
          <RotateCcw aria-hidden /> Replay
        </Button>
      )}
      {mayPause && !over && <PauseOrResume view={view} />}
      {mayCancel && !over && <Cancel view={view} />}
      {mayReplay && (view.status === "failed" || view.status === "cancelled") && <Retry view={view} />}
    </>
  );
}
