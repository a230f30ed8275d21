import { Link } from "react-router";
import { Archive, Hourglass, Pause, Radio, RefreshCw, Undo2 } from "lucide-react";
import type { LiveStatus } from "@/api/live/socket";
import type { ExecutionEventView, ExecutionView } from "@/api/types";
import { Pill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { formatSeconds, plural, secondsBetween, triggerName } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { isOver } from "../model/fold";
import { roundName } from "../model/instances";
import { WaitText, waitLink } from "./parts";

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
      {view.business_key != null && <>, {view.business_key}</>}
      {seconds !== null && <>, {isOver(view.status) ? "took" : "running for"} {formatSeconds(seconds)}</>}
    </span>
  );
}

export function RunError({ view, stepName }: { view: ExecutionView; stepName: (id: string) => string }) {
  if (view.error == null) return null;
  const { step_id, message } = view.error;
  return (
    <div role="alert" className="mb-4 rounded-large bg-failure-soft px-4 py-3 text-failure">
      <strong className="font-semibold">{step_id == null ? "The run failed" : `Failed at “${stepName(step_id)}”${roundName(step_id) === "" ? "" : `, ${roundName(step_id)}`}`}:</strong> {message}{" "}
      {step_id != null && (
        <Link to={`?step=${encodeURIComponent(step_id)}`} replace className="font-medium underline">
          Look at the step
        </Link>
      )}
    </div>
  );
}

const mostWaits = 3;

/** What the run waits for, where that is more than a moment. */
export function RunWaits({ view, stepName }: { view: ExecutionView; stepName: (id: string) => string }) {
  const waiting = isOver(view.status) ? [] : view.steps.filter((step) => step.wait != null);
  if (waiting.length === 0) return null;
  return (
    <ul aria-label="What the run waits for" className="mb-4 space-y-1 rounded-large bg-waiting-soft px-4 py-3 text-waiting">
      {waiting.slice(0, mostWaits).map((step) => {
        const link = step.wait == null ? null : waitLink(step.wait);
        return (
          <li key={step.step_id} className="flex gap-2">
            <Hourglass aria-hidden className="mt-1 size-4 shrink-0" />
            <span className="min-w-0 break-words">
              <strong className="font-semibold">
                {stepName(step.step_id)}
                {roundName(step.step_id) !== "" && `, ${roundName(step.step_id)}`}:
              </strong>{" "}
              {step.wait != null && <WaitText wait={step.wait} />}{" "}
              {link !== null && (
                <Link to={link.to} className="font-medium whitespace-nowrap underline">
                  {link.label}
                </Link>
              )}
            </span>
          </li>
        );
      })}
      {waiting.length > mostWaits && <li>and {plural(waiting.length - mostWaits, "other step")}</li>}
    </ul>
  );
}

/** That the run is paused, or undoes what it did. */
export function RunNotices({ view, events }: { view: ExecutionView; events: readonly ExecutionEventView[] }) {
  const over = isOver(view.status);
  const undoing = events.some((event) => event.kind === "compensation_started");
  return (
    <>
      {view.history_removed && (
        <p className="mb-4 flex gap-2 rounded-large bg-hover px-4 py-3 text-muted">
          <Archive aria-hidden className="mt-1 size-4 shrink-0" /> What happened in this run is no longer kept: it is older than your plan keeps runs.
        </p>
      )}
      {!over && view.status === "paused" && (
        <p role="status" className="mb-4 flex gap-2 rounded-large bg-hover px-4 py-3 text-muted">
          <Pause aria-hidden className="mt-1 size-4 shrink-0" /> Paused. No further step starts until somebody resumes the run.
        </p>
      )}
      {!over && view.status !== "paused" && view.paused && (
        <p role="status" className="mb-4 flex gap-2 rounded-large bg-hover px-4 py-3 text-muted">
          <Pause aria-hidden className="mt-1 size-4 shrink-0" /> Pausing. The step that is under way still ends.
        </p>
      )}
      {undoing && (
        <p className="mb-4 flex gap-2 rounded-large bg-unknown-soft px-4 py-3 text-unknown">
          <Undo2 aria-hidden className="mt-1 size-4 shrink-0" />
          {over ? "After the failure, the steps that undo what was done have run." : "What was done before is being undone, the latest first."}
        </p>
      )}
    </>
  );
}
