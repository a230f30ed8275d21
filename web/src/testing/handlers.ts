import { http, HttpResponse } from "msw";
import type { DefinitionBody, Finding, LeadView, Problem } from "@/api/types";
import { type Definition, readDefinition } from "@/lib/graph/definition";
import { leads, leadView } from "./data/leads";
import { audit, invitations, me, members, notifications, session } from "./data/people";
import { dashboard, events, executions, executionView, logs } from "./data/runs";
import { canvasHandlers } from "./handlers-canvas";
import { deepHandlers } from "./handlers-deep";
import { stepTypes } from "./data/step-types";
import { newWorkflow, templates, workflows } from "./data/workflows";

export function page<T>(items: T[]) {
  return HttpResponse.json({ items, next_cursor: null });
}

export function problem(status: number, code: string, title: string, more: Partial<Problem> = {}) {
  return HttpResponse.json({ type: "about:blank", title, status, code, request_id: "req-1", ...more }, { status, headers: { "content-type": "application/problem+json" } });
}

const missing = () => problem(404, "not_found", "Not found");
const empty = (status = 204) => new HttpResponse(null, { status });

/** What validation would say about a definition without the server's knowledge of expressions. */
function findingsOf(definition: Definition): Finding[] {
  const none: Finding[] = definition.triggers.length === 0 ? [{ severity: "error", pointer: "/triggers", code: "no_trigger", message: "Add a trigger, so that something starts it.", step_id: null }] : [];
  const unset = definition.steps.flatMap((step, index): Finding[] => {
    const type = stepTypes.steps.find((item) => item.type === step.type);
    const required = (type?.config_schema as { required?: string[] } | undefined)?.required ?? [];
    return required
      .filter((name) => step.config[name] === undefined)
      .map((name) => ({ severity: "error", pointer: `/steps/${index}/config/${name}`, code: "config_invalid", message: "This is needed.", step_id: step.id }));
  });
  return [...none, ...unset];
}

const find = <T extends { id: string }>(items: T[], id: unknown) => items.find((item) => item.id === id);

const auth = [
  http.post("*/api/v1/signup", () => HttpResponse.json({ signup_id: "s1" }, { status: 202 })),
  http.post("*/api/v1/signup/resend", () => HttpResponse.json({ signup_id: "s1" }, { status: 202 })),
  http.post("*/api/v1/signup/show", () =>
    HttpResponse.json({ group_name: "Sunrise Group", dealership_name: "Sunrise Toyota", name: "Dana Whitfield", email: "dana@sunrisetoyota.test" }),
  ),
  http.post("*/api/v1/signup/verify", () => HttpResponse.json(session, { status: 201 })),
  http.post("*/api/v1/auth/login", async ({ request }) => {
    const { password } = (await request.json()) as { password: string };
    if (password === "wrong password") return problem(401, "invalid_credentials", "The address, e-mail or password isn't right.");
    return HttpResponse.json(session);
  }),
  http.post("*/api/v1/auth/refresh", () => HttpResponse.json(session)),
  http.post("*/api/v1/auth/logout", () => empty()),
  http.post("*/api/v1/auth/forgotten-password", () => HttpResponse.json({}, { status: 202 })),
  http.post("*/api/v1/auth/reset-password", () => empty()),
  http.post("*/api/v1/invitations/show", () =>
    HttpResponse.json({ tenant_name: "Sunrise Toyota", tenant_slug: "sunrise-toyota", email: "luisa@sunrisetoyota.test", role: "user", invited_by: "Dana Whitfield", name: "Luisa Ferrer", has_account: false }),
  ),
  http.post("*/api/v1/invitations/accept", () => HttpResponse.json(session, { status: 201 })),
  http.get("*/api/v1/me", () => HttpResponse.json(me)),
];

const people = [
  http.get("*/api/v1/members", () => page(members)),
  http.post("*/api/v1/members", () => HttpResponse.json(invitations[0], { status: 201 })),
  http.patch("*/api/v1/members/:id", () => problem(409, "last_admin", "The last admin can't be taken away.")),
  http.get("*/api/v1/invitations", () => page(invitations)),
  http.delete("*/api/v1/invitations/:id", () => empty()),
  http.get("*/api/v1/audit-events", () => page(audit)),
  http.get("*/api/v1/notifications", ({ request }) => page(new URL(request.url).searchParams.has("unread") ? notifications.filter((item) => item.read_at == null) : notifications)),
  http.post("*/api/v1/notifications/:id/read", () => empty()),
  http.post("*/api/v1/notifications/read-all", () => empty()),
];

const work = [
  http.get("*/api/v1/step-types", () => HttpResponse.json(stepTypes)),
  http.get("*/api/v1/workflows", ({ request }) => {
    const status = new URL(request.url).searchParams.get("status");
    return page(workflows.filter((item) => status === null || item.status === status));
  }),
  http.post("*/api/v1/workflows", async ({ request }) => {
    const { name } = (await request.json()) as { name: string };
    const made = newWorkflow(`w${workflows.length + 1}`, name, { triggers: [], steps: [], edges: [] });
    workflows.push(made);
    return HttpResponse.json(made, { status: 201 });
  }),
  http.get("*/api/v1/workflows/:id", ({ params }) => {
    const found = find(workflows, params["id"]);
    return found === undefined ? missing() : HttpResponse.json(found);
  }),
  http.put("*/api/v1/workflows/:id/draft", async ({ params, request }) => {
    const found = find(workflows, params["id"]);
    if (found === undefined) return missing();
    const body = (await request.json()) as { definition: DefinitionBody; draft_revision?: number };
    if (body.draft_revision !== found.draft_revision) return problem(409, "draft_conflict", "Somebody else changed the draft.");
    found.draft = body.definition;
    found.draft_revision += 1;
    return HttpResponse.json({ draft_revision: found.draft_revision, findings: findingsOf(readDefinition(body.definition)) });
  }),
  http.post("*/api/v1/workflows/:id/validate", ({ params }) => HttpResponse.json({ findings: findingsOf(readDefinition(find(workflows, params["id"])?.draft)) })),
  http.post("*/api/v1/workflows/:id/publish", ({ params }) => {
    const found = find(workflows, params["id"]);
    if (found === undefined) return missing();
    const findings = findingsOf(readDefinition(found.draft));
    if (findings.length > 0) {
      return problem(422, "definition_invalid", "The definition has faults.", { errors: findings.map((item) => ({ pointer: item.pointer, code: item.code, detail: item.message })) });
    }
    found.published_version = (found.published_version ?? 0) + 1;
    found.status = "active";
    found.has_unpublished_changes = false;
    found.triggers = found.triggers.map((trigger) => ({ ...trigger, enabled: true, has_url: true, url: "http://sunrise-toyota.localhost:8080/hooks/5fWq8s2mXkT1c9RrVb7yHd" }));
    return HttpResponse.json({ id: "v1", version: found.published_version, published_at: new Date().toISOString(), published_by: me.user.name }, { status: 201 });
  }),
  http.post("*/api/v1/workflows/:id/triggers/:trigger/rotate", async ({ params, request }) => {
    const trigger = find(workflows, params["id"])?.triggers.find((item) => item.id === params["trigger"]);
    if (trigger === undefined) return missing();
    const { grace_days } = (await request.json()) as { grace_days: number };
    const until = new Date(Date.now() + grace_days * 86_400_000).toISOString();
    Object.assign(trigger, { url: "http://sunrise-toyota.localhost:8080/hooks/new", previous_url_until: grace_days === 0 ? null : until });
    return HttpResponse.json(trigger);
  }),
  http.post("*/api/v1/workflows/:id/archive", ({ params }) => HttpResponse.json(find(workflows, params["id"]))),
  http.post("*/api/v1/workflows/:id/executions", () => HttpResponse.json({ execution_id: "e-live" }, { status: 202 })),
  http.get("*/api/v1/templates", () => page(templates)),
  http.get("*/api/v1/templates/:id", ({ params }) => {
    const found = find(templates, params["id"]);
    return found === undefined ? missing() : HttpResponse.json(found);
  }),
  http.post("*/api/v1/templates/:id/instantiate", async ({ params, request }) => {
    const { name } = (await request.json()) as { name?: string };
    const template = find(templates, params["id"]);
    if (template === undefined) return missing();
    const made = newWorkflow(`w${workflows.length + 1}`, name ?? template.name, template.definition);
    workflows.push(made);
    return HttpResponse.json(made, { status: 201 });
  }),
];

const runs = [
  http.get("*/api/v1/executions/:id", ({ params }) => {
    const run = find(executions, params["id"]);
    return run === undefined ? missing() : HttpResponse.json(executionView(run));
  }),
  http.get("*/api/v1/executions/:id/events", ({ request }) => page(events.filter((event) => event.seq > Number(new URL(request.url).searchParams.get("after") ?? 0)))),
  http.get("*/api/v1/executions/:id/logs", () => page(logs)),
  http.post("*/api/v1/executions/:id/cancel", ({ params }) => HttpResponse.json(find(executions, params["id"]), { status: 202 })),
  http.post("*/api/v1/executions/:id/effects/:key/settle", ({ params }) => HttpResponse.json(find(executions, params["id"]))),
  http.post("*/api/v1/socket-tickets", () => HttpResponse.json({ ticket: "t1", expires_in: 30 }, { status: 201 })),
];

const changedLeads = new Map<string, Partial<LeadView>>();

const records = [
  http.get("*/api/v1/dashboard", ({ request }) => HttpResponse.json(dashboard(Number(new URL(request.url).searchParams.get("days") ?? 7)))),
  http.get("*/api/v1/leads", ({ request }) => {
    const query = new URL(request.url).searchParams;
    const [status, q] = [query.get("status"), query.get("q")?.toLowerCase()];
    return page(leads.filter((lead) => (status === null || lead.status === status) && (q === undefined || (lead.customer?.name ?? "").toLowerCase().includes(q))));
  }),
  http.get("*/api/v1/leads/:id", ({ params }) => {
    const lead = find(leads, params["id"]);
    return lead === undefined ? missing() : HttpResponse.json({ ...leadView(lead), ...changedLeads.get(lead.id) });
  }),
  http.patch("*/api/v1/leads/:id", async ({ params, request }) => {
    const lead = find(leads, params["id"]);
    if (lead === undefined) return missing();
    const { customer, ...change } = (await request.json()) as Partial<LeadView>;
    changedLeads.set(lead.id, { ...change, ...(change.status === undefined ? {} : { review_reason: null }), ...(customer == null ? {} : { customer: { ...customer, id: `c-${lead.id}`, created_at: lead.received_at } }) });
    return HttpResponse.json({ ...leadView(lead), ...changedLeads.get(lead.id) });
  }),
];

export const handlers = [...canvasHandlers, ...deepHandlers, ...auth, ...people, ...work, ...runs, ...records];
