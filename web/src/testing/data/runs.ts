import type { DashboardView, EffectView, ExecutionEventView, ExecutionLogView, ExecutionSummary, ExecutionView, StepRunView } from "@/api/types";
import { answerLead, missedCall } from "./definitions";
import { leads } from "./leads";
import { ago } from "./people";

const base = { workflow_id: "w1", workflow_name: "Answer a new internet lead", version: 3, trigger_id: "lead", trigger_type: "adf_lead", paused: false };

export const executions: ExecutionSummary[] = [
  { ...base, id: "e-live", status: "running", lead_id: "l1", started_at: ago(0.1), ended_at: null, created_at: ago(0.1), error: null },
  { ...base, id: "e-unknown", status: "waiting", lead_id: "l2", started_at: ago(23), ended_at: null, created_at: ago(23), error: null },
  {
    id: "e-failed", workflow_id: "w2", workflow_name: "Missed-call follow-up", version: 1, trigger_id: "call", trigger_type: "webhook", status: "failed", paused: false, lead_id: null,
    started_at: ago(65), ended_at: ago(64), created_at: ago(65), error: { code: "http_status", message: "The phone system answered 503 three times.", step_id: "notify" },
  },
  { ...base, id: "e-done", status: "succeeded", lead_id: "l3", started_at: ago(71), ended_at: ago(70.9), created_at: ago(71), error: null },
];

function step(step_id: string, status: StepRunView["status"], more: Partial<StepRunView> = {}): StepRunView {
  return { step_id, definition_step_id: step_id, iterations: [], ai_calls: [], status, attempt: 1, started_at: status === "pending" ? null : ago(0.2), ended_at: status === "succeeded" ? ago(0.18) : null, ...more };
}

const sent: EffectView = {
  key: "send-1", step_id: "send", kind: "email", state: "confirmed", provider_ref: "<20261121.4821@mail.sunrisetoyota.test>",
  summary: "Mail to angela@example.com: Your RAV4 at Sunrise Toyota", simulated: false, created_at: ago(1), updated_at: ago(1),
};
const wrote: EffectView = {
  key: "write-1", step_id: "write", kind: "ai_call", state: "confirmed", provider_ref: null, summary: "412 tokens in, 138 out", simulated: true, created_at: ago(1), updated_at: ago(1),
};

const before: StepRunView[] = [
  step("save", "succeeded", { output: { lead_id: "l1", customer_id: "c-l1", duplicate: false } }),
  step("reachable", "succeeded", { port: "true", output: { result: true } }),
];

export function executionView(run: ExecutionSummary): ExecutionView {
  const input = { source: "AutoTrader", customer: { first_name: "Angela", last_name: "Moreno", email: "angela@example.com" }, vehicle: { year: 2024, make: "Toyota", model: "RAV4" } };
  const common = { ...run, input, output: null, definition: answerLead, children: [], history_removed: false };
  switch (run.id) {
    case "e-live":
      return { ...common, steps: [...before, step("write", "running", { attempt: 2 })], effects: [], last_seq: 6 };
    case "e-unknown":
      return {
        ...common,
        steps: [...before, step("write", "succeeded", { output: { text: "Hi Robert, …" } }), step("send", "waiting"), step("review", "skipped")],
        effects: [wrote, { ...sent, key: "send-2", state: "unknown", provider_ref: null, summary: "Mail to robert@example.com: Your Camry at Sunrise Toyota" }],
        last_seq: 9,
      };
    case "e-failed":
      return {
        ...common,
        definition: missedCall,
        steps: [step("wait", "succeeded"), step("notify", "failed", { attempt: 3, ended_at: ago(0.1), error: { code: "http_status", message: "The phone system answered 503 three times." } })],
        effects: [],
        last_seq: 9,
      };
    default:
      return {
        ...common,
        output: { message_id: "m-1" },
        steps: [...before, step("write", "succeeded", { output: { text: "Hi Angela, …", summary: "Wants to see the RAV4", intent: "visit" } }), step("send", "succeeded"), step("review", "skipped")],
        effects: [wrote, sent],
        last_seq: 12,
      };
  }
}

export const events: ExecutionEventView[] = [
  { seq: 1, at: ago(0.3), kind: "execution_accepted", data: {} },
  { seq: 2, at: ago(0.29), kind: "execution_started", data: {} },
  { seq: 3, at: ago(0.28), kind: "step_started", step_id: "save", attempt: 1, data: {} },
  { seq: 4, at: ago(0.27), kind: "step_succeeded", step_id: "save", attempt: 1, data: { output: {}, port: "out" } },
  { seq: 5, at: ago(0.26), kind: "step_succeeded", step_id: "reachable", attempt: 1, data: { output: {}, port: "true" } },
  { seq: 6, at: ago(0.25), kind: "step_started", step_id: "write", attempt: 2, data: {} },
];

/** What the live socket brings for the run that is under way. */
export const liveEvents: Omit<ExecutionEventView, "at">[] = [
  { seq: 7, kind: "ai_call", step_id: "write", attempt: 2, data: { model: "simulated", input_tokens: 412, output_tokens: 138, simulated: true } },
  { seq: 8, kind: "step_succeeded", step_id: "write", attempt: 2, data: { output: { text: "Hi Angela, …" }, port: "out" } },
  { seq: 9, kind: "step_started", step_id: "send", attempt: 1, data: {} },
  { seq: 10, kind: "effect_intended", step_id: "send", attempt: 1, data: { key: "send-1", kind: "email", summary: "Mail to angela@example.com" } },
  { seq: 11, kind: "effect_confirmed", step_id: "send", attempt: 1, data: { key: "send-1", provider_ref: "<4821@mail>" } },
  { seq: 12, kind: "step_succeeded", step_id: "send", attempt: 1, data: { output: { message_id: "m-1" }, port: "out" } },
  { seq: 13, kind: "step_skipped", step_id: "review", data: {} },
  { seq: 14, kind: "execution_succeeded", data: { output: { message_id: "m-1" } } },
];

export const logs: ExecutionLogView[] = [
  { seq: 1, at: ago(0.28), level: "info", step_id: "save", message: "New customer Angela Moreno, matched by no phone number or e-mail address" },
  { seq: 2, at: ago(0.26), level: "warn", step_id: "write", message: "The model took longer than 10 s; trying again" },
];

export function dashboard(days: number): DashboardView {
  const series = Array.from({ length: days }, (_, index) => {
    const date = new Date(Date.now() - (days - 1 - index) * 86_400_000).toISOString().slice(0, 10);
    const leadCount = 9 + ((index * 7) % 11);
    return { date, leads: leadCount, executions: leadCount + 4, failures: index % 3 === 1 ? 2 : 0, median_response_seconds: 8 + ((index * 5) % 9) };
  });
  return {
    leads_today: 14, leads_answered_today: 12, median_response_seconds: 9.4, p90_response_seconds: 31, executions_today: 19, failures_today: 1, waiting_now: 2,
    needs_review: 1, series, recent_leads: leads.slice(0, 5), recent_failures: executions.filter((run) => run.status === "failed"), scope: "team",
  };
}
