import type { ReactFlowInstance } from "@xyflow/react";
import type { CanvasNode, GraphEdge } from "./to-flow";

const readableZoom = 0.62;
const margin = 28;

/** A long workflow isn't shrunk until nobody can read it: it begins at the top and can be pulled. */
export function beginAtTop({ getZoom, getNodesBounds, getNodes, setViewport }: ReactFlowInstance<CanvasNode, GraphEdge>, box: HTMLElement | null): void {
  if (box === null) return;
  const bounds = getNodesBounds(getNodes());
  const zoom = Math.min(readableZoom, (box.clientWidth - 2 * margin) / bounds.width);
  if (getZoom() >= zoom) return;
  const x = box.clientWidth / 2 - (bounds.x + bounds.width / 2) * zoom;
  void setViewport({ x, y: margin - bounds.y * zoom, zoom });
}
