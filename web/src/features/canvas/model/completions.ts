import type { StepTypesView } from "@/api/types";
import { modeOf } from "@/lib/json-schema/expression";
import { ancestorsOf, type Definition, loopsAround, type StepNode } from "@/lib/graph/definition";
import { isObject } from "@/lib/json-schema/fields";
import { mergePaths, type PathOption, pathsOf, pathsOfValue } from "@/lib/json-schema/paths";
import type { Scope } from "./scope";

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

/** What the turn of a loop is about, for steps that it repeats. */
function loopPaths(definition: Definition, stepId: string, scope: Scope | null): PathOption[] {
  const around = loopsAround(definition, stepId);
  const inner = around.at(-1);
  if (inner === undefined) return [];
  const fixed = ["item", "index", ...around.flatMap((loop) => [`loops.${loop.id}.item`, `loops.${loop.id}.index`])];
  const promised = fixed.map((path): PathOption => ({ path, group: inner.name, type: path.endsWith("index") ? "integer" : null, hint: null }));
  return mergePaths(promised, scope === null ? [] : pathsOfValue(scope["item"], "item", inner.name));
}

function stepPaths(step: StepNode, types: StepTypesView | undefined, scope: Scope | null): PathOption[] {
  const type = types?.steps.find((item) => item.type === step.type);
  const path = `steps.${step.id}.output`;
  const real = scope?.steps[step.id];
  return mergePaths(pathsOf(outputOf(step, type?.output_schema), path, step.name), real === undefined ? [] : pathsOfValue(real.output, path, step.name));
}

/** What a step may refer to: what triggers bring and steps before it give, by their schemas and by real data. */
export function completionsFor(definition: Definition, types: StepTypesView | undefined, stepId: string, parameters: unknown, scope: Scope | null = null): PathOption[] {
  const before = ancestorsOf(definition, stepId);
  const seen = new Set<string>();
  const promised = definition.triggers.flatMap((trigger) => {
    const type = types?.triggers.find((item) => item.type === trigger.type);
    return type === undefined ? [] : pathsOf(type.output_schema, "trigger", type.name);
  });
  const triggers = mergePaths(promised, scope === null ? [] : pathsOfValue(scope.trigger, "trigger", promised[0]?.group ?? "Trigger"));
  const earlier = definition.steps.filter((step) => before.has(step.id));
  const own = isObject(parameters) ? Object.keys(parameters) : [];
  const answers = own.map((name): PathOption => ({ path: `parameters.${name}`, group: "Template answers", type: null, hint: null }));
  const all = [...loopPaths(definition, stepId, scope), ...earlier.flatMap((step) => stepPaths(step, types, scope)), ...earlier.flatMap(variablesOf), ...triggers, ...answers, ...tenant, ...execution];
  return all.filter(({ path }) => {
    if (seen.has(path)) return false;
    seen.add(path);
    return true;
  });
}
