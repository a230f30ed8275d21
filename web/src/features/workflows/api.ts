import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import type { WorkflowStatus } from "@/api/types";
import type { WorkflowFile } from "@/lib/graph/exchange";

export const workflowsQuery = (status: string) =>
  infiniteQueryOptions({
    queryKey: ["workflows", "list", status],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/v1/workflows", {
          params: { query: { cursor: pageParam, ...(status === "" ? {} : { status: status as WorkflowStatus }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

function useRefresh() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ["workflows"] });
}

export function useCreateWorkflow() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: { name: string; description: string }) => unwrap(client.POST("/api/v1/workflows", { body })),
    onSuccess: refresh,
  });
}

export function useImportWorkflow() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ name, description, definition }: WorkflowFile) => unwrap(client.POST("/api/v1/workflows", { body: { name, description, definition } })),
    onSuccess: refresh,
  });
}

export function useArchiveWorkflow() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, archive }: { id: string; archive: boolean }) => {
      const params = { path: { id } };
      return archive
        ? unwrap(client.POST("/api/v1/workflows/{id}/archive", { params, body: {} }))
        : unwrap(client.POST("/api/v1/workflows/{id}/unarchive", { params, body: {} }));
    },
    onSuccess: refresh,
  });
}
