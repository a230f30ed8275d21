import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import { ask, type ListPage } from "@/api/pending";
import type { ApprovalDecision, ApprovalLinkView, ApprovalView } from "@/api/pending-types";

const path = "/api/v1/approvals";
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
      ask<ListPage<ApprovalView>>("GET", path, { query: { state: filter.state, mine: filter.mine ? true : undefined, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: pollMilliseconds,
  });

/** What waits for the signed-in person, for the number in the navigation. */
export const waitingForMeQuery = queryOptions({
  queryKey: ["approvals", "waiting"],
  queryFn: async () => (await ask<ListPage<ApprovalView>>("GET", path, { query: { state: "pending", mine: true, limit: 100 } })).items.length,
  refetchInterval: pollMilliseconds,
});

export const approvalQuery = (id: string) =>
  queryOptions({
    queryKey: ["approvals", "detail", id],
    queryFn: () => ask<ApprovalView>("GET", `${path}/${id}`),
    refetchInterval: ({ state }) => (state.data?.state === "pending" ? pollMilliseconds : false),
  });

export const linkQuery = (token: string) =>
  queryOptions({
    queryKey: ["approval-links", token],
    queryFn: () => ask<ApprovalLinkView>("GET", `/api/v1/approval-links/${encodeURIComponent(token)}`),
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
  return useChange(id, (claim: boolean) => ask<ApprovalView>("POST", `${path}/${id}/${claim ? "claim" : "release"}`, { body: {} }));
}

export function useAssign(id: string) {
  return useChange(id, (to: { user_id: string } | { role: string }) => ask<ApprovalView>("POST", `${path}/${id}/assign`, { body: to }));
}

export function useDecide(id: string) {
  return useChange(id, (decision: ApprovalDecision) => ask<ApprovalView>("POST", `${path}/${id}/decide`, { body: decision }));
}

export function useDecideByLink(token: string) {
  return useMutation({
    mutationFn: (decision: ApprovalDecision) => ask<unknown>("POST", `/api/v1/approval-links/${encodeURIComponent(token)}/decide`, { body: decision }),
  });
}
