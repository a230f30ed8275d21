import { expect, test } from "vitest";
import { readDefinition } from "@/lib/graph/definition";
import { choiceOf, groupChanges, partName, undecided, valueText } from "./changes";

const definition = readDefinition({ steps: [{ id: "reply", type: "email.send", name: "Answer the customer" }] });
const subject = { path: "steps/reply/config/subject", base: "Hi", mine: "Hello", theirs: "Good day", conflict: true };
const added = { path: "steps/ask", base: null, mine: null, theirs: { id: "ask", name: "Ask a manager" }, conflict: false };
const line = { path: "edges/reply|out|ask", base: null, mine: null, theirs: true, conflict: false };

test("changes are told by what they are about", () => {
  expect(groupChanges([subject, added, line], definition).map((group) => [group.title, group.changes.length])).toEqual([
    ["Step “Answer the customer”", 1], ["Step “Ask a manager”", 1], ["Lines", 1],
  ]);
  expect([partName(subject.path), partName(added.path)]).toEqual(["Subject", "The whole of it"]);
});

test("only what both sides changed must be chosen", () => {
  expect(undecided([subject, added], {})).toEqual([subject]);
  expect(undecided([subject, added], { [subject.path]: "mine" })).toEqual([]);
  expect([choiceOf(subject, {}), choiceOf(added, {}), choiceOf(added, { [added.path]: "mine" })]).toEqual([null, "theirs", "mine"]);
});

test("what isn't there says so", () => {
  expect(valueText(null)).toBe("isn’t there");
});
