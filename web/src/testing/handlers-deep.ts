import { http, HttpResponse } from "msw";
import type { BulkReplayView } from "@/api/types";
import { approvalLinks, approvals } from "./data/approvals";
import { backtests } from "./data/backtests";
import { deepEvents, deepRuns, deepView, files } from "./data/deep-runs";
import { user } from "./data/people";
import { executions } from "./data/runs";
import { rollouts, templateLink } from "./data/template-links";

const page = <T>(items: T[]) => HttpResponse.json({ items, next_cursor: null });
const problem = (status: number, code: string, title: string) => HttpResponse.json({ type: "about:blank", title, status, code, request_id: "req-1" }, { status });
const missing = () => problem(404, "not_found", "Not found");
const find = <T extends { id: string }>(items: T[], id: unknown) => items.find((item) => item.id === id);

let bulk: BulkReplayView = { id: "br1", filter: { business_key: null, created_from: null, created_to: null, search: null, status: [], trigger_type: null, workflow_id: null }, from: "start", state: "queued", total: 240, started: 0, refused: 0, created_at: new Date().toISOString() };

const runs = [
  http.get("*/api/v1/executions", ({ request }) => {
    const query = new URL(request.url).searchParams;
    const statuses = (query.get("status") ?? "").split(",").filter((status) => status !== "");
    const search = query.get("search")?.toLowerCase() ?? "";
    const fits = [...deepRuns, ...executions].filter((run) => {
      const text = JSON.stringify(run).toLowerCase();
      return (statuses.length === 0 || statuses.includes(run.status)) && text.includes(search) && text.includes((query.get("business_key") ?? "").toLowerCase()) && [null, run.trigger_type].includes(query.get("trigger_type"));
    });
    return page(fits);
  }),
  http.get("*/api/v1/executions/:id", ({ params }) => {
    const run = find(deepRuns, params["id"]);
    return run === undefined ? undefined : HttpResponse.json(deepView(run));
  }),
  http.get("*/api/v1/executions/:id/events", ({ params, request }) => {
    if (find(deepRuns, params["id"]) === undefined) return undefined;
    const after = Number(new URL(request.url).searchParams.get("after") ?? 0);
    return page(deepEvents(String(params["id"])).filter((event) => event.seq > after));
  }),
  ...["retry", "replay"].map((action) => http.post(`*/api/v1/executions/:id/${action}`, () => HttpResponse.json({ execution_id: "e-live" }, { status: 202 }))),
  ...["pause", "resume"].map((action) => http.post(`*/api/v1/executions/:id/${action}`, ({ params }) => HttpResponse.json(find(executions, params["id"]) ?? {}))),
  http.get("*/api/v1/files", ({ request }) => page(new URL(request.url).searchParams.get("execution_id") === "e-loop" ? files : [])),
  http.get("*/api/v1/files/:id/content", () => HttpResponse.text("vin,owner\n")),
  http.post("*/api/v1/bulk-replays", () => HttpResponse.json((bulk = { ...bulk, state: "running", started: 0 }), { status: 202 })),
  http.get("*/api/v1/bulk-replays/:id", () => {
    const started = Math.min(bulk.total - 3, bulk.started + 40);
    bulk = { ...bulk, started, ...(started >= bulk.total - 3 ? { state: "done" as const, refused: 3 } : {}) };
    return HttpResponse.json(bulk);
  }),
  http.post("*/api/v1/bulk-replays/:id/cancel", () => HttpResponse.json((bulk = { ...bulk, state: "cancelled" }))),
];

const decisions = [
  http.get("*/api/v1/approvals", ({ request }) => {
    const query = new URL(request.url).searchParams;
    const pending = query.get("state") !== "decided";
    return page(approvals.filter((item) => (item.state === "pending") === pending && (query.get("mine") !== "true" || item.can_decide || item.decided_by?.id === user.id)));
  }),
  http.get("*/api/v1/approvals/:id", ({ params }) => {
    const found = find(approvals, params["id"]);
    return found === undefined ? missing() : HttpResponse.json(found);
  }),
  http.post("*/api/v1/approvals/:id/:action", async ({ params, request }) => {
    const found = find(approvals, params["id"]);
    if (found === undefined) return missing();
    const body = (await request.json()) as { decision?: "approved" | "rejected"; values?: Record<string, unknown>; comment?: string };
    if (params["action"] === "claim") found.claimed_by = { id: user.id, name: user.name };
    if (params["action"] === "release") found.claimed_by = null;
    if (params["action"] === "decide") Object.assign(found, { state: body.decision, values: body.values ?? null, comment: body.comment ?? null, decided_by: { id: user.id, name: user.name }, decided_at: new Date().toISOString(), decided_via: "app", can_decide: false });
    return HttpResponse.json(found);
  }),
  http.post("*/api/v1/approval-links/show", async ({ request }) => {
    const { token } = (await request.json()) as { token: string };
    const found = approvalLinks[token];
    return found === undefined ? missing() : HttpResponse.json(found);
  }),
  http.post("*/api/v1/approval-links/decide", () => HttpResponse.json({})),
];

const trials = [
  http.get("*/api/v1/workflows/:id/backtests", () => page(backtests)),
  http.post("*/api/v1/workflows/:id/backtests", () => HttpResponse.json(backtests[0], { status: 202 })),
  http.get("*/api/v1/backtests/:id", ({ params }) => {
    const found = find(backtests, params["id"]);
    return found === undefined ? missing() : HttpResponse.json(found);
  }),
];

const links = [
  http.get("*/api/v1/workflows/:id/template", ({ params }) => (params["id"] === "w1" ? HttpResponse.json(templateLink) : missing())),
  http.post("*/api/v1/workflows/:id/template/upgrade", () => HttpResponse.json({ version: 2, draft_revision: 8 })),
  http.get("*/api/v1/template-rollouts", () => page(rollouts)),
  http.post("*/api/v1/template-rollouts", () => HttpResponse.json(rollouts[0], { status: 202 })),
  http.post("*/api/v1/template-rollouts/:id/:action", () => HttpResponse.json(rollouts[0])),
  http.post("*/api/v1/schedules/preview", () => HttpResponse.json({ time_zone: "America/Chicago", next: [new Date().toISOString()], description: "Every weekday at 9:00" })),
];

/** Answers for waits, replays, approvals, backtests and templates; what they leave open, others answer. */
export const deepHandlers = [...runs, ...decisions, ...trials, ...links];
