import type { FileView } from "@/api/types";
import type { ExecutionEventView, ExecutionSummary, ExecutionView, StepRunView } from "@/api/types";
import type { Definition } from "@/lib/graph/definition";
import { ago } from "./people";

export const recall: Definition = {
  triggers: [{ id: "go", type: "manual", config: {} }],
  steps: [
    { id: "find", type: "record.find", name: "Find the owners", config: {} },
    { id: "ask", type: "approval", name: "Ask a manager", config: {} },
    { id: "reserve", type: "http.request", name: "Reserve the parts", config: {} },
    { id: "each", type: "for_each", name: "For each owner", config: {} },
    { id: "text", type: "ai.generate", name: "Write the notice", config: {} },
    { id: "send", type: "email.send", name: "Send the notice", config: {} },
    { id: "report", type: "file.store", name: "Keep the list", config: {} },
    { id: "free", type: "http.request", name: "Give the parts back", config: {} },
  ],
  edges: [
    { from: "go", port: "out", to: "find" }, { from: "find", port: "out", to: "ask" }, { from: "ask", port: "approved", to: "reserve" }, { from: "reserve", port: "out", to: "each" },
    { from: "each", port: "item", to: "text" }, { from: "text", port: "out", to: "send" }, { from: "each", port: "out", to: "report" }, { from: "reserve", port: "compensate", to: "free" },
  ],
  layout: {},
};

const base = { workflow_id: "w1", workflow_name: "Recall notice", version: 4, trigger_id: "go", trigger_type: "manual", lead_id: null, paused: false };
const summary = (id: string, status: ExecutionSummary["status"], minutes: number, more: Partial<ExecutionSummary> = {}): ExecutionSummary => ({
  ...base, id, status, created_at: ago(minutes), started_at: ago(minutes - 0.001), ended_at: status === "waiting" || status === "paused" ? null : ago(minutes - 4), error: null, business_key: "CAMPAIGN-23TA09", ...more,
});

export const deepRuns: ExecutionSummary[] = [
  summary("e-loop", "failed", 60, { error: { code: "mailbox_full", message: "The mailbox of one owner is full.", step_id: "send[77]" }, forked_from: "e-approval" }),
  summary("e-approval", "waiting", 42),
  summary("e-paused", "paused", 12),
];

const rounds = 340;
const start = Date.parse(ago(60));
const at = (milliseconds: number) => new Date(start + milliseconds).toISOString();
const step = (step_id: string, from: number, to: number | null, more: Partial<StepRunView> = {}): StepRunView => ({ step_id, definition_step_id: step_id.split("[")[0] ?? "", iterations: [], ai_calls: [], status: "succeeded", attempt: 1, started_at: at(from), ended_at: to === null ? null : at(to), port: "out", ...more });
const call = { model: "gpt-6.1-terra", input_tokens: 412, output_tokens: 138, simulated: true };

function loopSteps(): StepRunView[] {
  const begin = (round: number) => 121_000 + Math.floor(round / 4) * 1400;
  const body = Array.from({ length: rounds }, (_, round) => {
    const from = begin(round);
    const failed = round === 77;
    return [
      step(`text[${round}]`, from, from + 820, { output: { text: "Dear owner, …" }, ai_calls: [call] }),
      step(`send[${round}]`, from + 820, from + (failed ? 9000 : 1300), failed ? { status: "failed", attempt: 3, error: { code: "mailbox_full", message: "The mailbox of one owner is full." } } : { output: { message_id: `m-${round}` } }),
    ];
  });
  return [
    step("find", 5, 90, { output: { count: rounds } }), step("ask", 90, 119_000, { port: "approved", output: { decision: "approved", comment: "Go ahead." } }),
    step("reserve", 119_000, 121_000, { output: { reserved: rounds } }), step("each", 121_000, 240_000, { status: "failed" }), ...body.flat(),
    step("report", 240_000, null, { status: "skipped", attempt: 0, started_at: null }), step("free", 240_100, 240_900),
  ];
}

const event = (seq: number, offset: number, kind: string, step_id: string | null, data: object = {}, attempt = 1): ExecutionEventView => ({ seq, at: at(offset), kind, step_id, attempt, data });

export function deepEvents(id: string): ExecutionEventView[] {
  const wait = { kind: "approval", name: "ap1", key: "", summary: "Approval by managers", until: ago(-180) };
  const head = [
    event(1, 0, "execution_accepted", null), event(2, 4, "execution_started", null), event(3, 5, "step_started", "find"), event(4, 90, "step_succeeded", "find"),
    event(5, 90, "step_started", "ask"), event(6, 92, "wait_opened", "ask", wait),
  ];
  if (id === "e-paused") return [...head, event(7, 50_000, "paused", null, { by: "u" })];
  if (id !== "e-loop") return head;
  return [
    ...head, event(7, 119_000, "wait_resolved", "ask"), event(8, 119_000, "step_succeeded", "ask", { port: "approved" }), event(9, 119_000, "step_started", "reserve"),
    event(10, 119_100, "effect_intended", "reserve", { key: "r", kind: "http", summary: "POST parts.example.com" }), event(11, 120_900, "effect_confirmed", "reserve", { key: "r" }), event(12, 121_000, "step_succeeded", "reserve"),
    event(13, 121_000, "step_started", "each"), event(14, 121_000, "loop_started", "each", { items: Array.from({ length: rounds }, () => 0), concurrency: 4 }),
    event(900, 148_420, "step_started", "send[77]"), event(901, 149_000, "step_failed", "send[77]", { error: { message: "421 try later" }, will_retry: true }), event(902, 149_000, "retry_scheduled", "send[77]"),
    event(903, 152_000, "step_started", "send[77]", {}, 2), event(904, 152_600, "step_failed", "send[77]", { error: { message: "421 try later" }, will_retry: true }), event(905, 152_600, "retry_scheduled", "send[77]"),
    event(906, 156_000, "step_started", "send[77]", {}, 3), event(907, 156_800, "step_failed", "send[77]", { error: { message: "The mailbox of one owner is full." } }),
    event(2000, 240_000, "compensation_started", null, { error: { message: "The mailbox of one owner is full." } }),
  ];
}

export function deepView(run: ExecutionSummary): ExecutionView {
  const waiting = [
    step("find", 5, 90, { output: { count: rounds } }),
    { ...step("ask", 90, null), status: "waiting" as const, port: null, input: { title: "Send the notice?" }, wait: { kind: "approval", name: "ap1", key: "", summary: "Waits for approval by managers", until: ago(-180) } },
  ];
  const effect = (key: string, step_id: string, kind: string, text: string) => ({ key, step_id, kind, state: "confirmed" as const, provider_ref: null, summary: text, simulated: false, created_at: ago(50), updated_at: ago(50) });
  return {
    ...run, input: { campaign: "23TA09", part: "04007-35135" }, output: null, definition: recall, last_seq: 3000, history_removed: false, children: run.id === "e-loop" ? ["e-done"] : [],
    steps: run.id === "e-loop" ? loopSteps() : waiting,
    effects: run.id === "e-loop" ? [effect("r", "reserve", "http", "POST parts.example.com/reservations"), ...Array.from({ length: 5 }, (_, index) => effect(`s${index}`, `send[${index}]`, "email", `Mail to owner${index}@example.com: Your Tacoma's recall`)), effect("a", "text[0]", "ai", "412 tokens in, 138 out")] : [],
  };
}

export const files: FileView[] = [
  { id: "f1", name: "owners-23TA09.csv", content_type: "text/csv", size: 18_412, sha256: "", step_id: "report", created_at: ago(57) },
  { id: "f2", name: "notice.pdf", content_type: "application/pdf", size: 1_204_511, sha256: "", step_id: "text[0]", created_at: ago(58) },
];
