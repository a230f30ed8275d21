import type { DefinitionBody, OnError, Retry } from "@/api/types";

/** A workflow's definition as the canvas handles it. */

/** Which deliveries of a trigger start a run, and when. Keys are formulas over `trigger`. */
export type TriggerLimits = NonNullable<NonNullable<DefinitionBody["triggers"]>[number]["limits"]>;
export type WorkflowSettings = NonNullable<DefinitionBody["settings"]>;

export interface TriggerNode {
  id: string;
  type: string;
  config: Record<string, unknown>;
  limits?: TriggerLimits | null;
  comment?: string | null;
  [other: string]: unknown;
}

export interface StepNode {
  id: string;
  type: string;
  name: string;
  config: Record<string, unknown>;
  retry?: Retry | null;
  timeout_seconds?: number | null;
  on_error?: OnError;
  comment?: string | null;
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

export const noteColors = ["yellow", "blue", "green", "pink", "gray"] as const;
export type NoteColor = (typeof noteColors)[number];

/** What people wrote on the canvas. */
export interface Note extends Point {
  id: string;
  text: string;
  width: number;
  height: number;
  color?: NoteColor | null;
}

export interface Definition {
  triggers: TriggerNode[];
  steps: StepNode[];
  edges: Edge[];
  layout: Record<string, Point>;
  settings?: WorkflowSettings;
  notes?: Note[];
  /** Outputs to try other steps with, by step. */
  pinned?: Record<string, unknown>;
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

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

function notes(value: unknown): Note[] {
  return list(value).map((note, index) => ({
    ...note,
    id: text(note["id"], `note_${index + 1}`),
    text: text(note["text"], ""),
    x: number(note["x"], 0),
    y: number(note["y"], 0),
    width: number(note["width"], 240),
    height: number(note["height"], 120),
  }));
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
    ...(Array.isArray(raw["notes"]) ? { notes: notes(raw["notes"]) } : {}),
    ...(raw["pinned"] === undefined ? {} : { pinned: record(raw["pinned"]) }),
  };
}

export interface StepTypeLike {
  type: string;
  ports: string[];
}

/** The way to the step that undoes this one; every step may have one. */
export const compensatePort = "compensate";

/** Ways out that follow from what is configured; undefined where the type alone says them. */
function configuredPorts({ type, config }: StepNode): string[] | undefined {
  const { cases, branches, event } = config;
  if (Array.isArray(cases)) return [...new Set([...list(cases).map((item) => text(item["port"], "")).filter((port) => port !== ""), "default"])];
  if (type === "parallel") return Array.isArray(branches) ? [...new Set(branches.filter((name): name is string => typeof name === "string" && name !== ""))] : [];
  if (type === "wait") return event === undefined ? ["out"] : ["out", "timeout"];
  return undefined;
}

/** The ways out of a step: those of its type or its configuration, and "error" when errors branch off. */
export function portsOf(step: StepNode, type: StepTypeLike | undefined): string[] {
  const own = configuredPorts(step) ?? type?.ports ?? ["out"];
  return step.on_error === "branch" && !own.includes("error") ? [...own, "error"] : own;
}

function walk(start: readonly string[], next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const queue = [...start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const other of next.get(id) ?? []) {
      if (found.has(other)) continue;
      found.add(other);
      queue.push(other);
    }
  }
  return found;
}

/** Every node from which this one can be reached. */
export function ancestorsOf(definition: Definition, id: string): Set<string> {
  const parents = new Map<string, string[]>();
  for (const edge of definition.edges) parents.set(edge.to, [...(parents.get(edge.to) ?? []), edge.from]);
  return walk([id], parents);
}

/** The steps that a loop repeats: all that can be reached from its port `item`. */
export function bodyOf(definition: Definition, loop: string): Set<string> {
  const children = new Map<string, string[]>();
  for (const edge of definition.edges) children.set(edge.from, [...(children.get(edge.from) ?? []), edge.to]);
  const first = definition.edges.filter((edge) => edge.from === loop && edge.port === "item").map((edge) => edge.to);
  return new Set([...first, ...walk(first, children)]);
}

/** The loops that a step lies in, the outermost first. */
export function loopsAround(definition: Definition, id: string): StepNode[] {
  return definition.steps
    .filter((step) => step.type === "for_each")
    .map((step) => ({ step, body: bodyOf(definition, step.id) }))
    .filter(({ body }) => body.has(id))
    .sort((one, other) => other.body.size - one.body.size)
    .map(({ step }) => step);
}
