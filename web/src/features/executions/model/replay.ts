import type { EffectView, ExecutionView } from "@/api/types";
import type { Definition } from "@/lib/graph/definition";
import { definitionId, groupSteps } from "./instances";
import { bodyOf } from "./statuses";

/** This step and all that follow it. */
export function downstreamOf(definition: Definition, id: string): Set<string> {
  const found = new Set([id]);
  const queue = [id];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const edge of definition.edges) {
      if (edge.from !== next || found.has(edge.to)) continue;
      found.add(edge.to);
      queue.push(edge.to);
    }
  }
  return found;
}

/** The outermost loop that repeats the step; a run can't begin in the middle of one. */
export function loopAround(definition: Definition, id: string): string | null {
  const around = definition.steps.filter((step) => step.type === "for_each" && bodyOf(definition, step.id).has(id)).map((step) => step.id);
  return around.find((loop) => !around.some((other) => other !== loop && bodyOf(definition, other).has(loop))) ?? null;
}

export interface StartPoint {
  id: string;
  name: string;
  failed: boolean;
}

function compensations(definition: Definition): Set<string> {
  return new Set(definition.edges.filter((edge) => edge.port === "compensate").map((edge) => edge.to));
}

/** The steps that a replay may begin at: those that began, outside loops, and not those that only undo. */
export function startPoints(view: ExecutionView, definition: Definition): StartPoint[] {
  const groups = groupSteps(view.steps);
  const undoing = compensations(definition);
  return definition.steps.flatMap(({ id, name }) => {
    const [run] = groups.get(id)?.runs ?? [];
    const began = run !== undefined && run.status !== "pending" && run.status !== "skipped";
    return began && !undoing.has(id) && loopAround(definition, id) === null ? [{ id, name, failed: run.status === "failed" }] : [];
  });
}

export interface ReplayPlan {
  /** Steps that ended and are taken over as they were. */
  kept: { id: string; name: string; output: unknown }[];
  /** How many steps may run again. */
  again: number;
  /** What the run did outside that will be done once more. */
  repeated: EffectView[];
  /** What it did outside that won't be done again. */
  done: EffectView[];
}

/** What beginning at a step (null: at the start) means. */
export function planReplay(view: ExecutionView, definition: Definition, from: string | null): ReplayPlan {
  const all = new Set(definition.steps.map((step) => step.id));
  const undoing = compensations(definition);
  const again = from === null ? all : downstreamOf(definition, from);
  const groups = groupSteps(view.steps);
  const kept = definition.steps.flatMap(({ id, name }) => {
    const group = groups.get(id);
    const [run] = group?.runs ?? [];
    const over = !again.has(id) && group?.looped === false && !undoing.has(id) && loopAround(definition, id) === null && run?.status === "succeeded";
    return over ? [{ id, name, output: run.output }] : [];
  });
  const happened = view.effects.filter((effect) => effect.state !== "failed");
  return {
    kept,
    again: [...again].filter((id) => !undoing.has(id)).length,
    repeated: happened.filter((effect) => again.has(definitionId(effect.step_id))),
    done: happened.filter((effect) => !again.has(definitionId(effect.step_id))),
  };
}

const effectWords: Record<string, [string, string]> = {
  ai: ["AI call", "AI calls"],
  ai_call: ["AI call", "AI calls"],
  email: ["mail", "mails"],
  sms: ["text message", "text messages"],
  http: ["web request", "web requests"],
};

/** "2 mails, 1 AI call" */
export function countEffects(effects: readonly EffectView[]): string {
  const counts = new Map<string, number>();
  for (const effect of effects) counts.set(effect.kind, (counts.get(effect.kind) ?? 0) + 1);
  return [...counts]
    .map(([kind, count]) => {
      const [one, many] = effectWords[kind] ?? [kind, kind];
      return `${count} ${count === 1 ? one : many}`;
    })
    .join(", ");
}
