import type { DefinitionBody, OnError, Retry } from "@/api/types";

/** A workflow's definition as the canvas handles it. */

export interface TriggerNode {
  id: string;
  type: string;
  config: Record<string, unknown>;
}

export interface StepNode {
  id: string;
  type: string;
  name: string;
  config: Record<string, unknown>;
  retry?: Retry | null;
  timeout_seconds?: number | null;
  on_error?: OnError;
  [other: string]: unknown;
}

export interface Edge {
  from: string;
  port: string;
  to: string;
}

export interface Point {
  x: number;
  y: number;
}

export interface Definition {
  triggers: TriggerNode[];
  steps: StepNode[];
  edges: Edge[];
  layout: Record<string, Point>;
  settings?: DefinitionBody["settings"];
  [other: string]: unknown;
}

export const emptyDefinition: Definition = { triggers: [], steps: [], edges: [], layout: {} };

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function text(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

function points(value: unknown): Record<string, Point> {
  const found: Record<string, Point> = {};
  for (const [id, raw] of Object.entries(record(value))) {
    const { x, y } = record(raw);
    if (typeof x === "number" && typeof y === "number") found[id] = { x, y };
  }
  return found;
}

/** Reads a definition leniently: a draft may be unfinished, and what isn't known here is kept. */
export function readDefinition(value: unknown): Definition {
  const raw = record(value);
  return {
    ...raw,
    triggers: list(raw["triggers"]).map((trigger) => ({
      ...trigger,
      id: text(trigger["id"], "trigger"),
      type: text(trigger["type"], "manual"),
      config: record(trigger["config"]),
    })),
    steps: list(raw["steps"]).map((step) => ({
      ...step,
      id: text(step["id"], "step"),
      type: text(step["type"], ""),
      name: text(step["name"], text(step["id"], "")),
      config: record(step["config"]),
    })),
    edges: list(raw["edges"]).map((edge) => ({
      from: text(edge["from"], ""),
      port: text(edge["port"], "out"),
      to: text(edge["to"], ""),
    })),
    layout: points(raw["layout"]),
  };
}

export interface StepTypeLike {
  type: string;
  ports: string[];
}

/** The ways out of a step: those of its type, a switch's own cases, and "error" when errors branch off. */
export function portsOf(step: StepNode, type: StepTypeLike | undefined): string[] {
  const cases = step.config["cases"];
  const own = Array.isArray(cases)
    ? [...new Set([...list(cases).map((item) => text(item["port"], "")).filter((port) => port !== ""), "default"])]
    : (type?.ports ?? ["out"]);
  return step.on_error === "branch" && !own.includes("error") ? [...own, "error"] : own;
}

/** Every node from which this one can be reached. */
export function ancestorsOf(definition: Definition, id: string): Set<string> {
  const found = new Set<string>();
  const queue = [id];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const edge of definition.edges) {
      if (edge.to !== next || found.has(edge.from)) continue;
      found.add(edge.from);
      queue.push(edge.from);
    }
  }
  return found;
}
