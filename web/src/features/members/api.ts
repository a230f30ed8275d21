import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, done, unwrap } from "@/api/client";
import type { Role } from "@/api/types";

export const membersQuery = infiniteQueryOptions({
  queryKey: ["members", "list"],
  queryFn: ({ pageParam }) => unwrap(client.GET("/api/v1/members", { params: { query: { cursor: pageParam } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});

export const invitationsQuery = queryOptions({
  queryKey: ["members", "invitations"],
  queryFn: async () => {
    const page = await unwrap(client.GET("/api/v1/invitations", { params: { query: { limit: 200 } } }));
    return page.items.filter((invitation) => invitation.status === "pending" || invitation.status === "expired");
  },
});

function useRefresh() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ["members"] });
}

export function useInvite() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: { name: string; email: string; role: Role }) => unwrap(client.POST("/api/v1/members", { body })),
    onSuccess: refresh,
  });
}

export function useUpdateMember() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ userId, ...body }: { userId: string; role?: Role; status?: "active" | "disabled" }) =>
      unwrap(client.PATCH("/api/v1/members/{user_id}", { params: { path: { user_id: userId } }, body })),
    onSuccess: refresh,
  });
}

export function useRevokeInvitation() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (id: string) => done(client.DELETE("/api/v1/invitations/{id}", { params: { path: { id } } })),
    onSuccess: refresh,
  });
}
