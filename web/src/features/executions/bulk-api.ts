import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import { type RunFilter, toBody, toQuery } from "./model/filters";

const pageSize = 200;
const mostPages = 5;

/** How many runs the filter finds, counted up to a thousand. */
export const runCountQuery = (filter: RunFilter, zone: string | undefined) =>
  queryOptions({
    queryKey: ["executions", "count", filter],
    queryFn: async () => {
      const query = toQuery(filter, Date.now(), zone);
      let cursor: string | undefined;
      let count = 0;
      for (let page = 0; page < mostPages; page += 1) {
        const { items, next_cursor } = await unwrap(client.GET("/api/v1/executions", { params: { query: { ...query, cursor, limit: pageSize } } }));
        count += items.length;
        if (next_cursor == null) return { count, more: false };
        cursor = next_cursor;
      }
      return { count, more: true };
    },
  });

export const bulkReplayQuery = (id: string) =>
  queryOptions({
    queryKey: ["bulk-replays", id],
    queryFn: () => unwrap(client.GET("/api/v1/bulk-replays/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.state === "queued" || state.data.state === "running" ? 1000 : false),
  });

export function useStartBulkReplay(zone: string | undefined) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ filter, from }: { filter: RunFilter; from: "start" | "failed_step" }) =>
      unwrap(client.POST("/api/v1/bulk-replays", { body: { filter: toBody(filter, Date.now(), zone), from } })),
    onSuccess: (made) => queries.setQueryData(bulkReplayQuery(made.id).queryKey, made),
  });
}

export function useCancelBulkReplay(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(client.POST("/api/v1/bulk-replays/{id}/cancel", { params: { path: { id } }, body: {} })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["bulk-replays", id] }),
  });
}
