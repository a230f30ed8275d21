import { type APIRequestContext, expect } from "@playwright/test";
import { type Drawn, makeWorkflow } from "./workflows";

export interface Api {
  get: <T>(path: string) => Promise<T>;
  post: <T>(path: string, data?: object) => Promise<T>;
  put: <T>(path: string, data: object) => Promise<T>;
}

/** The API as a signed-in person, for what a test needs before its own story begins. */
export function apiOf(request: APIRequestContext, token: string): Api {
  const call = async <T>(method: "get" | "post" | "put", path: string, data?: object): Promise<T> => {
    const answer = await request[method](`/api/v1${path}`, { headers: { authorization: `Bearer ${token}` }, ...(data === undefined ? {} : { data }) });
    expect(answer.ok(), `${method} ${path}: ${await answer.text()}`).toBe(true);
    return (await answer.json()) as T;
  };
  return { get: (path) => call("get", path), post: (path, data = {}) => call("post", path, data), put: (path, data) => call("put", path, data) };
}

/** Makes a workflow and publishes it. */
export async function publishWorkflow(request: APIRequestContext, token: string, name: string, definition: Drawn): Promise<string> {
  const id = await makeWorkflow(request, token, name, definition);
  await apiOf(request, token).post(`/workflows/${id}/publish`);
  return id;
}

/** Starts a run by hand. */
export async function startRun(api: Api, workflow: string, input: object): Promise<string> {
  return (await api.post<{ execution_id: string }>(`/workflows/${workflow}/executions`, { input })).execution_id;
}

interface Run {
  status: string;
  forked_from: string | null;
  steps: { step_id: string; status: string; output: unknown }[];
}

/** The run once it has come to this status. */
export async function runOnceIn(api: Api, id: string, status: string): Promise<Run> {
  const read = () => api.get<Run>(`/executions/${id}`);
  await expect.poll(async () => (await read()).status, { message: `run ${id}` }).toBe(status);
  return read();
}
