import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";

export const templatesQuery = queryOptions({
  queryKey: ["templates", "list"],
  queryFn: async () => (await unwrap(client.GET("/api/v1/templates", { params: { query: { limit: 100 } } }))).items,
  staleTime: 5 * 60_000,
});

export const templateQuery = (id: string) =>
  queryOptions({
    queryKey: ["templates", "detail", id],
    queryFn: () => unwrap(client.GET("/api/v1/templates/{id}", { params: { path: { id } } })),
    staleTime: 5 * 60_000,
  });

export function useInstantiate(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; parameters: Record<string, unknown> }) =>
      unwrap(client.POST("/api/v1/templates/{id}/instantiate", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["workflows"] }),
  });
}
