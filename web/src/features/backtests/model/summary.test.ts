import { expect, test } from "vitest";
import type { BacktestRun, BacktestSummary } from "@/api/types";
import { figuresOf, inOrder, sideText, verdictOf } from "./summary";

const summary: BacktestSummary = {
  runs: 50, same: 40, different: 8, failed: 2, branches_changed: 6, messages: { added: 3, removed: 1, changed: 4 }, approvals: { added: 0, removed: 0, changed: 0 },
  ai: { calls_before: 50, calls_after: 92, input_tokens_before: 20_000, input_tokens_after: 31_000, output_tokens_before: 5000, output_tokens_after: 5000 },
};
const run = (execution_id: string, status_after: string, differences: number): BacktestRun => ({
  execution_id, status_before: "succeeded", status_after, differences: Array.from({ length: differences }, () => ({ kind: "branch", summary: "" })),
});

test("figures say how much and which way", () => {
  const figures = Object.fromEntries(figuresOf(summary).map((figure) => [figure.label, [figure.value, figure.detail]]));
  expect(figures).toMatchObject({ Messages: ["8", "3 more, 1 fewer, 4 changed"], Approvals: ["0", "no difference"], "AI calls": ["92", "+42"], "AI tokens": ["36,000", "+11,000"] });
});

test("runs that would fail come first, then those that differ", () => {
  const runs = [run("a", "succeeded", 0), run("b", "succeeded", 2), run("c", "failed", 1)];
  expect(inOrder(runs).map((item) => item.execution_id)).toEqual(["c", "b", "a"]);
  expect(runs.map(verdictOf)).toEqual(["same", "different", "failed"]);
});

test("a side that isn't there says so", () => {
  expect([sideText(null), sideText(["send", "review"]), sideText({ a: 1 })]).toEqual(["nothing", "send, review", '{\n  "a": 1\n}']);
});
