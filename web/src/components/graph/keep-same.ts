import type { CanvasNode, GraphEdge } from "./to-flow";

/** Nodes and edges keep their identity as long as they look the same: only what changed is drawn again. */

function sameValue(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    return Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((item, index) => Object.is(item, other[index]));
  }
  return sameFields(one, other);
}

function sameFields(one: object, other: object): boolean {
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => sameValue(left[name], right[name]));
}

export function keepSame<T extends CanvasNode | GraphEdge>(previous: ReadonlyMap<string, T>, next: readonly T[]): T[] {
  return next.map((item) => {
    const old = previous.get(item.id);
    return old !== undefined && sameFields(old, item) ? old : item;
  });
}

export function byId<T extends { id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}
