import type { RolloutTarget, RolloutView, TemplateLink } from "@/api/types";
import { ago, user } from "./people";

export const templateLink: TemplateLink = {
  template_id: "answer-internet-lead", template_name: "Answer a new internet lead", version: 1, latest_version: 2, parameters: { reply_to: "sales@sunrisetoyota.test" },
  overrides: [{ path: "steps/write/config/instructions", base: "Answer the lead.", mine: "Answer the lead. Name the car. Offer two times for a visit.", theirs: null, conflict: false }],
  upgrade: {
    to_version: 2,
    release_notes: [{ version: 2, release_notes: "Asks a manager before an answer that names a price goes out, and writes shorter answers." }],
    changes: [
      { path: "steps/write/config/instructions", base: "Answer the lead.", mine: "Answer the lead. Name the car. Offer two times for a visit.", theirs: "Answer the lead in at most five sentences. Never name a price.", conflict: true },
      { path: "steps/write/config/max_words", base: 140, mine: 140, theirs: 90, conflict: false },
      { path: "steps/price", base: null, mine: null, theirs: { id: "price", type: "approval", name: "Ask a manager about the price", config: { title: "May this price go out?", role: "manager" } }, conflict: false },
    ],
    parameters_schema: { type: "object", properties: { price_limit: { type: "integer", title: "Ask above this price", description: "In dollars.", default: 50_000 } } },
  },
};

const target = (tenant: string, index: number, state: string, runs: number, failed: number, detail: string | null = null): RolloutTarget => ({
  tenant_id: tenant, tenant_name: tenant, workflow_id: `${tenant}-${index}`, workflow_name: "Answer a new internet lead", stage: state === "upgraded" ? 0 : 1, state, runs, failed, detail,
});

export const rollouts: RolloutView[] = [
  {
    id: "ro1", template_id: "answer-internet-lead", template_name: "Answer a new internet lead", to_version: 2, state: "running", reason: null, stages: [10, 50, 100], stage: 1, stage_started_at: ago(25),
    can_change: true, stage_minutes: 60, max_error_rate: 0.05, min_runs: 20, runs: 148, failed: 3, created_by: { id: user.id, name: user.name }, created_at: ago(130), ended_at: null,
    targets: [target("Sunrise Toyota", 1, "upgraded", 96, 1), target("Harbor Point Honda", 1, "upgraded", 52, 2), target("Cedar Valley Mazda", 1, "pending", 0, 0), target("Ridgeline Jeep", 1, "skipped", 0, 0, "somebody changed the same part of “Write the answer”")],
  },
  {
    id: "ro0", template_id: "answer-internet-lead", template_name: "Answer a new internet lead", to_version: 1, state: "halted", reason: "11.4 % of 44 runs failed in stage 1; the limit is 5 %.", stages: [25, 100], stage: 0,
    can_change: true, stage_minutes: 60, max_error_rate: 0.05, min_runs: 20, runs: 44, failed: 5, created_by: { id: user.id, name: user.name }, created_at: ago(9000), ended_at: null,
    targets: [target("Sunrise Toyota", 1, "upgraded", 44, 5)],
  },
];
