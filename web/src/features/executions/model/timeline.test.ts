import { expect, test } from "vitest";
import type { ExecutionEventView, ExecutionView } from "@/api/types";
import { extentOf, ticks, timelineRows, visibleRange } from "./timeline";

const start = Date.parse("2026-11-21T20:00:00Z");
const iso = (milliseconds: number) => new Date(start + milliseconds).toISOString();
const event = (seq: number, at: number, kind: string, step_id: string | null, data: object = {}, attempt = 1): ExecutionEventView => ({ seq, at: iso(at), kind, step_id, attempt, data });
const view = {
  created_at: iso(0), started_at: iso(10), ended_at: iso(5000), status: "succeeded",
  steps: [{ step_id: "send", status: "succeeded", attempt: 2 }, { step_id: "old", status: "succeeded", attempt: 1, started_at: iso(12), ended_at: iso(20) }, { step_id: "not", status: "skipped", attempt: 0 }],
} as unknown as ExecutionView;

test("attempts, calls and the time between them become spans of one row", () => {
  const rows = timelineRows(view, [
    event(1, 30, "step_started", "send"),
    event(2, 40, "effect_intended", "send", { key: "k", summary: "Mail" }),
    event(3, 90, "effect_failed", "send", { key: "k" }),
    event(4, 100, "step_failed", "send", { will_retry: true }),
    event(5, 100, "retry_scheduled", "send", { at: iso(2000) }),
    event(6, 2000, "step_started", "send", {}, 2),
    event(7, 2100, "step_succeeded", "send", {}, 2),
    event(8, 2100, "step_skipped", "not"),
  ]);
  expect(rows.map((row) => row.key)).toEqual([null, "old", "send"]);
  const send = rows[2];
  expect(send?.attempts).toBe(2);
  expect(send?.spans.map(({ kind, from, to, outcome }) => [kind, from - start, (to ?? 0) - start, outcome])).toEqual([
    ["attempt", 30, 100, "failed"], ["call", 40, 90, "failed"], ["gap", 100, 2000, ""], ["attempt", 2000, 2100, "succeeded"],
  ]);
});

test("a wait that lasts has no end", () => {
  const waiting = { ...view, status: "waiting", ended_at: null, steps: [] } as ExecutionView;
  const rows = timelineRows(waiting, [event(1, 30, "step_started", "ask"), event(2, 31, "wait_opened", "ask", { summary: "Approval by managers" })]);
  expect(rows[1]?.spans.at(-1)).toMatchObject({ kind: "wait", to: null, label: "Approval by managers" });
  expect(extentOf(rows, start + 9000)).toEqual({ from: start, to: start + 9000 });
});

test("the axis has round marks and not too many", () => {
  expect(ticks(0, 5000, 8)).toEqual([0, 1000, 2000, 3000, 4000, 5000]);
  expect(ticks(0, 3_600_000, 8).length).toBeLessThanOrEqual(9);
  expect(ticks(1500, 2400, 8)[0]).toBe(1600);
});

test("of a thousand rows only those on screen are drawn", () => {
  expect(visibleRange(32 * 500, 480, 32, 1000)).toEqual([494, 521]);
  expect(visibleRange(0, 480, 32, 3)).toEqual([0, 3]);
});

test("what was under way when the run ended ends with it", () => {
  const rows = timelineRows(view, [event(1, 30, "step_started", "ask"), event(2, 31, "wait_opened", "ask")]);
  expect(rows.find((row) => row.key === "ask")?.spans.map((span) => (span.to ?? 0) - start)).toEqual([5000, 5000]);
});
