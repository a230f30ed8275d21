import { Building2, LayoutDashboard, LayoutTemplate, type LucideIcon, PlaySquare, ScrollText, Stamp, UserRoundPlus, Users, Workflow } from "lucide-react";
import type { Permission } from "@/api/permissions";

export interface Place {
  to: string;
  label: string;
  icon: LucideIcon;
  permission: Permission;
  area: "work" | "manage";
  /** Shown in the bar at the bottom of a phone. */
  phone?: boolean;
}

export const places: Place[] = [
  { to: "/", label: "Dashboard", icon: LayoutDashboard, permission: "dashboard:read", area: "work", phone: true },
  { to: "/leads", label: "Leads", icon: UserRoundPlus, permission: "leads:read", area: "work", phone: true },
  { to: "/workflows", label: "Workflows", icon: Workflow, permission: "workflows:read", area: "work", phone: true },
  { to: "/templates", label: "Templates", icon: LayoutTemplate, permission: "templates:read", area: "work" },
  { to: "/executions", label: "Runs", icon: PlaySquare, permission: "executions:read", area: "work", phone: true },
  { to: "/approvals", label: "Approvals", icon: Stamp, permission: "approvals:read", area: "work", phone: true },
  { to: "/settings/members", label: "Members", icon: Users, permission: "members:read", area: "manage" },
  { to: "/settings/audit-log", label: "Audit log", icon: ScrollText, permission: "audit:read", area: "manage" },
  { to: "/admin/tenants", label: "Dealerships", icon: Building2, permission: "tenants:read", area: "manage" },
];

/** Without a dealership of one's own there is only the platform's part. */
export function visiblePlaces(permissions: readonly string[], hasTenant: boolean): Place[] {
  return places.filter((place) => permissions.includes(place.permission) && (hasTenant || place.to.startsWith("/admin")));
}
