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
  released_at?: string | null;
  notes?: string | null;
}

export interface TemplateChange {
  path: string;
  base?: unknown;
  mine?: unknown;
  theirs?: unknown;
  conflict: boolean;
}

export interface WorkflowTemplateView {
  template_id: string;
  version: number;
  latest_version: number;
  parameters: Record<string, unknown>;
  overrides: unknown[];
  upgrade: { available: boolean; changes: TemplateChange[] };
}

export type RolloutState = "running" | "paused" | "stopped" | "done" | "cancelled";

export interface RolloutDealership {
  tenant: PersonRef;
  stage: number;
  /** `pending`, `upgraded`, `skipped` or `failed`. */
  state: string;
  workflows: number;
  runs: number;
  failures: number;
  detail?: string | null;
}

export interface RolloutView {
  id: string;
  template_id: string;
  to_version: number;
  state: RolloutState;
  stages: number[];
  stage: number;
  max_error_rate: number;
  min_runs: number;
  stage_minutes: number;
  runs: number;
  failures: number;
  error?: string | null;
  dealerships: RolloutDealership[];
  created_at: string;
  ended_at?: string | null;
}
