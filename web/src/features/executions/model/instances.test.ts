import { expect, test } from "vitest";
import type { StepRunView } from "@/api/types";
import { countByStatus, definitionId, groupSteps, iterationsOf, mostTelling, overallStatus, roundName } from "./instances";

const run = (step_id: string, status: StepRunView["status"]): StepRunView => ({ step_id, status, attempt: 1, definition_step_id: definitionId(step_id), iterations: iterationsOf(step_id), ai_calls: [] });

test("the key of a round names the step and its rounds", () => {
  expect(definitionId("send[3][1]")).toBe("send");
  expect(iterationsOf("send[3][1]")).toEqual([3, 1]);
  expect(roundName("send[3]")).toBe("round 4");
  expect(roundName("send")).toBe("");
});

test("rounds gather under their step in the order of the loop", () => {
  const groups = groupSteps([run("each", "running"), run("send", "pending"), run("send[10]", "running"), run("send[2]", "failed"), run("send[2][1]", "succeeded")]);
  expect(groups.get("each")).toMatchObject({ looped: false });
  expect(groups.get("send")?.runs.map((item) => item.step_id)).toEqual(["send[2]", "send[2][1]", "send[10]"]);
});

test("ten thousand rounds are one group", () => {
  const steps = Array.from({ length: 10_000 }, (_, index) => run(`send[${index}]`, index === 77 ? "failed" : "succeeded"));
  const group = groupSteps(steps).get("send");
  expect(group?.runs).toHaveLength(10_000);
  expect(overallStatus(group?.runs ?? [])).toBe("failed");
  expect(countByStatus(group?.runs ?? []).get("succeeded")).toBe(9999);
  expect(mostTelling(group?.runs ?? [])?.step_id).toBe("send[77]");
});

test("what still moves counts before what is over", () => {
  expect(overallStatus([run("a[0]", "succeeded"), run("a[1]", "running"), run("a[2]", "failed")])).toBe("running");
  expect(overallStatus([run("a[0]", "skipped"), run("a[1]", "succeeded")])).toBe("succeeded");
});
