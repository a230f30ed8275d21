import type { Mark } from "@/components/graph/to-flow";
import type { Definition, Edge } from "@/lib/graph/definition";
import { isObject } from "@/lib/json-schema/fields";

/** What lies between two versions of a definition. */

export interface ValueChange {
  /** Where it is, e.g. "config.to". */
  path: string;
  before: unknown;
  after: unknown;
}

export interface NodeChange {
  id: string;
  title: string;
  mark: Mark;
  changes: ValueChange[];
}

export interface Comparison {
  nodes: NodeChange[];
  edges: { edge: Edge; mark: "added" | "removed" }[];
  settings: ValueChange[];
}

function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((item, index) => same(item, other[index]));
  if (!isObject(one) || !isObject(other)) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => same(one[name], other[name]));
}

/** An empty setting and none are the same. */
function blank(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Every place where two values differ, as deep as both are objects. */
export function changesOf(before: unknown, after: unknown, path = ""): ValueChange[] {
  if (same(before, after) || (blank(before) && blank(after))) return [];
  if (!isObject(before) || !isObject(after)) return [{ path, before, after }];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => changesOf(before[name], after[name], path === "" ? name : `${path}.${name}`));
}

interface Named {
  id: string;
  type: string;
  name?: unknown;
}

function titleOf(node: Named): string {
  return typeof node.name === "string" && node.name !== "" ? node.name : node.id;
}

/** `on_error: fail` is what holds without it. */
function plain(node: Named): Record<string, unknown> {
  const { on_error, ...rest } = node as Named & { on_error?: unknown };
  return on_error === undefined || on_error === "fail" ? rest : { ...rest, on_error };
}

function compareNodes(before: readonly Named[], after: readonly Named[]): NodeChange[] {
  const old = new Map(before.map((node) => [node.id, node]));
  const now = new Set(after.map((node) => node.id));
  const changed = after.flatMap((node): NodeChange[] => {
    const earlier = old.get(node.id);
    if (earlier === undefined) return [{ id: node.id, title: titleOf(node), mark: "added", changes: [] }];
    const changes = changesOf(plain(earlier), plain(node));
    return changes.length === 0 ? [] : [{ id: node.id, title: titleOf(node), mark: "changed", changes }];
  });
  const removed = before.filter((node) => !now.has(node.id)).map((node): NodeChange => ({ id: node.id, title: titleOf(node), mark: "removed", changes: [] }));
  return [...removed, ...changed];
}

function key({ from, port, to }: Edge): string {
  return `${from}|${port}|${to}`;
}

/** Where things stand on the canvas, notes and pinned outputs are no change of what runs. */
export function compare(before: Definition, after: Definition): Comparison {
  const old = new Set(before.edges.map(key));
  const now = new Set(after.edges.map(key));
  return {
    nodes: [...compareNodes(before.triggers, after.triggers), ...compareNodes(before.steps, after.steps)],
    edges: [
      ...before.edges.filter((edge) => !now.has(key(edge))).map((edge) => ({ edge, mark: "removed" as const })),
      ...after.edges.filter((edge) => !old.has(key(edge))).map((edge) => ({ edge, mark: "added" as const })),
    ],
    settings: changesOf(before.settings ?? {}, after.settings ?? {}),
  };
}

/** The marks of one side: what is gone shows on the left, what is new on the right. */
export function marksOf({ nodes }: Comparison, side: "before" | "after"): Map<string, Mark> {
  const hidden = side === "before" ? "added" : "removed";
  return new Map(nodes.filter((node) => node.mark !== hidden).map((node) => [node.id, node.mark]));
}
