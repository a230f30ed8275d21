import { send } from "./client";
import { problemFrom } from "./problem";
import type { StepRunView, WaitView } from "./types";

/** Routes that the OpenAPI snapshot doesn't have yet, with the shapes they are agreed to have. */

type Query = Record<string, string | number | boolean | undefined>;

interface Ask {
  query?: Query;
  body?: unknown;
}

/** Asks a route; throws a ProblemError for any answer that isn't good. */
export async function ask<T>(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, { query = {}, body }: Ask = {}): Promise<T> {
  const url = new URL(path, globalThis.location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  const response = await send(
    new Request(url, { method, headers: { "content-type": "application/json" }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
  );
  const text = await response.text();
  let answer: unknown = text;
  try {
    answer = text === "" ? undefined : JSON.parse(text);
  } catch {
    // A proxy's page instead of JSON: the status says enough.
  }
  if (!response.ok) throw problemFrom(answer, response.status);
  return answer as T;
}

export interface ListPage<T> {
  items: T[];
  next_cursor?: string | null;
}

export type BackgroundState = "queued" | "running" | "done" | "failed" | "cancelled";

export interface StepRunMore {
  /** The step of the definition; `step_id` also names the iteration, like `send[3]`. */
  definition_step_id?: string;
  iterations?: number[];
  wait?: WaitView | null;
  ai_calls?: StepRunView["ai_calls"];
}

// ---------------------------------------------------------------- trying things out

/** What a step would have done to the outside world. */
export interface TriedEffect {
  step_id?: string | null;
  kind: string;
  summary: string;
  request?: unknown;
}

export interface TriedStep extends StepRunMore {
  step_id: string;
  status: string;
  attempt?: number;
  input?: unknown;
  output?: unknown;
  port?: string | null;
  started_at?: string | null;
  ended_at?: string | null;
  error?: { code: string; message: string } | null;
}

/** A run of a draft in which nothing left the house. */
export interface TrialView {
  status: string;
  steps: TriedStep[];
  events: unknown[];
  effects: TriedEffect[];
  output?: unknown;
  error?: { code: string; message: string; step_id?: string | null } | null;
}

export interface StepTrialView {
  status: string;
  /** The configuration with its expressions worked out. */
  config?: unknown;
  output?: unknown;
  port?: string | null;
  effect?: { kind: string; summary: string; request?: unknown } | null;
  logs?: { level: string; message: string }[];
  error?: { code: string; message: string } | null;
}

export type EvaluationView = { value: unknown } | { error: string | { code?: string; message: string } };
