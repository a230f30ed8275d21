import type { Point } from "@/lib/graph/definition";

export type Direction = "up" | "down" | "left" | "right";

interface Placed {
  id: string;
  position: Point;
}

const sideways = 2.5;

/** How far something lies in a direction; null when it lies elsewhere. */
function distance(from: Point, to: Point, direction: Direction): number | null {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const along = { up: -dy, down: dy, left: -dx, right: dx }[direction];
  const across = Math.abs(direction === "up" || direction === "down" ? dx : dy);
  return along <= 1 ? null : along + sideways * across;
}

/** The nearest node in the direction of an arrow key, by where nodes stand. */
export function neighbour(nodes: readonly Placed[], from: string | null, direction: Direction): string | null {
  const start = nodes.find((node) => node.id === from);
  if (start === undefined) return [...nodes].sort((a, b) => a.position.y - b.position.y || a.position.x - b.position.x)[0]?.id ?? null;
  let best: { id: string; far: number } | null = null;
  for (const node of nodes) {
    const far = node.id === start.id ? null : distance(start.position, node.position, direction);
    if (far !== null && (best === null || far < best.far)) best = { id: node.id, far };
  }
  return best?.id ?? null;
}
