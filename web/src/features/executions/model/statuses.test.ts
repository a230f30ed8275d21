import { expect, test } from "vitest";
import { deepEvents, deepRuns, deepView, recall } from "@/testing/data/deep-runs";
import { groupSteps, loopSizes } from "./instances";
import { bodyOf, nodeStatuses, portTaken } from "./statuses";

const run = deepRuns.find((item) => item.id === "e-loop") ?? deepRuns[0];
const view = run === undefined ? undefined : deepView(run);
const groups = groupSteps(view?.steps ?? []);

test("a step in a loop shows all its rounds as one", () => {
  const statuses = nodeStatuses(view, recall, groups, loopSizes(deepEvents("e-loop")), Date.now());
  expect(statuses.get("send")).toEqual({ status: "failed", detail: "340 of 340 · 1 failed" });
  expect(statuses.get("text")).toEqual({ status: "succeeded", detail: "340 of 340" });
  expect(statuses.get("each")?.detail).toContain("340 rounds");
});

test("the ways that were gone: into the loop, and back to undo", () => {
  const taken = portTaken(view, recall, groups);
  expect([taken("ask", "approved"), taken("ask", "rejected"), taken("each", "item"), taken("each", "out"), taken("reserve", "compensate")]).toEqual([true, false, true, false, true]);
});

test("all branches of a parallel step are gone at once", () => {
  const steps = [{ step_id: "both", status: "succeeded" as const, attempt: 1, port: "*", definition_step_id: "both", iterations: [], ai_calls: [] }];
  const taken = portTaken(view, recall, groupSteps(steps));
  expect([taken("both", "left"), taken("both", "right"), taken("both", "error")]).toEqual([true, true, false]);
});

test("the body of a loop is what follows its items", () => {
  expect([...bodyOf(recall, "each")]).toEqual(["text", "send"]);
});
