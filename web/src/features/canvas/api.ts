import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import type { EvaluationView, ExecutionView, StepTrialView, TrialView, WorkflowView } from "@/api/types";
import type { components } from "@/api/schema.gen";
import type { Expression } from "@/lib/json-schema/expression";
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

/** Gives a trigger a new address; the old one works for so many days more. */
export function useRotateAddress(id: string, triggerId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (graceDays: number) =>
      unwrap(client.POST("/api/v1/workflows/{id}/triggers/{trigger_id}/rotate", { params: { path: { id, trigger_id: triggerId } }, body: { grace_days: graceDays } })),
    onSuccess: (trigger) =>
      queries.setQueryData(workflowQuery(id).queryKey, (workflow) =>
        workflow === undefined ? workflow : { ...workflow, triggers: workflow.triggers.map((item) => (item.id === trigger.id ? trigger : item)) },
      ),
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

export const workflowNamesQuery = queryOptions({
  queryKey: ["workflows", "names"],
  queryFn: async () => (await unwrap(client.GET("/api/v1/workflows", { params: { query: { limit: 200 } } }))).items,
  staleTime: 60_000,
});

export const versionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["workflows", "versions", id],
    queryFn: async () => (await unwrap(client.GET("/api/v1/workflows/{id}/versions", { params: { path: { id }, query: { limit: 100 } } }))).items,
  });

/** A published version never changes. */
export const versionQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ["workflows", "version", id, version],
    queryFn: () => unwrap(client.GET("/api/v1/workflows/{id}/versions/{version}", { params: { path: { id, version } } })),
    staleTime: Infinity,
  });

export function useRunNow(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: unknown) => unwrap(client.POST("/api/v1/workflows/{id}/executions", { params: { path: { id } }, body: { input } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["executions", "list"] }),
  });
}

const fewRuns = 20;

/** Runs whose data steps can be tried with, the latest first. */
export const pastRunsQuery = (workflowId: string) =>
  queryOptions({
    queryKey: ["executions", "past", workflowId],
    queryFn: async () => (await unwrap(client.GET("/api/v1/executions", { params: { query: { workflow_id: workflowId, limit: fewRuns } } }))).items,
    staleTime: 30_000,
  });

export const pastRunQuery = (id: string) =>
  queryOptions({
    queryKey: ["executions", "detail", id],
    queryFn: (): Promise<ExecutionView> => unwrap(client.GET("/api/v1/executions/{id}", { params: { path: { id } } })),
    staleTime: 30_000,
  });

type Values = Record<string, unknown>;
type Pinned = components["schemas"]["TryWorkflow"]["pinned"];

export interface DraftTrial {
  definition: Definition;
  input: unknown;
  trigger_id?: string;
  pinned: Record<string, unknown>;
}

/** Runs the whole draft; nothing leaves the house. */
export function tryDraft(id: string, body: DraftTrial): Promise<TrialView> {
  const { input, pinned } = body;
  return unwrap(client.POST("/api/v1/workflows/{id}/try", { params: { path: { id } }, body: { ...body, input: input as Values, pinned: pinned as Pinned } }));
}

export interface StepTrial {
  definition: Definition;
  step_id: string;
  input: unknown;
  pinned: Record<string, unknown>;
}

export function tryStep(id: string, body: StepTrial): Promise<StepTrialView> {
  const { input, pinned } = body;
  return unwrap(client.POST("/api/v1/workflows/{id}/try-step", { params: { path: { id } }, body: { ...body, input: input as Values, pinned: pinned as Pinned } }));
}

export function evaluate(expression: Expression, scope: unknown): Promise<EvaluationView> {
  return unwrap(client.POST("/api/v1/expressions/evaluate", { body: { expression, scope: scope as Values } }));
}
