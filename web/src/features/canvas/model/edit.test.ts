import { expect, test } from "vitest";
import { answerLead } from "@/testing/data/definitions";
import { stepTypes } from "@/testing/data/step-types";
import { emptyDefinition } from "@/lib/graph/definition";
import { addStep, addTrigger, changeStep, connect, connectFault, forServer, freshId, removeNodes } from "./edit";
import { begin, push, redo, undo } from "./history";

const types = stepTypes.steps;
const mail = { type: "email.send", name: "Send e-mail", config: {} };

test("ids are readable and never taken twice", () => {
  expect(freshId(emptyDefinition, "ai.generate")).toBe("generate");
  expect(freshId(answerLead, "email.send")).toBe("send_2");
});

test("a new step follows the chosen one by its first free way out", () => {
  const { definition, id } = addStep(answerLead, mail, { after: "review" }, types);
  expect(definition.edges).toContainEqual({ from: "review", port: "out", to: id });
  const full = addStep(answerLead, mail, { after: "reachable" }, types);
  expect(full.definition.edges).toHaveLength(answerLead.edges.length);
});

test("a new step goes into the line where a node leads only one way", () => {
  const { definition, id } = addStep(answerLead, mail, { after: "save" }, types);
  expect(definition.edges).toContainEqual({ from: "save", port: "out", to: id });
  expect(definition.edges).toContainEqual({ from: id, port: "out", to: "reachable" });
  expect(definition.edges).not.toContainEqual({ from: "save", port: "out", to: "reachable" });
  expect(definition.layout["reachable"]?.y).toBeGreaterThan(definition.layout[id]?.y ?? Infinity);
});

test("a step that undoes another stands alone, and goes with no other line", () => {
  const { definition, id } = addStep(answerLead, mail, { after: "send", port: "compensate" }, types);
  expect(definition.edges).toContainEqual({ from: "send", port: "compensate", to: id });
  expect(connectFault(definition, { from: "review", port: "out", to: id })).toContain("alone");
  expect(connectFault(definition, { from: id, port: "out", to: "review" })).toContain("alone");
  expect(changeStep(definition, "send", { name: "x" }, types).edges).toHaveLength(answerLead.edges.length + 1);
});

test("new nodes don't lie on others", () => {
  const first = addTrigger(emptyDefinition, { type: "manual", config: {} });
  const second = addTrigger(first.definition, { type: "webhook", config: {} });
  expect(second.definition.layout[second.id]).not.toEqual(second.definition.layout[first.id]);
});

test("what would go round in a circle or into a trigger is refused", () => {
  expect(connectFault(answerLead, { from: "send", port: "out", to: "save" })).toContain("circle");
  expect(connectFault(answerLead, { from: "send", port: "out", to: "lead" })).toContain("trigger");
  expect(connect(answerLead, { from: "send", port: "out", to: "save" })).toBe(answerLead);
  expect(connectFault(answerLead, { from: "send", port: "out", to: "review" })).toBeNull();
});

test("taking a step out joins its neighbours", () => {
  const without = removeNodes(answerLead, ["write"]);
  expect(without.steps.map((step) => step.id)).not.toContain("write");
  expect(without.edges).toContainEqual({ from: "reachable", port: "true", to: "send" });
});

test("edges of a way out that is gone go with it", () => {
  const switched = addStep(emptyDefinition, { type: "switch", name: "Switch", config: { cases: [{ port: "a" }] } }, {}, types);
  const target = addStep(switched.definition, mail, { after: switched.id }, types);
  expect(target.definition.edges).toEqual([{ from: switched.id, port: "a", to: target.id }]);
  expect(changeStep(target.definition, switched.id, { config: { cases: [] } }, types).edges).toEqual([]);
});

test("the server gets no empty settings and a place for every node", () => {
  const sent = forServer({ ...answerLead, steps: answerLead.steps.map((step) => ({ ...step, timeout_seconds: null })) });
  expect(sent.steps.some((step) => "timeout_seconds" in step)).toBe(false);
  expect(Object.keys(sent.layout)).toHaveLength(6);
});

test("undo and redo go back and forth, and a new change ends the future", () => {
  const history = push(push(begin(1), 2), 3);
  expect(undo(history).present).toBe(2);
  expect(redo(undo(history)).present).toBe(3);
  expect(redo(push(undo(history), 9)).present).toBe(9);
});
