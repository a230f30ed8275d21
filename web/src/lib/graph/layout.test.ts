import { expect, test } from "vitest";
import { answerLead } from "@/testing/data/definitions";
import { ancestorsOf, portsOf, readDefinition } from "./definition";
import { layOut, nodeWidth, positions } from "./layout";

test("steps lie below what leads to them, branches in the order of their ways out", () => {
  const place = layOut(answerLead);
  for (const edge of answerLead.edges) expect(place[edge.to]?.y).toBeGreaterThan(place[edge.from]?.y ?? 0);
  expect((place["review"]?.x ?? 0) - (place["write"]?.x ?? 0)).toBeGreaterThanOrEqual(nodeWidth);
});

test("a circle doesn't keep the layout busy for ever", () => {
  const circle = { ...answerLead, edges: [...answerLead.edges, { from: "send", port: "out", to: "save" }] };
  expect(Object.keys(layOut(circle))).toHaveLength(6);
});

test("stored places are kept when every node has one", () => {
  const layout = Object.fromEntries(["lead", "save", "reachable", "write", "send", "review"].map((id, index) => [id, { x: index, y: 0 }]));
  expect(positions({ ...answerLead, layout })).toBe(layout);
  expect(positions({ ...answerLead, layout: {} })["lead"]).toBeDefined();
});

test("an unfinished draft can be read, and what isn't known stays", () => {
  const read = readDefinition({ steps: [{ id: "a" }], settings: { timeout_seconds: 60 } });
  expect(read).toMatchObject({ triggers: [], edges: [], steps: [{ id: "a", name: "a", config: {} }], settings: { timeout_seconds: 60 } });
  expect(readDefinition(null).steps).toEqual([]);
});

test("ways out come from the type, from the cases of a switch and from errors that branch off", () => {
  const step = { id: "a", type: "t", name: "", config: {} };
  expect(portsOf(step, { type: "t", ports: ["true", "false"] })).toEqual(["true", "false"]);
  expect(portsOf({ ...step, config: { cases: [{ port: "hot" }] } }, undefined)).toEqual(["hot", "default"]);
  expect(portsOf({ ...step, on_error: "branch" }, undefined)).toEqual(["out", "error"]);
});

test("ancestors are all that can lead to a node", () => {
  expect([...ancestorsOf(answerLead, "send")].sort()).toEqual(["lead", "reachable", "save", "write"]);
});
