import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import type { BacktestView } from "@/api/types";

export const workflowQuery = (id: string) =>
  queryOptions({
    queryKey: ["workflows", "detail", id],
    queryFn: () => unwrap(client.GET("/api/v1/workflows/{id}", { params: { path: { id } } })),
  });

export function isOver(state: string): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}

const pollMilliseconds = 1000;

export const backtestsQuery = (workflowId: string) =>
  queryOptions({
    queryKey: ["backtests", "list", workflowId],
    queryFn: async (): Promise<BacktestView[]> => (await unwrap(client.GET("/api/v1/workflows/{id}/backtests", { params: { path: { id: workflowId } } }))).items,
    refetchInterval: ({ state }) => (state.data?.some((one) => !isOver(one.state)) === true ? pollMilliseconds : false),
  });

export const backtestQuery = (id: string) =>
  queryOptions({
    queryKey: ["backtests", "detail", id],
    queryFn: (): Promise<BacktestView> => unwrap(client.GET("/api/v1/backtests/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data === undefined || !isOver(state.data.state) ? pollMilliseconds : false),
  });

export function useStartBacktest(workflowId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (count: number) => unwrap(client.POST("/api/v1/workflows/{id}/backtests", { params: { path: { id: workflowId } }, body: { count } })),
    onSuccess: (made) => {
      queries.setQueryData(backtestQuery(made.id).queryKey, made);
      return queries.invalidateQueries({ queryKey: ["backtests", "list"] });
    },
  });
}

export function useCancelBacktest(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(client.POST("/api/v1/backtests/{id}/cancel", { params: { path: { id } }, body: {} })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["backtests"] }),
  });
}
