import type { StepRunView, TrialView } from "@/api/types";
import type { NodeStatus } from "@/components/graph/to-flow";
import { formatSeconds, plural, secondsBetween } from "@/lib/format";
import { definitionStep } from "./scope";

const order = ["failed", "running", "waiting", "retrying", "succeeded", "skipped", "pending"];

function rank(status: string): number {
  const at = order.indexOf(status);
  return at === -1 ? order.length : at;
}

/** The runs of one step, of all turns of its loop. */
export function runsOf(trial: TrialView, stepId: string): StepRunView[] {
  return trial.steps.filter((step) => definitionStep(step.step_id) === stepId);
}

function detail(runs: readonly StepRunView[]): string | null {
  if (runs.length > 1) return plural(runs.length, "time");
  const seconds = secondsBetween(runs[0]?.started_at, runs[0]?.ended_at, Date.now());
  return seconds === null || runs[0]?.ended_at == null ? null : formatSeconds(seconds);
}

/** How each node of the draft came out; of a loop's turns the worst counts. */
export function trialStatuses(trial: TrialView): Map<string, NodeStatus> {
  const ids = new Set(trial.steps.map((step) => definitionStep(step.step_id)));
  return new Map(
    [...ids].map((id) => {
      const runs = runsOf(trial, id);
      const worst = runs.toSorted((one, other) => rank(one.status) - rank(other.status))[0];
      return [id, { status: worst?.status ?? "pending", detail: detail(runs) }];
    }),
  );
}

/** Which lines a tried run went along. */
export function trialTaken(trial: TrialView): (from: string, port: string) => boolean | null {
  const ports = new Map<string, Set<string>>();
  for (const step of trial.steps) {
    if (step.port == null) continue;
    const id = definitionStep(step.step_id);
    ports.set(id, new Set([...(ports.get(id) ?? []), step.port]));
  }
  return (from, port) => {
    const left = ports.get(from);
    return left === undefined ? null : left.has(port) || left.has("*");
  };
}
