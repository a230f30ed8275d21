import type { ExecutionView, TrialView } from "@/api/types";
import { type Definition, loopsAround } from "@/lib/graph/definition";
import { isObject } from "@/lib/json-schema/fields";
import { lookUp } from "@/lib/json-schema/paths";
import { modeOf, sourceOf } from "@/lib/json-schema/expression";

/** The values that expressions see, from real data: a past run, what was tried since, and what is pinned. */
export interface Scope extends Record<string, unknown> {
  trigger: unknown;
  parameters: unknown;
  steps: Record<string, { status: string; output: unknown; error: unknown }>;
  variables: Record<string, unknown>;
}

interface Run {
  step_id: string;
  status: string;
  output?: unknown;
  error?: unknown;
}

export interface ScopeSources {
  definition: Definition;
  run: ExecutionView | null;
  trial: TrialView | null;
  trialInput: unknown;
  parameters: unknown;
  tenant: Record<string, unknown>;
}

/** The step of the definition that an instance like `send[3]` belongs to. */
export function definitionStep(stepId: string): string {
  return stepId.split("[")[0] ?? stepId;
}

/** What the first turn of a loop sees of it, as far as its list can be found without the server. */
function loopValues(definition: Definition, scope: Scope, stepId: string): Record<string, unknown> {
  const loops: Record<string, { item: unknown; index: number }> = {};
  for (const loop of loopsAround(definition, stepId)) {
    const { items } = loop.config;
    const found = modeOf(items) === "ref" ? lookUp({ ...scope, loops }, sourceOf(items)) : { value: items };
    const list: unknown = "value" in found ? found.value : undefined;
    loops[loop.id] = { item: Array.isArray(list) ? (list[0] ?? null) : null, index: 0 };
  }
  const inner = Object.values(loops).at(-1);
  return inner === undefined ? {} : { ...inner, loops };
}

export function scopeOf({ definition, run, trial, trialInput, parameters, tenant }: ScopeSources): Scope {
  const scope: Scope = {
    trigger: trial === null ? (run?.input ?? {}) : trialInput,
    parameters: isObject(parameters) ? parameters : {},
    steps: {},
    variables: {},
    tenant,
    execution: { id: run?.id ?? "00000000-0000-7000-8000-000000000000", started_at: run?.started_at ?? new Date(0).toISOString() },
  };
  const runs: readonly Run[] = [...(run?.steps ?? []), ...(trial?.steps ?? [])];
  for (const { step_id, status, output, error } of runs) {
    if (output === undefined && error == null) continue;
    scope.steps[definitionStep(step_id)] = { status, output: output ?? null, error: error ?? null };
  }
  for (const [id, output] of Object.entries(definition.pinned ?? {})) scope.steps[id] = { status: "succeeded", output, error: null };
  for (const step of definition.steps) {
    const output = scope.steps[step.id]?.output;
    if (step.type === "set_variables" && isObject(output)) Object.assign(scope.variables, output);
  }
  return scope;
}

/** The scope as one step sees it. */
export function scopeFor(definition: Definition, scope: Scope, stepId: string): Scope {
  return { ...scope, ...loopValues(definition, scope, stepId) };
}
