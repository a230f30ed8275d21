import type { Edge as FlowEdge, Node } from "@xyflow/react";
import type { StepTypesView } from "@/api/types";
import { type Definition, type Point, portsOf } from "@/lib/graph/definition";
import { nodeHeight, nodeWidth, positions } from "@/lib/graph/layout";

export interface NodeStatus {
  status: string;
  /** Duration and attempts, ready to read. */
  detail: string | null;
}

export interface GraphNodeData extends Record<string, unknown> {
  kind: "trigger" | "step";
  title: string;
  typeName: string;
  icon: string;
  ports: string[];
  editable: boolean;
  status: NodeStatus | null;
  errors: number;
  warnings: number;
}

export type GraphNode = Node<GraphNodeData, "graph">;
export type GraphEdge = FlowEdge<{ taken: boolean | null }> & { pathOptions?: { offset: number; stepPosition: number } };

export interface GraphOptions {
  editable?: boolean;
  statuses?: ReadonlyMap<string, NodeStatus>;
  /** Which ports each node left by; undefined where that isn't known. */
  taken?: (from: string, port: string) => boolean | null;
  findings?: ReadonlyMap<string, { errors: number; warnings: number }>;
}

export function edgeId(from: string, port: string, to: string): string {
  return `${from}|${port}|${to}`;
}

// Every node is as large as every other, so nothing waits for being measured.
const size = { width: nodeWidth, height: nodeHeight, measured: { width: nodeWidth, height: nodeHeight } };

/** While the step types are on their way, the ways out that lines leave by. */
function leftBy(definition: Definition, id: string, known: boolean): string[] {
  return known ? [] : definition.edges.filter((edge) => edge.from === id).map((edge) => edge.port);
}

const bend = 34;
const gap = 20;

/** Where between two nodes a line turns: right below the one it leaves, so that it doesn't run behind it to its end. */
function turn(from: Point | undefined, to: Point | undefined): number {
  const way = (to?.y ?? 0) - (from?.y ?? 0) - nodeHeight - 2 * gap;
  return way <= 2 * (bend - gap) ? 0.5 : (bend - gap) / way;
}

/** A definition as nodes and edges that the graph component draws. */
export function toFlow(
  definition: Definition,
  types: StepTypesView | undefined,
  options: GraphOptions = {},
): { nodes: GraphNode[]; edges: GraphEdge[] } {
  const place = positions(definition);
  const { editable = false, statuses, taken, findings } = options;
  const common = (id: string) => ({
    editable,
    status: statuses?.get(id) ?? null,
    errors: findings?.get(id)?.errors ?? 0,
    warnings: findings?.get(id)?.warnings ?? 0,
  });
  const triggers = definition.triggers.map((trigger): GraphNode => {
    const type = types?.triggers.find((item) => item.type === trigger.type);
    const title = type?.name ?? trigger.type;
    return {
      id: trigger.id,
      type: "graph",
      position: place[trigger.id] ?? { x: 0, y: 0 },
      ...size,
      ariaLabel: `Trigger: ${title}`,
      data: { kind: "trigger", title, typeName: "Trigger", icon: type?.icon ?? "zap", ports: ["out"], ...common(trigger.id) },
    };
  });
  const steps = definition.steps.map((step): GraphNode => {
    const type = types?.steps.find((item) => item.type === step.type);
    const status = statuses?.get(step.id);
    return {
      id: step.id,
      type: "graph",
      position: place[step.id] ?? { x: 0, y: 0 },
      ...size,
      ariaLabel: `Step: ${step.name}${status === undefined ? "" : `, ${status.status}`}`,
      data: {
        kind: "step",
        title: step.name,
        typeName: type?.name ?? step.type,
        icon: type?.icon ?? "shapes",
        ports: [...new Set([...portsOf(step, type), ...leftBy(definition, step.id, type !== undefined)])],
        ...common(step.id),
      },
    };
  });
  const edges = definition.edges.map((edge): GraphEdge => {
    const was = taken?.(edge.from, edge.port) ?? null;
    return {
      id: edgeId(edge.from, edge.port, edge.to),
      source: edge.from,
      sourceHandle: edge.port,
      target: edge.to,
      type: "smoothstep",
      pathOptions: { offset: gap, stepPosition: turn(place[edge.from], place[edge.to]) },
      data: { taken: was },
      className: was === true ? "edge-taken" : was === false ? "edge-untaken" : "",
      ariaLabel: `From ${edge.from}${edge.port === "out" ? "" : ` (${edge.port})`} to ${edge.to}`,
    };
  });
  return { nodes: [...triggers, ...steps], edges };
}
