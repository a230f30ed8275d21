import type { ExecutionEventView, StepRunView } from "@/api/types";

/** `send[3][1]` → `send`: the step of the definition that runs. */
export function definitionId(key: string): string {
  const at = key.indexOf("[");
  return at === -1 ? key : key.slice(0, at);
}

/** `send[3][1]` → [3, 1]: the rounds of its loops, outermost first, counted from 0. */
export function iterationsOf(key: string): number[] {
  return [...key.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1]));
}

/** "round 4", or "round 4 · 2" inside a loop of a loop; empty outside loops. */
export function roundName(key: string): string {
  const rounds = iterationsOf(key);
  return rounds.length === 0 ? "" : `round ${rounds.map((round) => round + 1).join(" · ")}`;
}

export interface StepGroup {
  id: string;
  /** Whether it runs once for each item of a loop. */
  looped: boolean;
  runs: StepRunView[];
}

function byRounds(one: StepRunView, other: StepRunView): number {
  const [a, b] = [iterationsOf(one.step_id), iterationsOf(other.step_id)];
  for (let depth = 0; depth < Math.max(a.length, b.length); depth += 1) {
    const difference = (a[depth] ?? -1) - (b[depth] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What ran of each step of the definition. A step in a loop that hasn't begun stands alone, without rounds. */
export function groupSteps(steps: readonly StepRunView[]): Map<string, StepGroup> {
  const groups = new Map<string, StepGroup>();
  for (const step of steps) {
    const id = definitionId(step.step_id);
    const group = groups.get(id) ?? { id, looped: false, runs: [] };
    group.looped ||= step.step_id !== id;
    group.runs.push(step);
    groups.set(id, group);
  }
  for (const group of groups.values()) {
    if (!group.looped) continue;
    group.runs = group.runs.filter((run) => run.step_id !== group.id).sort(byRounds);
  }
  return groups;
}

export function countByStatus(runs: readonly StepRunView[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const run of runs) counts.set(run.status, (counts.get(run.status) ?? 0) + 1);
  return counts;
}

// What a person should see first: what moves, then what went wrong, then the rest.
const weight = ["running", "retrying", "waiting", "failed", "pending", "succeeded", "skipped"];

/** One status for all rounds of a step. */
export function overallStatus(runs: readonly StepRunView[]): string {
  const counts = countByStatus(runs);
  return weight.find((status) => counts.has(status)) ?? "pending";
}

/** The round to show first: one that failed, then one that moves. */
export function mostTelling(runs: readonly StepRunView[]): StepRunView | undefined {
  for (const status of ["failed", "running", "retrying", "waiting"]) {
    const found = runs.find((run) => run.status === status);
    if (found !== undefined) return found;
  }
  return runs[0];
}

export interface LoopSize {
  count: number;
  concurrency: number;
}

/** How many rounds each loop has, by the key of the loop's step. */
export function loopSizes(events: readonly ExecutionEventView[]): Map<string, LoopSize> {
  const sizes = new Map<string, LoopSize>();
  for (const event of events) {
    if (event.kind !== "loop_started" || event.step_id == null) continue;
    const { items, concurrency } = event.data as { items?: unknown[]; concurrency?: number };
    sizes.set(event.step_id, { count: items?.length ?? 0, concurrency: concurrency ?? 1 });
  }
  return sizes;
}
