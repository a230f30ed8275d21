import type { RolloutTarget } from "@/api/types";

/** "10, 50, 100" → [10, 50, 100]; null if they don't rise to 100. */
export function readStages(text: string): number[] | null {
  const parts = text.split(/[\s,;%]+/).filter((part) => part !== "");
  const stages = parts.map(Number);
  const whole = stages.every((stage) => Number.isInteger(stage) && stage >= 1);
  const rising = stages.every((stage, index) => index === 0 || stage > (stages[index - 1] ?? 0));
  return whole && rising && stages.length <= 10 && stages.at(-1) === 100 ? stages : null;
}

export interface Dealership {
  id: string;
  name: string;
  targets: RolloutTarget[];
  upgraded: number;
  runs: number;
  failed: number;
}

/** One word for all workflows of a dealership: what is still going on first. */
export function stateOf({ targets }: Pick<Dealership, "targets">): string {
  const has = (state: string) => targets.some((target) => target.state === state);
  if (has("rolling_back")) return "rolling_back";
  if (has("rolled_back")) return "rolled_back";
  if (targets.every((target) => target.state === "upgraded")) return "upgraded";
  return targets.every((target) => target.state === "skipped") ? "skipped" : "pending";
}

/** The rollout's workflows by dealership. */
export function byDealership(targets: readonly RolloutTarget[]): Dealership[] {
  const found = new Map<string, Dealership>();
  for (const target of targets) {
    const known = found.get(target.tenant_id) ?? { id: target.tenant_id, name: target.tenant_name, targets: [], upgraded: 0, runs: 0, failed: 0 };
    known.targets.push(target);
    known.upgraded += target.state === "upgraded" ? 1 : 0;
    known.runs += target.runs;
    known.failed += target.failed;
    found.set(target.tenant_id, known);
  }
  return [...found.values()].sort((one, other) => one.name.localeCompare(other.name));
}
