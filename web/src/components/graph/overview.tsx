import { type PointerEvent, useEffect, useRef } from "react";
import { Panel, useReactFlow, useStore } from "@xyflow/react";
import { nodeHeight, nodeWidth } from "@/lib/graph/layout";
import type { CanvasNode } from "./to-flow";

const size = { width: 200, height: 140 };
const margin = 8;

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

function boxOf(node: CanvasNode): Box {
  return { ...node.position, width: node.width ?? nodeWidth, height: node.height ?? nodeHeight };
}

function around(boxes: readonly Box[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    left = Math.min(left, box.x);
    top = Math.min(top, box.y);
    right = Math.max(right, box.x + box.width);
    bottom = Math.max(bottom, box.y + box.height);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

interface Ink {
  theme: string | undefined;
  plain: string;
  note: string;
  chosen: string;
}

let ink: Ink | null = null;

/** The theme's colours, asked for once: asking makes the browser work out the style of the whole page. */
function inkOf(canvas: HTMLCanvasElement): Ink {
  const { theme } = document.documentElement.dataset;
  if (ink?.theme === theme && ink !== null) return ink;
  const style = getComputedStyle(canvas);
  const color = (name: string) => style.getPropertyValue(name);
  ink = { theme, plain: color("--line-strong"), note: color("--waiting-soft"), chosen: color("--accent") };
  return ink;
}

function paint(canvas: HTMLCanvasElement, nodes: readonly CanvasNode[], view: Box): { scale: number; origin: Box } {
  const ratio = devicePixelRatio;
  canvas.width = size.width * ratio;
  canvas.height = size.height * ratio;
  const boxes = nodes.map(boxOf);
  const whole = around([...boxes, view]);
  const scale = Math.min((size.width - 2 * margin) / whole.width, (size.height - 2 * margin) / whole.height);
  const origin = { ...whole, x: whole.x - (size.width / scale - whole.width) / 2, y: whole.y - (size.height / scale - whole.height) / 2 };
  const pen = canvas.getContext("2d");
  if (pen === null) return { scale, origin };
  const { plain, note, chosen } = inkOf(canvas);
  pen.setTransform(scale * ratio, 0, 0, scale * ratio, -origin.x * scale * ratio, -origin.y * scale * ratio);
  nodes.forEach((node, index) => {
    const box = boxes[index];
    if (box === undefined) return;
    pen.fillStyle = node.selected === true ? chosen : node.type === "note" ? note : plain;
    pen.fillRect(box.x, box.y, box.width, box.height);
  });
  pen.lineWidth = 1.5 / scale;
  pen.strokeStyle = chosen;
  pen.strokeRect(view.x, view.y, view.width, view.height);
  return { scale, origin };
}

/**
 * The whole workflow in small, painted in one piece: an element for each node of 300
 * would be asked again with every frame of a drag.
 */
export function Overview({ nodes }: { nodes: readonly CanvasNode[] }) {
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const { setCenter } = useReactFlow();
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<{ scale: number; origin: Box }>({ scale: 1, origin: { x: 0, y: 0, width: 1, height: 1 } });
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      if (canvas.current !== null) drawn.current = paint(canvas.current, nodes, { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom });
    });
    return () => cancelAnimationFrame(frame);
  }, [nodes, x, y, zoom, width, height]);
  const look = (event: PointerEvent<HTMLCanvasElement>) => {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    const { scale, origin } = drawn.current;
    void setCenter(origin.x + (event.clientX - box.left) / scale, origin.y + (event.clientY - box.top) / scale, { zoom });
  };
  return (
    <Panel position="bottom-right" className="hidden overflow-hidden rounded-medium border border-line bg-surface lg:block">
      <canvas
        ref={canvas}
        role="img"
        aria-label="Overview"
        style={size}
        className="block cursor-pointer"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          look(event);
        }}
        onPointerMove={look}
      />
    </Panel>
  );
}
