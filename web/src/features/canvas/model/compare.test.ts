import { expect, test } from "vitest";
import { answerLead } from "@/testing/data/definitions";
import { changesOf, compare, marksOf } from "./compare";
import { addStep, changeStep, removeNodes } from "./edit";

test("added, removed and changed steps are told apart", () => {
  const without = removeNodes(answerLead, ["review"]);
  const changed = changeStep(without, "send", { config: { ...answerLead.steps[3]?.config, subject: "Hello" } }, []);
  const { definition } = addStep(changed, { type: "notify", name: "Tell Ann", config: {} }, { after: "send" }, []);
  const found = compare(answerLead, definition);
  expect(found.nodes.map((node) => [node.id, node.mark])).toEqual([["review", "removed"], ["send", "changed"], ["notify", "added"]]);
  expect(found.nodes[1]?.changes).toEqual([{ path: "config.subject", before: { $tpl: "Your {{ trigger.vehicle.model }} at {{ tenant.name }}" }, after: "Hello" }]);
  expect(found.edges.map(({ edge, mark }) => [edge.to, mark])).toEqual([["review", "removed"], ["notify", "added"]]);
  expect([...marksOf(found, "before").keys()]).toEqual(["review", "send"]);
  expect([...marksOf(found, "after").keys()]).toEqual(["send", "notify"]);
});

test("moving a step or leaving a default out is no change", () => {
  const moved = { ...answerLead, layout: { lead: { x: 900, y: 0 } }, steps: answerLead.steps.map((step) => ({ ...step, on_error: "fail" as const, retry: step.retry ?? null })) };
  expect(compare(answerLead, moved)).toEqual({ nodes: [], edges: [], settings: [] });
});

test("changes are named by their place", () => {
  expect(changesOf({ a: { b: 1, c: [1] } }, { a: { b: 2, c: [1] }, d: null })).toEqual([{ path: "a.b", before: 1, after: 2 }]);
});
