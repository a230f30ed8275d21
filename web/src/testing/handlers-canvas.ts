import { http, HttpResponse } from "msw";
import type { StepRunView } from "@/api/types";
import { type Definition, readDefinition } from "@/lib/graph/definition";
import { lookUp } from "@/lib/json-schema/paths";
import { me } from "./data/people";
import { workflows } from "./data/workflows";

interface TrialBody {
  definition?: unknown;
  input: unknown;
  step_id?: string;
  pinned?: Record<string, unknown>;
}

const summaries: Record<string, string> = { "email.send": "a mail to angela@example.com: Your RAV4 at Sunrise Toyota", notify: "a notice to the managers" };

function outputOf(type: string): unknown {
  return { "ai.generate": { text: "Hi Angela, the RAV4 is here. Would Saturday at 10 suit you?", summary: "Wants to see the RAV4", intent: "visit" }, "record.upsert": { lead_id: "l1", customer_id: "c1", duplicate: false } }[type] ?? {};
}

/** Every step that the first way out of each leads to. */
function tried(definition: Definition, pinned: Record<string, unknown>): StepRunView[] {
  const at = new Date().toISOString();
  return definition.steps.map((step): StepRunView => {
    const skipped = definition.edges.some((edge) => edge.to === step.id && ["false", "rejected", "timeout", "compensate"].includes(edge.port));
    const common = { step_id: step.id, definition_step_id: step.id, iterations: [], ai_calls: [] };
    if (skipped) return { ...common, status: "skipped", attempt: 0 };
    const port = step.type === "condition" ? "true" : step.type === "approval" ? "approved" : "out";
    return { ...common, status: "succeeded", attempt: 1, port, input: step.config, output: pinned[step.id] ?? outputOf(step.type), started_at: at, ended_at: at };
  });
}

/** A template's values filled in; anything harder is the server's work. */
function fill(source: string, scope: unknown): { value: unknown } | { error: string } {
  const places = [...source.matchAll(/\{\{\s*(.*?)\s*\}\}/g)].map((match) => lookUp(scope, match[1] ?? ""));
  const gap = places.find((found) => "missing" in found);
  if (gap !== undefined && "missing" in gap) return { error: `undefined value: ${gap.missing}` };
  return {
    value: source.replaceAll(/\{\{\s*(.*?)\s*\}\}/g, (_whole, path: string) => {
      const found = lookUp(scope, path);
      return "value" in found ? String(found.value) : "";
    }),
  };
}

export const canvasHandlers = [
  http.post("*/api/v1/workflows/:id/try", async ({ request }) => {
    const body = (await request.json()) as TrialBody;
    const definition = readDefinition(body.definition);
    const steps = tried(definition, body.pinned ?? {});
    const effects = definition.steps
      .filter((step) => step.type in summaries && steps.some((run) => run.step_id === step.id && run.status === "succeeded"))
      .map((step) => ({ step_id: step.id, kind: step.type, summary: summaries[step.type] ?? "", request: step.config }));
    return HttpResponse.json({ status: "succeeded", steps, events: [], logs: [], effects, output: null, error: null });
  }),
  http.post("*/api/v1/workflows/:id/try-step", async ({ request }) => {
    const body = (await request.json()) as TrialBody;
    const step = readDefinition(body.definition).steps.find((item) => item.id === body.step_id);
    const summary = summaries[step?.type ?? ""];
    const effect = summary === undefined ? null : { kind: step?.type ?? "", summary, request: step?.config };
    return HttpResponse.json({ status: "succeeded", config: step?.config, output: outputOf(step?.type ?? ""), port: "out", effect, logs: [], error: null });
  }),
  http.post("*/api/v1/expressions/evaluate", async ({ request }) => {
    const { expression, scope } = (await request.json()) as { expression: Record<string, string>; scope: unknown };
    const [mode, source] = Object.entries(expression)[0] ?? ["", ""];
    if (mode === "$tpl") return HttpResponse.json(fill(source, scope));
    const found = lookUp(scope, source);
    return HttpResponse.json("value" in found ? found : { error: `Syntax error: unexpected end of “${source}”` });
  }),
  http.get("*/api/v1/workflows/:id/versions", ({ params }) => {
    const last = workflows.find((item) => item.id === params["id"])?.published_version ?? 0;
    const items = Array.from({ length: last }, (_, index) => ({ id: `v${last - index}`, version: last - index, published_at: new Date(Date.now() - index * 86_400_000).toISOString(), published_by: me.user.name }));
    return HttpResponse.json({ items, next_cursor: null });
  }),
  http.get("*/api/v1/workflows/:id/versions/:version", ({ params }) => {
    const found = workflows.find((item) => item.id === params["id"]);
    const definition = readDefinition(found?.draft);
    const number = Number(params["version"]);
    // An earlier version is the draft without its last step and with another wording.
    const steps = definition.steps.slice(0, -1).map((step) => (step.type === "ai.generate" ? { ...step, config: { ...step.config, max_words: 100 + number, tone: "formal" } } : step));
    const ids = new Set([...definition.triggers, ...steps].map((node) => node.id));
    const edges = definition.edges.filter((edge) => ids.has(edge.from) && ids.has(edge.to));
    return HttpResponse.json({ id: `v${number}`, version: number, published_at: new Date().toISOString(), published_by: me.user.name, definition: { ...definition, steps, edges } });
  }),
];
