import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import type { ExecutionEventView, ExecutionLogView, ExecutionStatus } from "@/api/types";

export const executionsQuery = (filter: { workflow_id: string; status: string }) =>
  infiniteQueryOptions({
    queryKey: ["executions", "list", filter],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/v1/executions", {
          params: {
            query: {
              cursor: pageParam,
              ...(filter.workflow_id === "" ? {} : { workflow_id: filter.workflow_id }),
              ...(filter.status === "" ? {} : { status: filter.status as ExecutionStatus }),
            },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const executionQuery = (id: string) =>
  queryOptions({
    queryKey: ["executions", "detail", id],
    queryFn: () => unwrap(client.GET("/api/v1/executions/{id}", { params: { path: { id } } })),
  });

interface SeqPage<T> {
  items: T[];
  next_cursor?: string | null | undefined;
}

const pageSize = 200;
const mostPages = 25;

async function all<T extends { seq: number }>(load: (after: number) => Promise<SeqPage<T>>): Promise<T[]> {
  const items: T[] = [];
  for (let page = 0; page < mostPages; page += 1) {
    const { items: more, next_cursor } = await load(items.at(-1)?.seq ?? 0);
    items.push(...more);
    if (more.length === 0 || next_cursor == null) break;
  }
  return items;
}

export const eventsQuery = (id: string) =>
  queryOptions({
    queryKey: ["executions", "events", id],
    queryFn: (): Promise<ExecutionEventView[]> =>
      all((after) =>
        unwrap(client.GET("/api/v1/executions/{id}/events", { params: { path: { id }, query: { after, limit: pageSize } } })),
      ),
  });

export const logsQuery = (id: string) =>
  queryOptions({
    queryKey: ["executions", "logs", id],
    queryFn: (): Promise<ExecutionLogView[]> =>
      all((after) =>
        unwrap(client.GET("/api/v1/executions/{id}/logs", { params: { path: { id }, query: { after, limit: pageSize } } })),
      ),
  });

export const workflowNamesQuery = queryOptions({
  queryKey: ["workflows", "names"],
  queryFn: async () => (await unwrap(client.GET("/api/v1/workflows", { params: { query: { limit: 200 } } }))).items,
  staleTime: 60_000,
});

export function useCancelExecution(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(client.POST("/api/v1/executions/{id}/cancel", { params: { path: { id } }, body: {} })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["executions"] }),
  });
}

export function useSettleEffect(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ key, outcome }: { key: string; outcome: "sent" | "not_sent" }) =>
      unwrap(
        client.POST("/api/v1/executions/{id}/effects/{key}/settle", { params: { path: { id, key } }, body: { outcome } }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["executions"] }),
  });
}
