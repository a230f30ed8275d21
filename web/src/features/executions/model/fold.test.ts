import { expect, test } from "vitest";
import type { ExecutionEventView } from "@/api/types";
import { events, executions, executionView, liveEvents } from "@/testing/data/runs";
import { applyEvent, catchUp, mergeBySeq } from "./fold";

const at = "2026-11-21T20:00:00Z";
const running = executionView(executions.find((run) => run.id === "e-live") ?? executions[0] ?? ({} as never));

test("a run follows its events to the end", () => {
  const ended = catchUp(running, liveEvents.map((event) => ({ ...event, at })));
  expect(ended.status).toBe("succeeded");
  expect(Object.fromEntries(ended.steps.map((step) => [step.step_id, step.status]))).toEqual({
    save: "succeeded", reachable: "succeeded", write: "succeeded", send: "succeeded", review: "skipped",
  });
  expect(ended.effects).toMatchObject([{ key: "send-1", state: "confirmed", provider_ref: "<4821@mail>" }]);
  expect(ended.last_seq).toBe(14);
});

test("an event that is in already changes nothing", () => {
  expect(catchUp(running, events)).toBe(running);
});

test("a failed attempt that will be tried again is retrying, not failed", () => {
  const failed: ExecutionEventView = { seq: 7, at, kind: "step_failed", step_id: "write", attempt: 2, data: { error: { code: "x", message: "Slow" }, will_retry: true } };
  expect(applyEvent(running, failed).steps.find((step) => step.step_id === "write")?.status).toBe("retrying");
});

test("an unknown kind of event only moves the position on", () => {
  expect(applyEvent(running, { seq: 7, at, kind: "something_new", data: {} })).toEqual({ ...running, last_seq: 7 });
});

test("lists join in order without repeats", () => {
  expect(mergeBySeq([{ seq: 1 }, { seq: 3 }], [{ seq: 2 }, { seq: 3 }])).toEqual([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
});
