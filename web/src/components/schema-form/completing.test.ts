import { expect, test } from "vitest";
import { complete, completionsOf, wordAt } from "./completing";

const paths = ["trigger.email", "trigger.name", "steps.save.output.id"].map((path) => ({ path, group: "G", type: null, hint: null }));

test("in a text only what stands between braces is completed", () => {
  expect(wordAt("Hello trig", 10, "tpl")).toBeNull();
  expect(wordAt("Hello {{ trig", 13, "tpl")).toEqual({ start: 9, text: "trig" });
  expect(wordAt("Hello {{ trigger.name }} trig", 29, "tpl")).toBeNull();
  expect(wordAt("{{ ", 3, "tpl")).toEqual({ start: 3, text: "" });
});

test("in a formula every path is completed, but no text in quotes", () => {
  expect(wordAt("1 < steps.sa", 12, "cel")).toEqual({ start: 4, text: "steps.sa" });
  expect(wordAt('"trig', 5, "cel")).toBeNull();
  expect(completionsOf(paths, { start: 0, text: "trigger.e" }).map((option) => option.path)).toEqual(["trigger.email"]);
  expect(completionsOf(paths, { start: 0, text: "trigger.email" })).toEqual([]);
});

test("completing closes the braces that are open", () => {
  expect(complete("Hi {{ trig", 10, { start: 6, text: "trig" }, "trigger.name", "tpl")).toEqual({ source: "Hi {{ trigger.name }}", cursor: 18 });
  expect(complete("Hi {{ trig }}!", 10, { start: 6, text: "trig" }, "trigger.name", "tpl")).toEqual({ source: "Hi {{ trigger.name }}!", cursor: 18 });
  expect(complete("trig > 1", 4, { start: 0, text: "trig" }, "trigger.name", "cel").source).toBe("trigger.name > 1");
});
