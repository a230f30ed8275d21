import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { ask, type BulkReplayView, type ListPage } from "@/api/pending";
import type { ExecutionSummary } from "@/api/types";
import { type RunFilter, toBody, toQuery } from "./model/filters";

const path = "/api/v1/bulk-replays";
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
        const { items, next_cursor } = await ask<ListPage<ExecutionSummary>>("GET", "/api/v1/executions", { query: { ...query, cursor, limit: pageSize } });
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
    queryFn: () => ask<BulkReplayView>("GET", `${path}/${id}`),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.state === "queued" || state.data.state === "running" ? 1000 : false),
  });

export function useStartBulkReplay(zone: string | undefined) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ filter, from }: { filter: RunFilter; from: "start" | "failed_step" }) =>
      ask<BulkReplayView>("POST", path, { body: { filter: toBody(filter, Date.now(), zone), from } }),
    onSuccess: (made) => queries.setQueryData(bulkReplayQuery(made.id).queryKey, made),
  });
}

export function useCancelBulkReplay(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => ask<BulkReplayView>("POST", `${path}/${id}/cancel`, { body: {} }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["bulk-replays", id] }),
  });
}
