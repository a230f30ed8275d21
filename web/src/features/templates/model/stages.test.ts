import { expect, test } from "vitest";
import { byDealership, readStages, stateOf } from "./stages";

test("stages rise to all", () => {
  expect(readStages("10, 50,100 %")).toEqual([10, 50, 100]);
  expect(readStages("100")).toEqual([100]);
  expect([readStages("10, 50"), readStages("50, 10, 100"), readStages("0, 100"), readStages("half, 100"), readStages("")]).toEqual([null, null, null, null, null]);
});

test("a dealership sums up its workflows", () => {
  const target = { tenant_id: "t", tenant_name: "Harbor", workflow_id: "w", workflow_name: "Recall", stage: 0, state: "upgraded", runs: 10, failed: 1 };
  expect(byDealership([target, { ...target, workflow_id: "x", state: "pending", runs: 0, failed: 0 }])).toMatchObject([{ name: "Harbor", upgraded: 1, runs: 10, failed: 1 }]);
});

test("a dealership is what is still going on in it", () => {
  const target = { tenant_id: "t", tenant_name: "Harbor", workflow_id: "w", workflow_name: "Recall", stage: 0, runs: 0, failed: 0 };
  const of = (...states: string[]) => stateOf({ targets: states.map((state) => ({ ...target, state })) });
  expect(of("upgraded", "rolling_back", "rolled_back")).toBe("rolling_back");
  expect(of("upgraded", "rolled_back")).toBe("rolled_back");
  expect(of("upgraded", "upgraded")).toBe("upgraded");
  expect(of("skipped", "skipped")).toBe("skipped");
  expect(of("skipped", "upgraded")).toBe("pending");
});
