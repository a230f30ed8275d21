import type { ReactNode } from "react";
import { useMe } from "@/api/me";
import type { Permission } from "@/api/permissions";
import { NoPermission } from "@/components/ui/states";

/** Shows the page to those who may see it, and says so to the others. */
export function Gate({ permission, children }: { permission: Permission; children: ReactNode }) {
  const me = useMe();
  if (me === undefined) return null;
  return me.permissions.includes(permission) ? children : <NoPermission />;
}
