import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import type { ApprovalDecision, ApprovalView, Role } from "@/api/types";

// The socket tells of most changes; this catches what it doesn't.
const pollMilliseconds = 15_000;

export interface ApprovalFilter {
  state: "pending" | "decided";
  mine: boolean;
}

export const approvalsQuery = (filter: ApprovalFilter) =>
  infiniteQueryOptions({
    queryKey: ["approvals", "list", filter],
    queryFn: ({ pageParam }) =>
      unwrap(client.GET("/api/v1/approvals", { params: { query: { state: filter.state, mine: filter.mine, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: pollMilliseconds,
  });

/** What waits for the signed-in person, for the number in the navigation. */
export const waitingForMeQuery = queryOptions({
  queryKey: ["approvals", "waiting"],
  queryFn: async () => (await unwrap(client.GET("/api/v1/approvals", { params: { query: { state: "pending", mine: true, limit: 100 } } }))).items.length,
  refetchInterval: pollMilliseconds,
});

export const approvalQuery = (id: string) =>
  queryOptions({
    queryKey: ["approvals", "detail", id],
    queryFn: () => unwrap(client.GET("/api/v1/approvals/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.state === "pending" ? pollMilliseconds : false),
  });

export const linkQuery = (token: string) =>
  queryOptions({
    queryKey: ["approval-links", token],
    queryFn: () => unwrap(client.POST("/api/v1/approval-links/show", { body: { token } })),
    enabled: token !== "",
    staleTime: Infinity,
    retry: false,
    refetchOnWindowFocus: false,
  });

/** People whom a decision can be given to. */
export const colleaguesQuery = queryOptions({
  queryKey: ["members", "colleagues"],
  queryFn: async () => (await unwrap(client.GET("/api/v1/members"))).items.filter((member) => member.status === "active"),
  staleTime: 60_000,
});

function useChange<V>(id: string, change: (variables: V) => Promise<ApprovalView>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ["executions"] });
      return queries.invalidateQueries({ queryKey: ["approvals"] });
    },
    onSuccess: (view) => queries.setQueryData(approvalQuery(id).queryKey, view),
  });
}

export function useClaim(id: string) {
  const params = { path: { id } };
  return useChange(id, (claim: boolean) =>
    claim ? unwrap(client.POST("/api/v1/approvals/{id}/claim", { params })) : unwrap(client.POST("/api/v1/approvals/{id}/release", { params })),
  );
}

export function useAssign(id: string) {
  return useChange(id, (to: { user_id: string } | { role: Role }) => unwrap(client.POST("/api/v1/approvals/{id}/assign", { params: { path: { id } }, body: to })));
}

export function useDecide(id: string) {
  return useChange(id, (decision: ApprovalDecision) => unwrap(client.POST("/api/v1/approvals/{id}/decide", { params: { path: { id } }, body: decision })));
}

export function useDecideByLink(token: string) {
  return useMutation({
    mutationFn: (decision: ApprovalDecision) => unwrap(client.POST("/api/v1/approval-links/decide", { body: { token, ...decision } })),
  });
}
