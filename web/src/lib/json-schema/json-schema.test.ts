import { expect, test } from "vitest";
import { checkValues } from "./check";
import { convert, modeOf } from "./expression";
import { defaultsOf, fieldsOf, type Schema } from "./fields";
import { matchPaths, pathsOf } from "./paths";

const schema: Schema = {
  type: "object",
  required: ["to", "count"],
  properties: {
    to: { type: "string", format: "email", title: "Answers go to" },
    text: { type: ["string", "null"], maxLength: 4000 },
    tone: { $ref: "#/$defs/tone" },
    count: { type: "integer", minimum: 1, default: 3 },
    when: { anyOf: [{ type: "boolean" }, { type: "null" }] },
    tags: { type: "array", items: { type: "string" } },
    headers: { type: "object", additionalProperties: { type: "string" } },
    address: { type: "object", required: ["zip"], properties: { zip: { type: "string", minLength: 5 } } },
    anything: {},
  },
  $defs: { tone: { oneOf: [{ const: "friendly", title: "Friendly" }, { const: "formal" }] } },
};

test("every kind of field is recognised", () => {
  expect(Object.fromEntries(fieldsOf(schema).map((field) => [field.name, field.kind]))).toEqual({
    to: "email", text: "multiline", tone: "choice", count: "number", when: "boolean", tags: "list", headers: "map", address: "object", anything: "json",
  });
  expect(fieldsOf(schema).find((field) => field.name === "tone")?.choices).toEqual([{ value: "friendly", label: "Friendly" }, { value: "formal", label: "Formal" }]);
  expect(defaultsOf(schema)).toEqual({ count: 3 });
});

test("fields are asked for in the order that the schema gives, then the needed ones", () => {
  expect(fieldsOf(schema).slice(0, 3).map((field) => field.name)).toEqual(["to", "count", "text"]);
  expect(fieldsOf({ ...schema, "x-ui": { order: ["tone", "text"] } }).slice(0, 4).map((field) => field.name)).toEqual(["tone", "text", "to", "count"]);
});

test("faults stand at their fields", () => {
  expect(checkValues(schema, { count: 0, address: { zip: "1" } })).toEqual({ to: "This is needed.", count: "Enter 1 or more.", "address.zip": "Use at least 5 characters." });
  expect(checkValues(schema, { to: "sales@sunrise.test", count: 2 })).toEqual({});
});

test("a value keeps what it says when it is given another way", () => {
  expect(convert("Hello", "tpl")).toEqual({ $tpl: "Hello" });
  expect(convert({ $tpl: "{{ trigger.email }}" }, "ref")).toEqual({ $ref: "trigger.email" });
  expect(convert({ $ref: "trigger.email" }, "cel")).toEqual({ $cel: "trigger.email" });
  expect(convert({ $tpl: "Hello" }, "literal")).toBe("Hello");
  expect(modeOf({ to: { $ref: "x" } })).toBe("literal");
});

test("paths go into objects and lists, and the ones that begin as typed come first", () => {
  const output = { type: "object", properties: { phones: { type: "array", items: { type: "object", properties: { number: { type: "string" } } } }, email: { type: "string" } } };
  const paths = pathsOf(output, "steps.lead.output", "Lead");
  expect(paths.map((option) => option.path)).toContain("steps.lead.output.phones[0].number");
  expect(matchPaths([...paths, ...pathsOf({ type: "string" }, "email", "Other")], "email")[0]?.path).toBe("email");
});
