import type { StepTypesView } from "@/api/types";
import { modeOf } from "@/lib/json-schema/expression";
import { ancestorsOf, type Definition, type StepNode } from "@/lib/graph/definition";
import { isObject } from "@/lib/json-schema/fields";
import { type PathOption, pathsOf } from "@/lib/json-schema/paths";

const execution: PathOption[] = [
  { path: "execution.id", group: "Run", type: "string", hint: null },
  { path: "execution.started_at", group: "Run", type: "string", hint: null },
];

const tenant: PathOption[] = ["name", "slug", "time_zone", "id"].map((name) => ({ path: `tenant.${name}`, group: "Dealership", type: "string", hint: null }));

/** What a step gives: for some types its own configuration says so. */
function outputOf(step: StepNode, schema: unknown): unknown {
  const { output_schema: asked, values, fields } = step.config;
  if (isObject(asked) && modeOf(asked) === "literal") return asked;
  if (step.type === "ai.extract" && Array.isArray(fields)) {
    const names = fields.flatMap((field) => (isObject(field) && typeof field["name"] === "string" ? [field["name"]] : []));
    return { type: "object", properties: Object.fromEntries(names.map((name) => [name, {}])) };
  }
  if (isObject(values) && modeOf(values) === "literal") {
    return { type: "object", properties: Object.fromEntries(Object.keys(values).map((name) => [name, {}])) };
  }
  return step.type === "ai.generate" ? { type: "object", properties: { text: { type: "string" } } } : schema;
}

/** What a step sets for all later steps. */
function variablesOf(step: StepNode): PathOption[] {
  const { values } = step.config;
  if (step.type !== "set_variables" || !isObject(values) || modeOf(values) !== "literal") return [];
  return Object.keys(values).map((name) => ({ path: `variables.${name}`, group: "Variables", type: null, hint: null }));
}

/** What a step may refer to: what triggers bring, and what steps before it give. */
export function completionsFor(definition: Definition, types: StepTypesView | undefined, stepId: string, parameters: unknown): PathOption[] {
  const before = ancestorsOf(definition, stepId);
  const seen = new Set<string>();
  const triggers = definition.triggers.flatMap((trigger) => {
    const type = types?.triggers.find((item) => item.type === trigger.type);
    return type === undefined ? [] : pathsOf(type.output_schema, "trigger", type.name);
  });
  const steps = definition.steps
    .filter((step) => before.has(step.id))
    .flatMap((step) => {
      const type = types?.steps.find((item) => item.type === step.type);
      return pathsOf(outputOf(step, type?.output_schema), `steps.${step.id}.output`, step.name);
    });
  const variables = definition.steps.filter((step) => before.has(step.id)).flatMap(variablesOf);
  const own = isObject(parameters) ? Object.keys(parameters) : [];
  const answers = own.map((name): PathOption => ({ path: `parameters.${name}`, group: "Template answers", type: null, hint: null }));
  return [...steps, ...variables, ...triggers, ...answers, ...tenant, ...execution].filter(({ path }) => {
    if (seen.has(path)) return false;
    seen.add(path);
    return true;
  });
}
