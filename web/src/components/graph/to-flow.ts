import type { Edge as FlowEdge, Node } from "@xyflow/react";
import { handlesOf } from "./handles";
import type { StepTypesView, StepTypeView, TriggerTypeView } from "@/api/types";
import { bodyOf, compensatePort, type Definition, type Edge, type Note, type Point, portsOf, type StepNode, type TriggerNode } from "@/lib/graph/definition";
import { nodeHeight, nodeWidth, positions } from "@/lib/graph/layout";

export interface NodeStatus {
  status: string;
  /** Duration and attempts, ready to read. */
  detail: string | null;
}

/** What became of a node between two versions. */
export type Mark = "added" | "removed" | "changed";

export interface GraphNodeData extends Record<string, unknown> {
  kind: "trigger" | "step";
  title: string;
  typeName: string;
  icon: string;
  ports: string[];
  editable: boolean;
  /** Whether a step leads away from it that undoes it. */
  undone: boolean;
  comment: string | null;
  pinned: boolean;
  status: NodeStatus | null;
  mark: Mark | null;
  errors: number;
  warnings: number;
}

export interface NoteNodeData extends Record<string, unknown> {
  note: Note;
  editable: boolean;
}

export type GraphNode = Node<GraphNodeData, "graph">;
export type NoteNode = Node<NoteNodeData, "note">;
export type CanvasNode = GraphNode | NoteNode;
export type GraphEdge = FlowEdge<{ taken: boolean | null }> & { pathOptions?: { offset: number; stepPosition: number } };

/** A loop and what it repeats. */
export interface LoopBody {
  id: string;
  title: string;
  members: string[];
}

export interface GraphOptions {
  editable?: boolean;
  statuses?: ReadonlyMap<string, NodeStatus> | undefined;
  /** Which ports each node left by; undefined where that isn't known. */
  taken?: ((from: string, port: string) => boolean | null) | undefined;
  findings?: ReadonlyMap<string, { errors: number; warnings: number }>;
  marks?: ReadonlyMap<string, Mark> | undefined;
}

export function edgeId(from: string, port: string, to: string): string {
  return `${from}|${port}|${to}`;
}

const notePrefix = "note:";

/** Notes share the canvas with nodes, so that they can be chosen together; their ids can't meet. */
export function noteNodeId(id: string): string {
  return `${notePrefix}${id}`;
}

export function noteIdOf(nodeId: string): string | null {
  return nodeId.startsWith(notePrefix) ? nodeId.slice(notePrefix.length) : null;
}

// Every node is as large as every other, so nothing waits for being measured.
const size = { width: nodeWidth, height: nodeHeight, measured: { width: nodeWidth, height: nodeHeight } };

const bend = 34;
const gap = 20;

/** Where between two nodes a line turns: right below the one it leaves, so that it doesn't run behind it to its end. */
function turn(from: Point | undefined, to: Point | undefined): number {
  const way = (to?.y ?? 0) - (from?.y ?? 0) - nodeHeight - 2 * gap;
  return way <= 2 * (bend - gap) ? 0.5 : (bend - gap) / way;
}

class Flow {
  private readonly definition: Definition;
  private readonly options: GraphOptions;
  private readonly place: Record<string, Point>;
  private readonly undone: Set<string>;
  private readonly triggerTypes: Map<string, TriggerTypeView>;
  private readonly stepTypes: Map<string, StepTypeView>;

  constructor(definition: Definition, types: StepTypesView | undefined, options: GraphOptions) {
    this.definition = definition;
    this.options = options;
    this.place = positions(definition);
    this.undone = new Set(definition.edges.filter((edge) => edge.port === compensatePort).map((edge) => edge.from));
    this.triggerTypes = new Map(types?.triggers.map((type) => [type.type, type]));
    this.stepTypes = new Map(types?.steps.map((type) => [type.type, type]));
  }

  private common(id: string, comment: unknown) {
    const { editable = false, statuses, findings, marks } = this.options;
    const found = findings?.get(id);
    return {
      editable,
      undone: this.undone.has(id),
      comment: typeof comment === "string" && comment !== "" ? comment : null,
      pinned: this.definition.pinned?.[id] !== undefined,
      status: statuses?.get(id) ?? null,
      mark: marks?.get(id) ?? null,
      errors: found?.errors ?? 0,
      warnings: found?.warnings ?? 0,
    };
  }

  private node(id: string, ariaLabel: string, data: GraphNodeData): GraphNode {
    return { id, type: "graph", position: this.place[id] ?? { x: 0, y: 0 }, ...size, ariaLabel, handles: handlesOf(data), data };
  }

  trigger(trigger: TriggerNode): GraphNode {
    const type = this.triggerTypes.get(trigger.type);
    const title = type?.name ?? trigger.type;
    const data = { kind: "trigger" as const, title, typeName: "Trigger", icon: type?.icon ?? "zap", ports: ["out"], ...this.common(trigger.id, trigger.comment) };
    return this.node(trigger.id, `Trigger: ${title}`, data);
  }

  /** While the step types are on their way, the ways out are those that lines leave by. */
  private ports(step: StepNode, type: StepTypeView | undefined): string[] {
    const used = type === undefined ? this.definition.edges.filter((edge) => edge.from === step.id && edge.port !== compensatePort).map((edge) => edge.port) : [];
    return [...new Set([...portsOf(step, type), ...used])];
  }

  step(step: StepNode): GraphNode {
    const type = this.stepTypes.get(step.type);
    const common = this.common(step.id, step.comment);
    const words = [`Step: ${step.name}`, common.status?.status, common.mark, common.errors > 0 ? "has errors" : undefined].filter((word) => word != null);
    return this.node(step.id, words.join(", "), {
      kind: "step",
      title: step.name,
      typeName: type?.name ?? step.type,
      icon: type?.icon ?? "shapes",
      ports: this.ports(step, type),
      ...common,
    });
  }

  note(note: Note): NoteNode {
    const { width, height } = note;
    return {
      id: noteNodeId(note.id),
      type: "note",
      position: { x: note.x, y: note.y },
      width,
      height,
      measured: { width, height },
      zIndex: -1,
      ariaLabel: `Note: ${note.text === "" ? "empty" : note.text.slice(0, 80)}`,
      data: { note, editable: this.options.editable ?? false },
    };
  }

  edge(edge: Edge): GraphEdge {
    const was = this.options.taken?.(edge.from, edge.port) ?? null;
    const undoing = edge.port === compensatePort;
    return {
      id: edgeId(edge.from, edge.port, edge.to),
      source: edge.from,
      sourceHandle: edge.port,
      target: edge.to,
      type: "smoothstep",
      pathOptions: { offset: gap, stepPosition: undoing ? 0.5 : turn(this.place[edge.from], this.place[edge.to]) },
      data: { taken: was },
      className: undoing ? "edge-compensate" : was === true ? "edge-taken" : was === false ? "edge-untaken" : "",
      ariaLabel: `From ${edge.from}${edge.port === "out" ? "" : ` (${edge.port})`} to ${edge.to}`,
    };
  }
}

/** A definition as nodes and edges that the graph component draws. */
export function toFlow(definition: Definition, types: StepTypesView | undefined, options: GraphOptions = {}): { nodes: CanvasNode[]; edges: GraphEdge[] } {
  const flow = new Flow(definition, types, options);
  return {
    nodes: [
      ...(definition.notes ?? []).map((note) => flow.note(note)),
      ...definition.triggers.map((trigger) => flow.trigger(trigger)),
      ...definition.steps.map((step) => flow.step(step)),
    ],
    edges: definition.edges.map((edge) => flow.edge(edge)),
  };
}

export function loopBodies(definition: Definition): LoopBody[] {
  return definition.steps
    .filter((step) => step.type === "for_each")
    .map((step) => ({ id: step.id, title: step.name, members: [...bodyOf(definition, step.id)] }))
    .filter((body) => body.members.length > 0);
}
