import type { ExecutionEventView, StepRunView } from "@/api/types";
import { formatNumber, formatSeconds, humanise, plural, secondsBetween } from "@/lib/format";

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

const names: Record<string, string> = {
  execution_accepted: "Trigger accepted",
  execution_started: "Run started",
  step_started: "Step started",
  step_succeeded: "Step succeeded",
  step_failed: "Step failed",
  retry_scheduled: "Another attempt is planned",
  step_skipped: "Step skipped",
  timer_set: "Waiting",
  timer_fired: "The wait is over",
  effect_intended: "About to act outside",
  effect_confirmed: "Done outside",
  effect_failed: "The action outside failed",
  effect_unknown: "The outcome outside is unknown",
  effect_settled: "Outcome settled by a person",
  ai_call: "Model called",
  variables_set: "Values set",
  stop_requested: "Ending the run was asked for",
  loop_started: "Loop started",
  wait_opened: "Waiting",
  wait_resolved: "What was waited for came",
  wait_prolonged: "Waiting longer",
  wait_expired: "The time to wait is over",
  child_started: "Another workflow started",
  compensation_started: "Undoing what was done",
  forked: "Repeats another run",
  paused: "Paused",
  resumed: "Resumed",
  lease_taken: "Taken by a worker",
  cancel_requested: "Cancelling was asked for",
  execution_succeeded: "Run succeeded",
  execution_failed: "Run failed",
  execution_cancelled: "Run cancelled",
};

/** An event in words, with what matters of its data. */
export function describeEvent(event: ExecutionEventView): { title: string; detail: string } {
  const data = object(event.data);
  const error = object(data["error"]);
  const title = names[event.kind] ?? humanise(event.kind);
  switch (event.kind) {
    case "step_failed":
    case "execution_failed":
      return { title, detail: text(error["message"]) };
    case "step_succeeded":
      return { title, detail: data["port"] === undefined || data["port"] === "out" ? "" : `by “${text(data["port"])}”` };
    case "effect_intended":
    case "wait_opened":
      return { title, detail: text(data["summary"]) };
    case "effect_unknown":
    case "effect_failed":
    case "compensation_started":
      return { title, detail: text(error["message"]) };
    case "loop_started": {
      const rounds = Array.isArray(data["items"]) ? data["items"].length : 0;
      const at = Number(data["concurrency"] ?? 1);
      return { title, detail: `${plural(rounds, "round")}${at > 1 ? `, ${at} at a time` : ""}` };
    }
    case "stop_requested":
      return { title, detail: text(data["message"]) };
    case "cancel_requested":
      return { title, detail: text(data["reason"]) };
    case "effect_settled":
      return { title, detail: data["outcome"] === "sent" ? "it was sent" : "it wasn’t sent" };
    case "forked": {
      const edited = Array.isArray(data["edited"]) ? data["edited"].length : 0;
      const from = text(data["step_id"]);
      return { title, detail: `from ${from === "" ? "the start" : `“${from}”`}${edited > 0 ? `, with ${plural(edited, "edited output")}` : ""}` };
    }
    case "variables_set":
      return { title, detail: Object.keys(object(data["values"])).join(", ") };
    case "effect_confirmed":
      return { title, detail: text(data["provider_ref"]) };
    case "ai_call": {
      const tokens = `${formatNumber(Number(data["input_tokens"] ?? 0))} in, ${formatNumber(Number(data["output_tokens"] ?? 0))} out`;
      return { title, detail: `${text(data["model"])}, ${tokens}${data["simulated"] === true ? ", simulated" : ""}` };
    }
    default:
      return { title, detail: "" };
  }
}

/** "1.2 s · try 2": what stands beside the status on a node. */
export function stepDetail(step: StepRunView, now: number): string | null {
  const parts: string[] = [];
  if (step.status === "waiting" || step.status === "retrying") {
    const until = step.wait?.until ?? step.wake_at;
    const left = until == null ? null : (Date.parse(until) - now) / 1000;
    if (left !== null && left > 1) parts.push(`${formatSeconds(left)} left`);
  } else if (step.status !== "pending" && step.status !== "skipped") {
    const seconds = secondsBetween(step.started_at, step.ended_at, now);
    if (seconds !== null) parts.push(formatSeconds(seconds));
  }
  if (step.attempt > 1) parts.push(`try ${step.attempt}`);
  return parts.length === 0 ? null : parts.join(" · ");
}

/** "for approval by managers", what a wait is for, with the deadline left to the reader. */
export function describeWait(wait: { kind: string; name: string; key: string; summary: string }): string {
  if (wait.summary !== "") return wait.summary;
  if (wait.kind === "approval") return "Waits for a decision";
  if (wait.kind === "child") return "Waits for the workflow it started";
  return `Waits for “${wait.name}”${wait.key === "" ? "" : ` with key ${wait.key}`}`;
}
