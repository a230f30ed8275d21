import type { ApprovalView } from "@/api/types";
import { humanise } from "@/lib/format";

const roles: Record<string, string> = {
  manager: "managers",
  user: "everybody",
  dealership_admin: "the dealership’s admins",
  super_admin: "the platform’s admins",
};

export function roleName(role: string): string {
  return roles[role] ?? humanise(role).toLowerCase();
}

/** "Maya Okafor" or "managers": whose decision it is. */
export function assigneeName({ assignee }: Pick<ApprovalView, "assignee">): string {
  if (assignee.user != null) return assignee.user.name;
  return assignee.role == null ? "nobody yet" : roleName(assignee.role);
}

export function isOverdue(due: string | null | undefined, now: number): boolean {
  return due != null && Date.parse(due) < now;
}

/** A fact's value as text. */
export function factText(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

/** Why the signed-in person can't decide this one; null if they can. */
export function whyNot(view: ApprovalView, me: string | undefined): string | null {
  if (view.state !== "pending" || view.can_decide) return null;
  if (view.claimed_by != null && view.claimed_by.id !== me) return `${view.claimed_by.name} has taken this one on.`;
  return `The decision is for ${assigneeName(view)}.`;
}
