import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import { ask, type FileView, type ListPage, type ReplayBody } from "@/api/pending";
import type { ExecutionEventView, ExecutionLogView, ExecutionSummary, ExecutionView } from "@/api/types";
import { type RunFilter, toQuery } from "./model/filters";

const path = "/api/v1/executions";

export const executionsQuery = (filter: RunFilter, zone: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["executions", "list", filter],
    queryFn: ({ pageParam }) =>
      ask<ListPage<ExecutionSummary>>("GET", path, { query: { ...toQuery(filter, Date.now(), zone), cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const executionQuery = (id: string) =>
  queryOptions({
    queryKey: ["executions", "detail", id],
    queryFn: () => ask<ExecutionView>("GET", `${path}/${id}`),
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

/** So many events or log lines are read at most; beyond that a list says that it isn't whole. */
export const mostRead = pageSize * mostPages;

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

export const filesQuery = (id: string) =>
  queryOptions({
    queryKey: ["executions", "files", id],
    queryFn: async () => (await ask<ListPage<FileView>>("GET", "/api/v1/files", { query: { execution_id: id, limit: 100 } })).items,
  });

export const workflowNamesQuery = queryOptions({
  queryKey: ["workflows", "names"],
  queryFn: async () => (await unwrap(client.GET("/api/v1/workflows", { params: { query: { limit: 200 } } }))).items,
  staleTime: 60_000,
});

function useChange<V, R>(change: (variables: V) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["executions"] }),
  });
}

export function useCancelExecution(id: string) {
  return useChange(() => unwrap(client.POST("/api/v1/executions/{id}/cancel", { params: { path: { id } }, body: {} })));
}

export function usePauseExecution(id: string) {
  return useChange((pause: boolean) => ask<ExecutionView>("POST", `${path}/${id}/${pause ? "pause" : "resume"}`, { body: {} }));
}

export function useRetryExecution(id: string) {
  return useChange(() => ask<{ execution_id: string }>("POST", `${path}/${id}/retry`, { body: {} }));
}

export function useReplayExecution(id: string) {
  return useChange((body: ReplayBody) => ask<{ execution_id: string }>("POST", `${path}/${id}/replay`, { body }));
}

export function useSettleEffect(id: string) {
  return useChange(({ key, outcome }: { key: string; outcome: "sent" | "not_sent" }) =>
    unwrap(client.POST("/api/v1/executions/{id}/effects/{key}/settle", { params: { path: { id, key } }, body: { outcome } })),
  );
}
