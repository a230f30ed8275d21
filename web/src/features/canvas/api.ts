import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import type { WorkflowView } from "@/api/types";
import type { Definition } from "@/lib/graph/definition";

export const workflowQuery = (id: string) =>
  queryOptions({
    queryKey: ["workflows", "detail", id],
    queryFn: () => unwrap(client.GET("/api/v1/workflows/{id}", { params: { path: { id } } })),
  });

export function saveDraft(id: string, definition: Definition, revision: number) {
  return unwrap(
    client.PUT("/api/v1/workflows/{id}/draft", {
      params: { path: { id } },
      body: { definition, draft_revision: revision },
    }),
  );
}

export async function validateDraft(id: string) {
  return (await unwrap(client.POST("/api/v1/workflows/{id}/validate", { params: { path: { id } }, body: {} }))).findings;
}

export function usePublish(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(client.POST("/api/v1/workflows/{id}/publish", { params: { path: { id } }, body: {} })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["workflows"] }),
  });
}

export function useRename(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => unwrap(client.PATCH("/api/v1/workflows/{id}", { params: { path: { id } }, body: { name } })),
    onSuccess: (workflow: WorkflowView) => {
      queries.setQueryData(workflowQuery(id).queryKey, workflow);
      return queries.invalidateQueries({ queryKey: ["workflows", "list"] });
    },
  });
}

export function useRunNow(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: unknown) => unwrap(client.POST("/api/v1/workflows/{id}/executions", { params: { path: { id } }, body: { input } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["executions", "list"] }),
  });
}
