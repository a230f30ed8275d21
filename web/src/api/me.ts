import { queryOptions, useQuery } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { Permission } from "./permissions";
import { useSession } from "./session";
import type { MeView } from "./types";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => unwrap(client.GET("/api/v1/me")),
  staleTime: 60_000,
});

export function useMe(): MeView | undefined {
  const session = useSession();
  return useQuery({ ...meQuery, enabled: session.status === "signed_in" }).data;
}

/** Whether the signed-in person may do this; false until that is known. */
export function usePermission(permission: Permission): boolean {
  return useMe()?.permissions.includes(permission) ?? false;
}

export function useTimeZone(): string | undefined {
  return useMe()?.tenant?.time_zone;
}
