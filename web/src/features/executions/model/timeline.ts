import type { ExecutionEventView, ExecutionView, StepRunView } from "@/api/types";

export type SpanKind = "attempt" | "wait" | "gap" | "call" | "queued" | "run" | "paused";

export interface Span {
  kind: SpanKind;
  from: number;
  /** Null while it lasts. */
  to: number | null;
  /** How it ended: "succeeded", "failed", "unknown"; empty while it lasts. */
  outcome: string;
  label: string;
}

export interface TimelineRow {
  /** The step's key, with its round; null for the run itself. */
  key: string | null;
  status: string;
  from: number;
  to: number | null;
  attempts: number;
  spans: Span[];
}

interface Open {
  row: TimelineRow;
  attempt: Span | null;
  wait: Span | null;
  gap: Span | null;
  calls: Map<string, Span>;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function close(span: Span | null, at: number, outcome: string): null {
  if (span !== null) {
    span.to = at;
    span.outcome = outcome;
  }
  return null;
}

function settle(row: TimelineRow, end: number, status: string): void {
  row.to = Math.max(end, row.from);
  for (const span of row.spans) {
    if (span.to !== null) continue;
    span.to = Math.max(end, span.from);
    if (span.kind === "attempt") span.outcome = status === "succeeded" || status === "failed" ? status : "lost";
  }
}

function stepEvent(open: Open, event: ExecutionEventView, at: number): void {
  const data = (event.data ?? {}) as Record<string, unknown>;
  const add = (kind: SpanKind, label: string): Span => {
    const span: Span = { kind, from: at, to: null, outcome: "", label };
    open.row.spans.push(span);
    return span;
  };
  const endWait = (outcome: string) => (open.wait = close(open.wait, at, outcome));
  const endAttempt = (outcome: string) => {
    endWait(outcome);
    open.attempt = close(open.attempt, at, outcome);
    open.row.to = at;
  };
  switch (event.kind) {
    case "step_started":
      open.gap = close(open.gap, at, "");
      close(open.attempt, at, "lost");
      open.row.attempts = Math.max(open.row.attempts, event.attempt ?? 1);
      open.row.to = null;
      open.attempt = add("attempt", `Attempt ${event.attempt ?? 1}`);
      break;
    case "step_succeeded":
      endAttempt("succeeded");
      break;
    case "step_failed":
      endAttempt("failed");
      break;
    case "retry_scheduled":
      open.row.to = null;
      open.gap = add("gap", "Until the next attempt");
      break;
    case "timer_set":
    case "wait_opened":
      endWait("");
      open.wait = add("wait", text(data["summary"]) || "Waiting");
      break;
    case "timer_fired":
    case "wait_resolved":
      endWait("succeeded");
      break;
    case "wait_expired":
      endWait("expired");
      break;
    case "effect_intended":
      open.calls.set(text(data["key"]), add("call", text(data["summary"]) || text(data["kind"])));
      break;
    case "effect_confirmed":
    case "effect_failed":
    case "effect_unknown":
      close(open.calls.get(text(data["key"])) ?? null, at, event.kind === "effect_confirmed" ? "succeeded" : event.kind === "effect_failed" ? "failed" : "unknown");
      break;
  }
}

function runRow(view: ExecutionView, events: readonly ExecutionEventView[]): TimelineRow {
  const created = Date.parse(view.created_at);
  const started = view.started_at == null ? null : Date.parse(view.started_at);
  const ended = view.ended_at == null ? null : Date.parse(view.ended_at);
  const spans: Span[] = [{ kind: "queued", from: created, to: started ?? ended, outcome: "", label: "Waiting for a worker" }];
  if (started !== null) spans.push({ kind: "run", from: started, to: ended, outcome: view.status, label: "Run" });
  let paused: Span | null = null;
  for (const event of events) {
    if (event.kind === "paused" && paused === null) {
      paused = { kind: "paused", from: Date.parse(event.at), to: null, outcome: "", label: "Paused" };
      spans.push(paused);
    } else if (event.kind === "resumed") paused = close(paused, Date.parse(event.at), "");
  }
  if (ended !== null) close(paused, ended, "");
  return { key: null, status: view.status, from: created, to: ended, attempts: 1, spans };
}

/** A step whose events weren't read, or that another run took over: from its beginning to its end. */
function fromStep(step: StepRunView): TimelineRow | null {
  if (step.started_at == null) return null;
  const from = Date.parse(step.started_at);
  const to = step.ended_at == null ? null : Date.parse(step.ended_at);
  return { key: step.step_id, status: step.status, from, to, attempts: step.attempt, spans: [{ kind: "attempt", from, to, outcome: to === null ? "" : step.status, label: `Attempt ${step.attempt}` }] };
}

/** The run's steps on a time axis, in the order in which they began; the run itself first. */
export function timelineRows(view: ExecutionView, events: readonly ExecutionEventView[]): TimelineRow[] {
  const open = new Map<string, Open>();
  const steps = new Map(view.steps.map((step) => [step.step_id, step]));
  for (const event of events) {
    if (event.step_id == null) continue;
    const at = Date.parse(event.at);
    let known = open.get(event.step_id);
    if (known === undefined) {
      if (event.kind === "step_skipped") continue;
      const status = steps.get(event.step_id)?.status ?? "running";
      known = { row: { key: event.step_id, status, from: at, to: null, attempts: 1, spans: [] }, attempt: null, wait: null, gap: null, calls: new Map() };
      open.set(event.step_id, known);
    }
    stepEvent(known, event, at);
  }
  const over = view.ended_at == null ? null : Date.parse(view.ended_at);
  for (const { row } of open.values()) {
    const stored = row.key === null ? undefined : steps.get(row.key);
    const end = stored?.ended_at == null ? over : Date.parse(stored.ended_at);
    // The event of its end wasn't read, or the run ended while it was under way.
    if (end !== null && row.to === null) settle(row, end, stored?.status ?? "");
  }
  const rows = [...open.values()].map(({ row }) => row).filter((row) => row.spans.length > 0);
  for (const step of view.steps) {
    if (open.get(step.step_id)?.row.spans.length) continue;
    const row = fromStep(step);
    if (row !== null && step.status !== "skipped") rows.push(row);
  }
  rows.sort((one, other) => one.from - other.from);
  return [runRow(view, events), ...rows];
}

export interface Extent {
  from: number;
  to: number;
}

export function extentOf(rows: readonly TimelineRow[], now: number): Extent {
  let [from, to] = [Infinity, -Infinity];
  for (const row of rows) {
    from = Math.min(from, row.from);
    to = Math.max(to, row.to ?? now);
  }
  if (!Number.isFinite(from)) return { from: now, to: now + 1000 };
  // A run of a millisecond still needs an axis.
  return { from, to: Math.max(to, from + 10) };
}

const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
  7_200_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000, 2_592_000_000,
];

/** Offsets (ms from the start) at which the axis is marked, about `room` of them between `from` and `to`. */
export function ticks(from: number, to: number, room: number): number[] {
  const size = steps.find((step) => (to - from) / step <= room) ?? (steps.at(-1) ?? 1);
  const found: number[] = [];
  for (let at = Math.ceil(from / size) * size; at <= to && found.length < 200; at += size) found.push(at);
  return found;
}

/** The rows that are on screen, with a few beyond its edges. */
export function visibleRange(scrollTop: number, height: number, rowHeight: number, count: number, spare = 6): [number, number] {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare);
  return [first, last];
}

export interface Attempt {
  number: number;
  from: string;
  to: string | null;
  error: string | null;
}

/** The attempts of one step, as far as the events tell them. */
export function attemptsOf(events: readonly ExecutionEventView[], key: string): Attempt[] {
  const attempts: Attempt[] = [];
  for (const event of events) {
    if (event.step_id !== key) continue;
    const last = attempts.at(-1);
    if (event.kind === "step_started") attempts.push({ number: event.attempt ?? attempts.length + 1, from: event.at, to: null, error: null });
    else if (event.kind === "step_succeeded" && last !== undefined) last.to = event.at;
    else if (event.kind === "step_failed" && last !== undefined) {
      const { error } = event.data as { error?: { message?: string } };
      last.to = event.at;
      last.error = error?.message ?? "Failed";
    }
  }
  return attempts;
}
