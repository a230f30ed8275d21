import { type NodeHandle, Position } from "@xyflow/react";
import { compensatePort } from "@/lib/graph/definition";
import { nodeHeight, nodeWidth } from "@/lib/graph/layout";

const size = 12;
const cache = new Map<string, NodeHandle[]>();

interface Ways {
  kind: "trigger" | "step";
  ports: readonly string[];
}

function handle(id: string | null, type: "source" | "target", position: Position, x: number, y: number): NodeHandle {
  return { id, type, position, x: x - size / 2, y: y - size / 2, width: size, height: size };
}

/**
 * Where lines begin and end, worked out instead of measured: a way out that appears with a
 * setting can be drawn at once. The same ways give the same array.
 */
export function handlesOf({ kind, ports }: Ways): NodeHandle[] {
  const key = `${kind}|${ports.join("|")}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const outs = ports.map((port, index) => handle(port, "source", Position.Bottom, ((index + 0.5) / ports.length) * nodeWidth, nodeHeight));
  const step = kind === "step" ? [handle(null, "target", Position.Top, nodeWidth / 2, 0), handle(compensatePort, "source", Position.Right, nodeWidth, nodeHeight / 2)] : [];
  const made = [...step, ...outs];
  cache.set(key, made);
  return made;
}
