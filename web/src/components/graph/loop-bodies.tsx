import { ViewportPortal } from "@xyflow/react";
import { Repeat } from "lucide-react";
import { nodeHeight, nodeWidth } from "@/lib/graph/layout";
import type { CanvasNode, LoopBody } from "./to-flow";

const margin = 22;
const above = 40;

/** A frame around what a loop repeats; it follows its steps. */
export function LoopBodies({ bodies, nodes }: { bodies: readonly LoopBody[]; nodes: readonly CanvasNode[] }) {
  if (bodies.length === 0) return null;
  return (
    <ViewportPortal>
      {bodies.map((body) => {
        const places = nodes.filter((node) => body.members.includes(node.id)).map((node) => node.position);
        if (places.length === 0) return null;
        const left = Math.min(...places.map((place) => place.x)) - margin;
        const top = Math.min(...places.map((place) => place.y)) - above;
        const right = Math.max(...places.map((place) => place.x)) + nodeWidth + margin;
        const bottom = Math.max(...places.map((place) => place.y)) + nodeHeight + margin;
        return (
          <div
            key={body.id}
            style={{ transform: `translate(${left}px, ${top}px)`, width: right - left, height: bottom - top }}
            className="pointer-events-none absolute -z-10 rounded-large border border-dashed border-accent/50 bg-accent/5"
          >
            <span className="flex items-center gap-1.5 px-2.5 py-1.5 text-small font-medium text-accent-ink">
              <Repeat aria-hidden className="size-3.5" />
              {body.title}
            </span>
          </div>
        );
      })}
    </ViewportPortal>
  );
}
