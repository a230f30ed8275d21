import { expect, test } from "vitest";
import { answerLead } from "@/testing/data/definitions";
import { noteNodeId } from "@/components/graph/to-flow";
import { readDefinition } from "@/lib/graph/definition";
import { duplicate, putPiece, readPiece, takePiece, writePiece } from "./clipboard";
import { neighbour } from "./navigate";
import { renameIn } from "./references";

const names = new Map([["write", "write_2"]]);

test("mentions of renamed steps change in every kind of expression, and texts don't", () => {
  expect(renameIn({ $ref: "steps.write.output.text" }, names)).toEqual({ $ref: "steps.write_2.output.text" });
  expect(renameIn({ $cel: 'steps["write"].output.n > 1 && "steps.write" != trigger.steps.write' }, names)).toEqual({
    $cel: 'steps["write_2"].output.n > 1 && "steps.write" != trigger.steps.write',
  });
  expect(renameIn({ $tpl: "See steps.write: {{ steps.write.output.text }}{% if steps.writer %}!{% endif %}" }, names)).toEqual({
    $tpl: "See steps.write: {{ steps.write_2.output.text }}{% if steps.writer %}!{% endif %}",
  });
  expect(renameIn({ list: [{ $ref: "loops.write.item" }], plain: "steps.write" }, names)).toEqual({ list: [{ $ref: "loops.write_2.item" }], plain: "steps.write" });
});

test("copied steps get names of their own, keep the edges among them, and speak of each other", () => {
  const { definition, ids } = duplicate(answerLead, ["write", "send"]);
  expect(ids).toEqual(["write_2", "send_2"]);
  expect(definition.edges).toContainEqual({ from: "write_2", port: "out", to: "send_2" });
  expect(definition.edges).toHaveLength(answerLead.edges.length + 1);
  const copy = definition.steps.find((step) => step.id === "send_2");
  expect(copy?.config["text"]).toEqual({ $ref: "steps.write_2.output.text" });
  expect(copy?.config["to"]).toEqual({ $ref: "trigger.customer.email" });
});

test("what is copied goes to another workflow as text and keeps names that are free there", () => {
  const piece = takePiece({ ...answerLead, pinned: { write: { text: "Hi" } } }, ["write", "send"]);
  const read = readPiece(writePiece(piece ?? { triggers: [], steps: [], edges: [], layout: {}, notes: [], pinned: {} }));
  const empty = readDefinition({});
  const put = putPiece(empty, read ?? { triggers: [], steps: [], edges: [], layout: {}, notes: [], pinned: {} }, { x: 10, y: 20 });
  expect(put.ids).toEqual(["write", "send"]);
  expect(put.definition.layout["write"]).toEqual({ x: 10, y: 20 });
  expect(put.definition.pinned).toEqual({ write: { text: "Hi" } });
  expect(readPiece("steps")).toBeNull();
  expect(readPiece('{"format":"other"}')).toBeNull();
});

test("notes are copied beside steps", () => {
  const note = { id: "note_1", text: "Ask Ann", x: 0, y: 0, width: 200, height: 100 };
  const { definition, ids } = duplicate({ ...answerLead, notes: [note] }, [noteNodeId("note_1")]);
  expect(ids).toEqual([noteNodeId("note_2")]);
  expect(definition.notes?.[1]).toMatchObject({ id: "note_2", text: "Ask Ann", x: 40, y: 40 });
});

test("arrow keys go to the nearest node in their direction", () => {
  const nodes = [
    { id: "a", position: { x: 0, y: 0 } },
    { id: "b", position: { x: 10, y: 144 } },
    { id: "c", position: { x: 320, y: 140 } },
  ];
  expect(neighbour(nodes, "a", "down")).toBe("b");
  expect(neighbour(nodes, "b", "right")).toBe("c");
  expect(neighbour(nodes, "a", "up")).toBeNull();
  expect(neighbour(nodes, null, "down")).toBe("a");
});
