import type { BacktestRun, BacktestView } from "@/api/types";
import { ago } from "./people";

const changed: BacktestRun = {
  execution_id: "e-done", status_before: "succeeded", status_after: "succeeded",
  differences: [
    { kind: "branch", step_id: "reachable", before: "true", after: "false", summary: "goes another way" },
    { kind: "message", step_id: "send", before: "Hi Angela,\n\nthanks for asking about the 2024 RAV4. Would Saturday at 10 or at 2 suit you?\n\nDana, Sunrise Toyota", after: null, summary: "no mail to angela@example.com" },
    { kind: "approval", step_id: "review", before: null, after: { title: "A lead without an e-mail address", role: "manager" }, summary: "asks managers" },
  ],
};

const runs: BacktestRun[] = [
  changed,
  { execution_id: "e-unknown", status_before: "succeeded", status_after: "failed", differences: [{ kind: "status", step_id: "write", before: "succeeded", after: "failed", summary: "“trigger.vehicle.trim” isn't there" }] },
  ...Array.from({ length: 62 }, (_, index): BacktestRun => ({ execution_id: `e-${index}`, status_before: "succeeded", status_after: "succeeded", differences: [] })),
];

export const backtests: BacktestView[] = [
  {
    id: "bt1", workflow_id: "w1", draft_revision: 7, state: "done", requested: 64, done: 64, created_at: ago(8), ended_at: ago(7), runs,
    summary: {
      runs: 64, same: 62, different: 1, failed: 1, branches_changed: 1, messages: { added: 0, removed: 1, changed: 0 }, approvals: { added: 1, removed: 0, changed: 0 },
      ai: { calls_before: 64, calls_after: 63, input_tokens_before: 26_368, input_tokens_after: 25_956, output_tokens_before: 8832, output_tokens_after: 8694 },
    },
  },
  { id: "bt2", workflow_id: "w1", draft_revision: 5, state: "cancelled", requested: 200, done: 31, created_at: ago(4000), ended_at: ago(3999), summary: null, runs: [] },
];
