import type { Role } from "@/api/types";

export const roles: { value: Role; label: string; hint: string }[] = [
  { value: "user", label: "User", hint: "Works leads, starts workflows, sees runs." },
  { value: "manager", label: "Manager", hint: "Also builds and publishes workflows and sees the team." },
  { value: "dealership_admin", label: "Dealership admin", hint: "Also adds people and sees the audit log." },
];

export function roleLabel(role: string): string {
  return roles.find((item) => item.value === role)?.label ?? "Super admin";
}
