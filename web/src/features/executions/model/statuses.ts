import type { ExecutionView, StepRunView } from "@/api/types";
import type { NodeStatus } from "@/components/graph/to-flow";
import { formatNumber } from "@/lib/format";
import type { Definition } from "@/lib/graph/definition";
import { stepDetail } from "./describe";
import { isOver } from "./fold";
import { countByStatus, type LoopSize, overallStatus, type StepGroup } from "./instances";

function ended(counts: ReadonlyMap<string, number>): number {
  return ["succeeded", "failed", "skipped"].reduce((sum, status) => sum + (counts.get(status) ?? 0), 0);
}

/** "3 of 5 · 1 failed" */
function roundsDetail(group: StepGroup, total: number): string {
  const counts = countByStatus(group.runs);
  const failed = counts.get("failed") ?? 0;
  const progress = `${formatNumber(ended(counts))} of ${formatNumber(Math.max(total, group.runs.length))}`;
  return failed > 0 ? `${progress} · ${formatNumber(failed)} failed` : progress;
}

/** How often a step in loops runs in all: nested loops start again in each round. */
function totals(definition: Definition, sizes: ReadonlyMap<string, LoopSize>): Map<string, number> {
  const byLoop = new Map<string, number>();
  for (const [key, size] of sizes) {
    const id = key.split("[")[0] ?? key;
    byLoop.set(id, (byLoop.get(id) ?? 0) + size.count);
  }
  const found = new Map<string, number>();
  for (const [loop, count] of byLoop) {
    for (const step of bodyOf(definition, loop)) found.set(step, Math.min(found.get(step) ?? Infinity, count));
  }
  return found;
}

/** The steps that a loop repeats: all that follow its port `item`. */
export function bodyOf(definition: Definition, loop: string): Set<string> {
  const body = new Set<string>();
  const queue = definition.edges.filter((edge) => edge.from === loop && edge.port === "item").map((edge) => edge.to);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (body.has(next)) continue;
    body.add(next);
    for (const edge of definition.edges) if (edge.from === next) queue.push(edge.to);
  }
  return body;
}

/** What each node of the graph shows; a step in a loop shows all its rounds as one. */
export function nodeStatuses(
  view: ExecutionView | undefined,
  definition: Definition,
  groups: ReadonlyMap<string, StepGroup>,
  sizes: ReadonlyMap<string, LoopSize>,
  now: number,
): Map<string, NodeStatus> {
  const statuses = new Map<string, NodeStatus>();
  if (view === undefined) return statuses;
  const pending = isOver(view.status) ? "not_run" : "pending";
  const counts = totals(definition, sizes);
  for (const { id } of definition.steps) {
    const group = groups.get(id);
    const [first] = group?.runs ?? [];
    if (group === undefined || first === undefined) {
      statuses.set(id, { status: pending, detail: null });
    } else if (group.looped) {
      const total = counts.get(id) ?? group.runs.length;
      const all = overallStatus(group.runs);
      const unfinished = all === "succeeded" && group.runs.length < total && !isOver(view.status);
      statuses.set(id, { status: all === "pending" ? pending : unfinished ? "running" : all, detail: roundsDetail(group, total) });
    } else {
      const size = sizes.get(id);
      const detail = stepDetail(first, now);
      const rounds = size === undefined ? null : `${formatNumber(size.count)} rounds`;
      statuses.set(id, {
        status: first.status === "pending" ? pending : first.status,
        detail: [detail, rounds].filter((part) => part !== null).join(" · ") || null,
      });
    }
  }
  return statuses;
}

function leftBy(run: StepRunView, port: string): boolean | null {
  if (run.status === "skipped") return false;
  if (run.status === "failed") return port === "error" && run.port === "error";
  if (run.status !== "succeeded") return null;
  const taken = run.port ?? "out";
  // "*" is all the branches of a parallel step at once.
  return taken === port || (taken === "*" && port !== "error");
}

function began(runs: readonly StepRunView[] | undefined): boolean {
  return runs?.some((run) => run.status !== "pending" && run.status !== "skipped") ?? false;
}

/** Whether an edge was gone along; null while its step hasn't finished. */
export function portTaken(
  view: ExecutionView | undefined,
  definition: Definition,
  groups: ReadonlyMap<string, StepGroup>,
): (from: string, port: string) => boolean | null {
  return (from, port) => {
    const runs = groups.get(from)?.runs;
    if (runs === undefined || runs.length === 0) return view?.trigger_id === from ? true : null;
    if (port === "item" || port === "compensate") {
      const begun = definition.edges.some((edge) => edge.from === from && edge.port === port && began(groups.get(edge.to)?.runs));
      return begun ? true : view !== undefined && isOver(view.status) ? false : null;
    }
    const answers = runs.map((run) => leftBy(run, port));
    return answers.includes(true) ? true : answers.includes(null) ? null : false;
  };
}
