import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import type { ExecutionEventView, ExecutionLogView, ExecutionSummary, ExecutionView, ReplayBody } from "@/api/types";
import { type RunFilter, toQuery } from "./model/filters";

export const executionsQuery = (filter: RunFilter, zone: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["executions", "list", filter],
    queryFn: async ({ pageParam }): Promise<{ items: ExecutionSummary[]; next_cursor?: string | null }> =>
      unwrap(client.GET("/api/v1/executions", { params: { query: { ...toQuery(filter, Date.now(), zone), cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const executionQuery = (id: string) =>
  queryOptions({
    queryKey: ["executions", "detail", id],
    queryFn: async (): Promise<ExecutionView> => unwrap(client.GET("/api/v1/executions/{id}", { params: { path: { id } } })),
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
    queryFn: async () => (await unwrap(client.GET("/api/v1/files", { params: { query: { execution_id: id, limit: 100 } } }))).items,
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
  const params = { path: { id } };
  return useChange((pause: boolean) =>
    pause
      ? unwrap(client.POST("/api/v1/executions/{id}/pause", { params, body: {} }))
      : unwrap(client.POST("/api/v1/executions/{id}/resume", { params, body: {} })),
  );
}

export function useRetryExecution(id: string) {
  return useChange(() => unwrap(client.POST("/api/v1/executions/{id}/retry", { params: { path: { id } }, body: {} })));
}

export function useReplayExecution(id: string) {
  return useChange((body: ReplayBody) => unwrap(client.POST("/api/v1/executions/{id}/replay", { params: { path: { id } }, body })));
}

export function useSettleEffect(id: string) {
  return useChange(({ key, outcome }: { key: string; outcome: "sent" | "not_sent" }) =>
    unwrap(client.POST("/api/v1/executions/{id}/effects/{key}/settle", { params: { path: { id, key } }, body: { outcome } })),
  );
}
