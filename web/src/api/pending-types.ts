import type { BackgroundState, PersonRef } from "./pending";

/** Shapes of routes that the OpenAPI snapshot doesn't have yet; see `pending.ts`. */

// ---------------------------------------------------------------- approvals

export type ApprovalState = "pending" | "approved" | "rejected" | "expired" | "cancelled";

export interface Fact {
  label: string;
  value: unknown;
}

export interface ApprovalView {
  id: string;
  title: string;
  body: string;
  facts: Fact[];
  /** JSON Schema of what the decision asks for. */
  form?: Record<string, unknown> | null;
  state: ApprovalState;
  assignee: { role?: string | null; user?: PersonRef | null };
  claimed_by?: PersonRef | null;
  due_at?: string | null;
  escalation_level: number;
  execution_id: string;
  workflow: PersonRef;
  step_id: string;
  lead_id?: string | null;
  values?: Record<string, unknown> | null;
  comment?: string | null;
  decided_by?: PersonRef | null;
  decided_at?: string | null;
  decided_via?: "app" | "link" | null;
  created_at: string;
  can_decide: boolean;
}

export interface ApprovalDecision {
  decision: "approved" | "rejected";
  values?: Record<string, unknown>;
  comment?: string;
}

/** What a link in a mail or a text shows before anything is decided. */
export interface ApprovalLinkView {
  tenant_name: string;
  /** To whom the link was sent. */
  name: string;
  title: string;
  body: string;
  facts: Fact[];
  form?: Record<string, unknown> | null;
  state: ApprovalState;
  /** The link was used already. */
  used: boolean;
  expires_at: string;
  due_at?: string | null;
  decided_by?: string | null;
  decided_at?: string | null;
  comment?: string | null;
  /** Whether this link can still decide it. */
  can_decide: boolean;
}

// ---------------------------------------------------------------- backtests

export interface Tally {
  added: number;
  removed: number;
  changed?: number;
}

export interface BacktestSummary {
  runs: number;
  same: number;
  different: number;
  failed: number;
  branches_changed: number;
  messages: Tally;
  approvals: Tally;
  ai: {
    calls_before: number;
    calls_after: number;
    input_tokens_before: number;
    input_tokens_after: number;
    output_tokens_before: number;
    output_tokens_after: number;
  };
}

export interface BacktestDifference {
  kind: "branch" | "message" | "approval" | "effect" | "ai" | "status" | "output";
  step_id?: string | null;
  before?: unknown;
  after?: unknown;
  summary: string;
}

export interface BacktestRun {
  execution_id: string;
  status_before: string;
  status_after: string;
  differences: BacktestDifference[];
}

export interface BacktestView {
  id: string;
  state: BackgroundState;
  requested: number;
  done: number;
  summary?: BacktestSummary | null;
  runs?: BacktestRun[];
  error?: string | null;
  created_at: string;
  ended_at?: string | null;
}

// ---------------------------------------------------------------- templates

export interface TemplateVersion {
  version: number;
  release_notes: string;
}

/** One part that differs; `null` where the part isn't there. */
export interface TemplateChange {
  path: string;
  base?: unknown;
  mine?: unknown;
  theirs?: unknown;
  conflict: boolean;
}

export type TemplateChoice = "mine" | "theirs";

export interface TemplateLink {
  template_id: string;
  template_name: string;
  version: number;
  latest_version: number;
  parameters: Record<string, unknown>;
  overrides: TemplateChange[];
  upgrade?: {
    to_version: number;
    release_notes: TemplateVersion[];
    changes: TemplateChange[];
    parameters_schema: Record<string, unknown>;
  } | null;
}

export interface UpgradedDraft {
  version: number;
  draft_revision: number;
}

export type RolloutState = "running" | "paused" | "halted" | "done" | "cancelled";

export interface RolloutTarget {
  tenant_id: string;
  tenant_name: string;
  workflow_id: string;
  workflow_name: string;
  stage: number;
  /** `pending`, `upgraded` or `skipped`. */
  state: string;
  detail?: string | null;
  runs: number;
  failed: number;
  upgraded_at?: string | null;
}

export interface RolloutView {
  id: string;
  template_id: string;
  template_name: string;
  to_version: number;
  state: RolloutState;
  /** Why it stopped. */
  reason?: string | null;
  stages: number[];
  stage: number;
  stage_started_at?: string | null;
  stage_minutes: number;
  max_error_rate: number;
  min_runs: number;
  runs: number;
  failed: number;
  created_by: PersonRef;
  created_at: string;
  ended_at?: string | null;
  targets: RolloutTarget[];
}

export interface CreateRollout {
  template_id: string;
  to_version?: number;
  stages: number[];
  stage_minutes: number;
  max_error_rate: number;
  min_runs: number;
}

// ---------------------------------------------------------------- schedules

export interface SchedulePreview {
  time_zone: string;
  next: string[];
  description?: string | null;
}
