import type { ExecutionView } from "@/api/types";
import type { NodeStatus } from "@/components/graph/to-flow";
import { stepDetail } from "./describe";
import { isOver } from "./fold";

/** What each node of the graph shows. */
export function nodeStatuses(view: ExecutionView | undefined, now: number): Map<string, NodeStatus> {
  const statuses = new Map<string, NodeStatus>();
  if (view === undefined) return statuses;
  const pending = isOver(view.status) ? "not_run" : "pending";
  for (const step of view.steps) {
    statuses.set(step.step_id, { status: step.status === "pending" ? pending : step.status, detail: stepDetail(step, now) });
  }
  for (const { id } of readSteps(view.definition)) {
    if (!statuses.has(id)) statuses.set(id, { status: pending, detail: null });
  }
  return statuses;
}

function readSteps(definition: unknown): { id: string }[] {
  const steps = (definition as { steps?: unknown } | null)?.steps;
  return Array.isArray(steps) ? (steps as { id: string }[]) : [];
}

/** Whether an edge was gone along; null while its step hasn't finished. */
export function portTaken(view: ExecutionView | undefined): (from: string, port: string) => boolean | null {
  return (from, port) => {
    const step = view?.steps.find((item) => item.step_id === from);
    if (step === undefined) return view?.trigger_id === from ? true : null;
    if (step.status === "skipped") return false;
    if (step.status === "failed") return port === "error" && step.port === "error";
    if (step.status !== "succeeded") return null;
    return (step.port ?? "out") === port;
  };
}
