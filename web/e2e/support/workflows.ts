import { type APIRequestContext, expect } from "@playwright/test";

export interface Drawn {
  triggers: object[];
  steps: object[];
  edges: object[];
  layout: Record<string, { x: number; y: number }>;
}

/** A workflow of so many steps, in rows of ten that each lead on to the next. */
export function bigDefinition(count: number): Drawn {
  const perRow = 10;
  const steps = Array.from({ length: count }, (_, index) => ({ id: `step_${index}`, type: "transform", name: `Step ${index}`, config: { value: { $ref: index === 0 ? "trigger" : `steps.step_${index - 1}.output` } } }));
  const edges = steps.map((step, index) => ({ from: index === 0 ? "start" : `step_${index - 1}`, port: "out", to: step.id }));
  const layout = Object.fromEntries(steps.map((step, index) => [step.id, { x: (index % perRow) * 308, y: 144 + Math.floor(index / perRow) * 144 }]));
  return { triggers: [{ id: "start", type: "manual", config: {} }], steps, edges, layout: { ...layout, start: { x: 0, y: 0 } } };
}

/** Makes a workflow through the API, for tests that begin on its canvas. */
export async function makeWorkflow(request: APIRequestContext, token: string, name: string, definition: Drawn): Promise<string> {
  const answer = await request.post("/api/v1/workflows", { headers: { authorization: `Bearer ${token}` }, data: { name, description: "", definition } });
  expect(answer.status(), await answer.text()).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}
