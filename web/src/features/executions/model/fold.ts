import type { EffectView, ExecutionEventView, ExecutionStatus, ExecutionView, Failure, StepRunView, WaitView } from "@/api/types";
import { definitionId, iterationsOf } from "./instances";

const endings: Record<string, ExecutionStatus> = {
  execution_succeeded: "succeeded",
  execution_failed: "failed",
  execution_cancelled: "cancelled",
};

export function isOver(status: string): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled";
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function failureOf(value: unknown): Failure {
  const error = object(value);
  return { code: text(error["code"]) ?? "failed", message: text(error["message"]) ?? "Failed", step_id: text(error["step_id"]) };
}

function patchStep(view: ExecutionView, id: string, change: Partial<StepRunView>): ExecutionView {
  const known = view.steps.find((step) => step.step_id === id);
  const fresh: StepRunView = { step_id: id, definition_step_id: definitionId(id), iterations: iterationsOf(id), status: "pending", attempt: 0, ai_calls: [] };
  const next: StepRunView = { ...(known ?? fresh), ...change };
  const steps = known === undefined ? [...view.steps, next] : view.steps.map((step) => (step.step_id === id ? next : step));
  return { ...view, steps };
}

function waitOf(data: Record<string, unknown>): WaitView {
  return {
    kind: text(data["kind"]) ?? "",
    name: text(data["name"]) ?? "",
    key: text(data["key"]) ?? "",
    summary: text(data["summary"]) ?? "",
    until: text(data["until"]),
  };
}

function prolonged(view: ExecutionView, id: string, until: string | null): ExecutionView {
  const wait = view.steps.find((step) => step.step_id === id)?.wait;
  return wait == null ? view : patchStep(view, id, { wait: { ...wait, until } });
}

function withCall(view: ExecutionView, id: string, data: Record<string, unknown>): ExecutionView {
  const calls = view.steps.find((step) => step.step_id === id)?.ai_calls ?? [];
  const call = {
    model: text(data["model"]) ?? "",
    input_tokens: Number(data["input_tokens"] ?? 0),
    output_tokens: Number(data["output_tokens"] ?? 0),
    simulated: data["simulated"] === true,
  };
  return patchStep(view, id, { ai_calls: [...calls, call] });
}

function patchEffect(view: ExecutionView, event: ExecutionEventView, change: Partial<EffectView>): ExecutionView {
  const data = object(event.data);
  const key = text(data["key"]);
  if (key === null) return view;
  const known = view.effects.find((effect) => effect.key === key);
  const fresh: EffectView = {
    key,
    step_id: event.step_id ?? "",
    kind: text(data["kind"]) ?? "",
    state: "intended",
    summary: text(data["summary"]) ?? "",
    simulated: data["simulated"] === true,
    created_at: event.at,
    updated_at: event.at,
  };
  const next = { ...(known ?? fresh), ...change, updated_at: event.at };
  const effects = known === undefined ? [...view.effects, next] : view.effects.map((effect) => (effect.key === key ? next : effect));
  return { ...view, effects };
}

function stepEvent(view: ExecutionView, event: ExecutionEventView, id: string): ExecutionView {
  const data = object(event.data);
  switch (event.kind) {
    case "step_started":
      return patchStep({ ...view, status: "running" }, id, {
        status: "running",
        attempt: event.attempt ?? 1,
        started_at: event.at,
        ended_at: null,
        wake_at: null,
        error: null,
        ...("input" in data ? { input: data["input"] } : {}),
      });
    case "step_succeeded":
      return patchStep(view, id, { status: "succeeded", ended_at: event.at, output: data["output"], port: text(data["port"]) ?? "out" });
    case "step_failed":
      return patchStep(view, id, { status: data["will_retry"] === true ? "retrying" : "failed", ended_at: event.at, error: failureOf(data["error"]) });
    case "retry_scheduled":
      return patchStep(view, id, { status: "retrying", wake_at: text(data["at"]) });
    case "step_skipped":
      return patchStep(view, id, { status: "skipped", ended_at: event.at });
    case "timer_set":
      return patchStep({ ...view, status: "waiting" }, id, { status: "waiting", wake_at: text(data["at"]) });
    case "timer_fired":
      return patchStep({ ...view, status: "running" }, id, { wake_at: null });
    case "wait_opened":
      return patchStep({ ...view, status: "waiting" }, id, { status: "waiting", wait: waitOf(data) });
    case "wait_prolonged":
      return prolonged(view, id, text(data["at"]));
    case "wait_resolved":
    case "wait_expired":
      return patchStep({ ...view, status: "running" }, id, { status: "running", wait: null });
    case "child_started": {
      const child = text(data["execution_id"]);
      return child === null || view.children.includes(child) ? view : { ...view, children: [...view.children, child] };
    }
    case "ai_call":
      return withCall(view, id, data);
    default:
      return view;
  }
}

function effectEvent(view: ExecutionView, event: ExecutionEventView): ExecutionView {
  const data = object(event.data);
  const ref = text(data["provider_ref"]);
  switch (event.kind) {
    case "effect_intended":
      return patchEffect(view, event, {});
    case "effect_confirmed":
      return patchEffect(view, event, { state: "confirmed", ...(ref === null ? {} : { provider_ref: ref }) });
    case "effect_failed":
      return patchEffect(view, event, { state: "failed" });
    case "effect_unknown":
      return patchEffect(view, event, { state: "unknown" });
    case "effect_settled":
      return patchEffect(view, event, { state: data["outcome"] === "not_sent" ? "failed" : "confirmed" });
    default:
      return view;
  }
}

/** The run after one more event; an event that is already in changes nothing. */
export function applyEvent(view: ExecutionView, event: ExecutionEventView): ExecutionView {
  if (event.seq <= view.last_seq) return view;
  const next = { ...view, last_seq: event.seq };
  if (event.kind === "execution_started") return { ...next, status: "running", started_at: event.at };
  if (event.kind === "paused") return { ...next, status: "paused", paused: true };
  if (event.kind === "resumed") return { ...next, status: "running", paused: false };
  const ending = endings[event.kind];
  if (ending !== undefined) {
    const data = object(event.data);
    return {
      ...next,
      status: ending,
      ended_at: event.at,
      ...("output" in data ? { output: data["output"] } : {}),
      ...(ending === "failed"
        ? { error: failureOf(data["error"]) }
        : {}),
    };
  }
  if (event.kind.startsWith("effect_")) return effectEvent(next, event);
  return event.step_id == null ? next : stepEvent(next, event, event.step_id);
}

/** A stored run brought up to date with the events that came after it. */
export function catchUp(view: ExecutionView, events: readonly ExecutionEventView[]): ExecutionView {
  return events.reduce(applyEvent, view);
}

/** Joins two lists with sequence numbers into one in order, without repeats. */
export function mergeBySeq<T extends { seq: number }>(one: readonly T[], other: readonly T[]): T[] {
  const bySeq = new Map<number, T>();
  for (const item of one) bySeq.set(item.seq, item);
  for (const item of other) bySeq.set(item.seq, item);
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}
