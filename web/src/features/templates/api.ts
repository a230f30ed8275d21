import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import type { CreateRollout, RolloutView, TemplateChoice, TemplateLink } from "@/api/types";

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

/** A workflow beside its template; 404 for one that has none. */
export const templateLinkQuery = (workflowId: string) =>
  queryOptions({
    queryKey: ["workflows", "template", workflowId],
    queryFn: async (): Promise<TemplateLink> => unwrap(client.GET("/api/v1/workflows/{id}/template", { params: { path: { id: workflowId } } })),
    retry: false,
    staleTime: 60_000,
  });

export const workflowQuery = (id: string) =>
  queryOptions({
    queryKey: ["workflows", "detail", id],
    queryFn: () => unwrap(client.GET("/api/v1/workflows/{id}", { params: { path: { id } } })),
  });

export interface Upgrade {
  to_version?: number;
  resolutions: Record<string, TemplateChoice>;
  parameters?: Record<string, unknown>;
}

export function useUpgrade(workflowId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Upgrade) => unwrap(client.POST("/api/v1/workflows/{id}/template/upgrade", { params: { path: { id: workflowId } }, body })),
    onSuccess: () => {
      // The canvas keeps its draft while it is open: it must begin again with the new one.
      queries.removeQueries({ queryKey: ["workflows", "detail", workflowId] });
      return queries.invalidateQueries({ queryKey: ["workflows"] });
    },
  });
}

function isUnderWay(rollout: RolloutView): boolean {
  return rollout.state === "running" || rollout.state === "paused";
}

export const rolloutsQuery = (templateId: string) =>
  queryOptions({
    queryKey: ["template-rollouts", templateId],
    queryFn: async () => (await unwrap(client.GET("/api/v1/template-rollouts", { params: { query: { limit: 100 } } }))).items.filter((rollout) => rollout.template_id === templateId),
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) === true ? 5000 : false),
  });

export function useStartRollout() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateRollout) => unwrap(client.POST("/api/v1/template-rollouts", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["template-rollouts"] }),
  });
}

export function useChangeRollout(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (action: "pause" | "resume" | "cancel") => unwrap(client.POST(`/api/v1/template-rollouts/{id}/${action}`, { params: { path: { id } }, body: {} })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["template-rollouts"] }),
  });
}
