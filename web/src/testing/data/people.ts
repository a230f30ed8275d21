import type { AuditEventView, InvitationView, MemberView, MeView, NotificationView, SessionView } from "@/api/types";

/** A moment some minutes ago. */
export function ago(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}

export const user = { id: "0193-user-dana", name: "Dana Whitfield", email: "dana@sunrisetoyota.test" };
export const tenant = { id: "0193-tenant", slug: "sunrise-toyota", name: "Sunrise Toyota", status: "active" as const, time_zone: "America/Chicago" };

export const session: SessionView = { access_token: "mock-access", token_type: "Bearer", expires_in: 1800, user, tenant, role: "dealership_admin" };

export const me: MeView = {
  user,
  tenant,
  role: "dealership_admin",
  permissions: [
    "me:read", "members:read", "members:manage", "audit:read", "workflows:read", "workflows:write", "workflows:publish", "workflows:archive",
    "workflows:run", "executions:read", "executions:cancel", "executions:settle", "executions:pause", "executions:replay",
    "approvals:read", "approvals:decide", "approvals:assign", "files:read", "templates:manage", "templates:read", "templates:instantiate", "leads:read",
    "leads:write", "customers:read", "notifications:read", "dashboard:read", "performance:read",
  ],
  connections: [
    { kind: "email", adapter: "smtp", name: "SMTP", simulated: false },
    { kind: "ai", adapter: "simulated", name: "simulated model", simulated: true },
  ],
};

export const members: MemberView[] = [
  { user_id: user.id, name: user.name, email: user.email, role: "dealership_admin", status: "active", last_seen_at: ago(1), created_at: ago(90_000) },
  { user_id: "u2", name: "Marcus Bell", email: "marcus@sunrisetoyota.test", role: "manager", status: "active", last_seen_at: ago(38), created_at: ago(80_000) },
  { user_id: "u3", name: "Priya Raman", email: "priya@sunrisetoyota.test", role: "user", status: "active", last_seen_at: ago(1500), created_at: ago(40_000) },
  { user_id: "u4", name: "Tom Okafor", email: "tom@sunrisetoyota.test", role: "user", status: "disabled", last_seen_at: null, created_at: ago(30_000) },
];

export const invitations: InvitationView[] = [
  { id: "i1", email: "luisa@sunrisetoyota.test", name: "Luisa Ferrer", role: "user", invited_by: "Dana Whitfield", expires_at: ago(-4000), created_at: ago(300), status: "pending" },
];

export const audit: AuditEventView[] = [
  { id: "a1", at: ago(12), actor_id: user.id, actor_name: user.name, action: "workflow.published", resource_type: "workflow", resource_id: "0193-workflow-answer", data: { version: 3 } },
  { id: "a2", at: ago(300), actor_id: user.id, actor_name: user.name, action: "invitation.created", resource_type: "invitation", resource_id: "0193-invitation-1", data: { email: "luisa@sunrisetoyota.test", role: "user" } },
  { id: "a3", at: ago(1600), actor_id: null, actor_name: null, action: "tenant.provisioned", resource_type: "tenant", resource_id: "0193-tenant", data: {} },
];

export const notifications: NotificationView[] = [
  { id: "n1", title: "A message may not have left", body: "The mail server went away while the answer to Robert Hale was being sent.", link: "/executions/e-unknown?tab=effects", severity: "warning", read_at: null, created_at: ago(22) },
  { id: "n2", title: "“Missed-call follow-up” failed", body: "The address of the phone system answered 503 three times.", link: "/executions/e-failed", severity: "critical", read_at: null, created_at: ago(64) },
  { id: "n3", title: "A lead needs a person", body: "The lead from Cars.com has neither an e-mail address nor a phone number.", link: "/leads/l4", severity: "info", read_at: ago(100), created_at: ago(240) },
];
