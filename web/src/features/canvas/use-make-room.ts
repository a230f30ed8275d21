import { useEffect, useRef } from "react";
import { useReactFlow, useStoreApi, type Viewport } from "@xyflow/react";

/** The width of the panel beside the canvas, as its class says. */
const panel = 352;
const margin = 24;
const smallest = 0.4;

interface Span {
  x: number;
  y: number;
  width: number;
}

/** The view after the canvas lost the panel's width: what was seen whole stays whole, and the rest stays in the middle. */
export function roomFor(view: Viewport, graph: Span, width: number): Viewport {
  const left = graph.x * view.zoom + view.x;
  const right = left + graph.width * view.zoom;
  const whole = left >= 0 && right <= width;
  const rest = width - panel;
  if (!whole || right - left < rest - 2 * margin) return { ...view, x: view.x - panel / 2 };
  const zoom = Math.max(smallest, Math.min(view.zoom, (rest - 2 * margin) / graph.width));
  const top = graph.y * view.zoom + view.y;
  return { zoom, x: rest / 2 - (graph.x + graph.width / 2) * zoom, y: top - graph.y * zoom };
}

function same(one: Viewport, other: Viewport): boolean {
  return Math.abs(one.x - other.x) < 1 && Math.abs(one.y - other.y) < 1 && Math.abs(one.zoom - other.zoom) < 0.001;
}

/** Moves the view when the panel opens, and back when it closes, unless somebody moved it meanwhile. */
export function useMakeRoom(open: boolean): void {
  const { getViewport, setViewport, getNodes, getNodesBounds } = useReactFlow();
  const store = useStoreApi();
  const was = useRef(open);
  const made = useRef<{ from: Viewport; to: Viewport } | null>(null);
  useEffect(() => {
    if (was.current === open) return;
    was.current = open;
    const now = getViewport();
    if (open) {
      const to = roomFor(now, getNodesBounds(getNodes()), store.getState().width);
      made.current = { from: now, to };
      void setViewport(to, { duration: 120 });
    } else {
      const back = made.current !== null && same(now, made.current.to) ? made.current.from : { ...now, x: now.x + panel / 2 };
      void setViewport(back, { duration: 120 });
    }
  }, [open, getViewport, setViewport, getNodes, getNodesBounds, store]);
}
