import { expect, test } from "vitest";
import type { EffectView, ExecutionView } from "@/api/types";
import { readDefinition } from "@/lib/graph/definition";
import { countEffects, loopAround, planReplay, startPoints } from "./replay";

const definition = readDefinition({
  triggers: [{ id: "t", type: "manual" }],
  steps: ["find", "each", "text", "inner", "deep", "sum", "undo"].map((id) => ({ id, name: id, type: id === "each" || id === "inner" ? "for_each" : "notify" })),
  edges: [
    { from: "t", port: "out", to: "find" }, { from: "find", port: "out", to: "each" }, { from: "each", port: "item", to: "text" }, { from: "text", port: "out", to: "inner" },
    { from: "inner", port: "item", to: "deep" }, { from: "each", port: "out", to: "sum" }, { from: "find", port: "compensate", to: "undo" },
  ],
});
const effect = (step_id: string, kind: string, state = "confirmed") => ({ key: step_id, step_id, kind, state }) as EffectView;
const view = {
  status: "failed",
  steps: [
    { step_id: "find", status: "succeeded", output: { ids: [1] }, attempt: 1 }, { step_id: "each", status: "succeeded", attempt: 1 },
    { step_id: "text[0]", status: "succeeded", attempt: 1 }, { step_id: "sum", status: "failed", attempt: 1 }, { step_id: "undo", status: "succeeded", attempt: 1 },
  ],
  effects: [effect("find", "http"), effect("text[0]", "sms"), effect("text[1]", "sms"), effect("sum", "email", "failed")],
} as unknown as ExecutionView;

test("a replay begins at steps that ran, outside loops", () => {
  expect(startPoints(view, definition)).toEqual([{ id: "find", name: "find", failed: false }, { id: "each", name: "each", failed: false }, { id: "sum", name: "sum", failed: true }]);
  expect(loopAround(definition, "deep")).toBe("each");
});

test("it says what happens again and what doesn't", () => {
  const plan = planReplay(view, definition, "each");
  expect(plan.kept).toEqual([{ id: "find", name: "find", output: { ids: [1] } }]);
  expect(countEffects(plan.repeated)).toBe("2 text messages");
  expect(countEffects(plan.done)).toBe("1 web request");
  expect(planReplay(view, definition, null).done).toEqual([]);
  expect(planReplay(view, definition, "sum").repeated).toEqual([]);
});
