import type { BackgroundState } from "./pending";

/** Shapes of routes that the OpenAPI snapshot doesn't have yet; see `pending.ts`. */

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
