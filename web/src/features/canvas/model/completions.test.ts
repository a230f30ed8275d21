import { expect, test } from "vitest";
import { answerLead } from "@/testing/data/definitions";
import { stepTypes } from "@/testing/data/step-types";
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

test("findings are counted at their node and land on their field", () => {
  const findings = [
    { severity: "error", pointer: "/steps/3/config/to/$ref", code: "x", message: "No such value.", step_id: null },
    { severity: "warning", pointer: "/steps/3", code: "y", message: "Never reached.", step_id: "send" },
  ];
  expect(countByNode(findings, answerLead).get("send")).toEqual({ errors: 1, warnings: 1 });
  expect(fieldErrors(findings, answerLead, "send")).toEqual({ to: "No such value." });
});
