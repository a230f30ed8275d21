import type { StepTypesView } from "@/api/types";

const text = (title: string, more: object = {}) => ({ type: "string", title, ...more });

/** Steps that lead a run: rounds, branches, joins and people. */
export const flowStepTypes: StepTypesView["steps"] = [
  {
    type: "for_each", name: "For each", category: "logic", description: "Does the same for every item of a list.", icon: "repeat",
    config_schema: { type: "object", required: ["items"], properties: { items: { type: "array", title: "Items", items: {} }, concurrency: { type: "integer", title: "At once", minimum: 1, maximum: 50, default: 1 } } },
    output_schema: { type: "object", properties: { count: { type: "integer" }, results: { type: "array", items: { type: "object" } } } },
    ports: ["item", "out"],
  },
  {
    type: "parallel", name: "Branches at once", category: "logic", description: "Goes several ways at the same time.", icon: "split",
    config_schema: { type: "object", required: ["branches"], properties: { branches: { type: "array", title: "Branches", items: { type: "string" }, default: ["first", "second"] } } },
    output_schema: { type: "object", properties: {} },
    ports: [],
  },
  {
    type: "join", name: "Join", category: "logic", description: "Waits until the branches have come together.", icon: "git-fork",
    config_schema: { type: "object", properties: { wait_for: { type: "string", title: "Wait for", enum: ["all", "any"], default: "all" } } },
    output_schema: { type: "object", properties: { arrived: { type: "array", items: { type: "string" } } } },
    ports: ["out"],
  },
  {
    type: "approval", name: "Ask for approval", category: "logic", description: "Waits until a person has decided.", icon: "user-check",
    config_schema: { type: "object", required: ["title"], properties: { title: text("Question"), body: text("Details", { maxLength: 2000 }), role: text("Who", { enum: ["manager", "dealership_admin", "user"], default: "manager" }) } },
    output_schema: { type: "object", properties: { decision: { type: "string" }, comment: { type: "string" } } },
    ports: ["approved", "rejected", "timeout"],
  },
];
