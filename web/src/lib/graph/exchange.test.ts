import { expect, test } from "vitest";
import { answerLead } from "@/testing/data/definitions";
import { bodyOf, loopsAround, portsOf, readDefinition } from "./definition";
import { fileName, readFile, writeFile } from "./exchange";

test("what is exported can be imported again", () => {
  const reading = readFile(writeFile("Answer leads", "Fast", answerLead));
  expect(reading).toEqual({ file: { name: "Answer leads", description: "Fast", definition: answerLead } });
  expect(fileName("Answer leads, fast!")).toBe("answer-leads-fast.json");
});

test("a wrong file says what is wrong where", () => {
  const faults = (text: string) => {
    const reading = readFile(text);
    return "faults" in reading ? reading.faults.map((fault) => fault.place) : [];
  };
  expect(faults('{\n  "format": x')).toHaveLength(1);
  expect(faults("[]")).toEqual(["The whole file"]);
  expect(faults("{}")).toEqual(["format", "name", "definition"]);
  const definition = { triggers: {}, steps: [{ id: "a", type: "wait" }, { id: "a", type: "wait" }, { id: "1", config: 3 }], edges: [{ from: "a", to: "b" }] };
  expect(faults(JSON.stringify({ format: "auterity.workflow/1", name: "X", definition }))).toEqual([
    "definition.triggers",
    "definition.steps[1].id",
    "definition.steps[2].id",
    "definition.steps[2].type",
    "definition.steps[2].config",
    "definition.edges[0].to",
  ]);
});

test("a loop's body is what can be reached from its items", () => {
  const step = (id: string, type: string) => ({ id, type, name: id, config: {} });
  const loop = readDefinition({
    steps: [step("each", "for_each"), step("send", "email.send"), step("log", "notify"), step("after", "notify")],
    edges: [
      { from: "each", port: "item", to: "send" },
      { from: "send", to: "log" },
      { from: "each", port: "out", to: "after" },
    ],
  });
  expect([...bodyOf(loop, "each")].sort()).toEqual(["log", "send"]);
  expect(loopsAround(loop, "log").map((around) => around.id)).toEqual(["each"]);
  expect(loopsAround(loop, "after")).toEqual([]);
});

test("ways out follow the configuration of branches and waits", () => {
  const step = { id: "a", type: "parallel", name: "", config: { branches: ["mail", "call", "mail", ""] } };
  expect(portsOf(step, { type: "parallel", ports: [] })).toEqual(["mail", "call"]);
  expect(portsOf({ ...step, type: "wait", config: { event: { name: "paid" } } }, { type: "wait", ports: ["out", "timeout"] })).toEqual(["out", "timeout"]);
  expect(portsOf({ ...step, type: "wait", config: { duration_seconds: 3 } }, { type: "wait", ports: ["out", "timeout"] })).toEqual(["out"]);
});
