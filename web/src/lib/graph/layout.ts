import type { Definition, Point } from "./definition";

export const nodeWidth = 260;
export const nodeHeight = 72;
const gapX = 48;
const gapY = 72;

/** The row of each node: one below the lowest of those that lead to it. Circles end at the number of nodes. */
function rows(ids: string[], edges: Definition["edges"]): Map<string, number> {
  const row = new Map(ids.map((id) => [id, 0]));
  for (let round = 0; round < ids.length; round += 1) {
    let moved = false;
    for (const edge of edges) {
      const from = row.get(edge.from);
      const to = row.get(edge.to);
      if (from === undefined || to === undefined || to > from || from + 1 >= ids.length) continue;
      row.set(edge.to, from + 1);
      moved = true;
    }
    if (!moved) break;
  }
  return row;
}

/** Lays a definition out from top to bottom, children under their parents, branches in the order of their ports. */
export function layOut(definition: Definition): Record<string, Point> {
  const ids = [...definition.triggers.map((node) => node.id), ...definition.steps.map((node) => node.id)];
  const row = rows(ids, definition.edges);
  const layers: string[][] = [];
  for (const id of ids) (layers[row.get(id) ?? 0] ??= []).push(id);
  const center = new Map<string, number>();
  const points: Record<string, Point> = {};
  layers.forEach((layer, depth) => {
    const wish = (id: string): number => {
      const above = definition.edges.filter((edge) => edge.to === id && center.has(edge.from));
      if (above.length === 0) return 0;
      const sum = above.reduce((total, edge) => {
        const siblings = [...new Set(definition.edges.filter((other) => other.from === edge.from).map((other) => other.to))];
        const offset = siblings.indexOf(id) - (siblings.length - 1) / 2;
        return total + (center.get(edge.from) ?? 0) + offset * (nodeWidth + gapX);
      }, 0);
      return sum / above.length;
    };
    const wishes = new Map(layer.map((id) => [id, wish(id)]));
    const ordered = [...layer].sort((a, b) => (wishes.get(a) ?? 0) - (wishes.get(b) ?? 0));
    // Keep the wished places where they don't touch, then bring the row's middle back to the wished middle.
    let edge = -Infinity;
    const placed = ordered.map((id) => {
      const at = Math.max(wishes.get(id) ?? 0, edge);
      edge = at + nodeWidth + gapX;
      return at;
    });
    const wanted = ordered.reduce((sum, id) => sum + (wishes.get(id) ?? 0), 0) / ordered.length;
    const drift = placed.reduce((sum, at) => sum + at, 0) / placed.length - wanted;
    ordered.forEach((id, index) => {
      const x = Math.round((placed[index] ?? 0) - drift);
      center.set(id, x);
      points[id] = { x, y: depth * (nodeHeight + gapY) };
    });
  });
  return points;
}

/** The stored positions where every node has one, else a fresh layout. */
export function positions(definition: Definition): Record<string, Point> {
  const ids = [...definition.triggers, ...definition.steps].map((node) => node.id);
  const complete = ids.every((id) => definition.layout[id] !== undefined);
  return complete ? definition.layout : { ...layOut(definition) };
}
