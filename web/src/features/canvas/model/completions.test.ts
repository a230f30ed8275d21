import { expect, test } from "vitest";
import { answerLead } from "@/testing/data/definitions";
import { stepTypes } from "@/testing/data/step-types";
import { readDefinition } from "@/lib/graph/definition";
import { completionsFor } from "./completions";
import { countByNode, fieldErrors } from "./findings";

test("a step may refer to what comes before it and to nothing after it", () => {
  const paths = completionsFor(answerLead, stepTypes, "write", { reply_to: "a@b.c" }).map((option) => option.path);
  expect(paths).toContain("trigger.customer.email");
  expect(paths).toContain("steps.save.output.lead_id");
  expect(paths).toContain("parameters.reply_to");
  expect(paths).toContain("tenant.name");
  expect(paths.some((path) => path.startsWith("steps.send") || path.startsWith("steps.write"))).toBe(false);
});

test("variables set before and fields to extract can be referred to", () => {
  const step = (id: string, type: string, config: Record<string, unknown>) => ({ id, type, name: id, config });
  const definition = readDefinition({
    triggers: [{ id: "start", type: "manual" }],
    steps: [
      step("keep", "set_variables", { values: { owner: "Ann" } }),
      step("find", "ai.extract", { text: "x", fields: [{ name: "vin" }, { type: "text" }] }),
      step("later", "set_variables", { values: { other: 1 } }),
    ],
    edges: [
      { from: "start", to: "keep" },
      { from: "keep", to: "find" },
      { from: "find", to: "later" },
    ],
  });
  const paths = completionsFor(definition, stepTypes, "later", null).map((option) => option.path);
  expect(paths).toContain("variables.owner");
  expect(paths).toContain("steps.find.output.vin");
  expect(paths).not.toContain("variables.other");
});

test("findings are counted at their node and land on their field", () => {
  const findings = [
    { severity: "error", pointer: "/steps/3/config/to/$ref", code: "x", message: "No such value.", step_id: null },
    { severity: "warning", pointer: "/steps/3", code: "y", message: "Never reached.", step_id: "send" },
  ];
  expect(countByNode(findings, answerLead).get("send")).toEqual({ errors: 1, warnings: 1 });
  expect(fieldErrors(findings, answerLead, "send")).toEqual({ to: "No such value." });
});
