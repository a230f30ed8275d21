import { useEffect, useMemo, useRef } from "react";
import type { Finding, StepTypesView } from "@/api/types";
import { byId, keepSame } from "@/components/graph/keep-same";
import { type CanvasNode, type GraphEdge, type GraphOptions, loopBodies, toFlow } from "@/components/graph/to-flow";
import type { Definition, Point } from "@/lib/graph/definition";
import { countByNode } from "./model/findings";

interface FlowInput {
  definition: Definition;
  findings: readonly Finding[];
  types: StepTypesView;
  editable: boolean;
  statuses: GraphOptions["statuses"];
  taken: GraphOptions["taken"];
  /** Chosen nodes and edges, by id. */
  chosen: ReadonlySet<string>;
  chosenEdges: ReadonlySet<string>;
  /** Where nodes are that are being dragged. */
  moving: ReadonlyMap<string, Point>;
}

/** What was drawn last, so that what looks the same stays the same object. */
function useKept<T extends CanvasNode | GraphEdge>(items: readonly T[]): T[] {
  const last = useRef<ReadonlyMap<string, T>>(new Map());
  const kept = useMemo(() => keepSame(last.current, items), [items]);
  useEffect(() => {
    last.current = byId(kept);
  }, [kept]);
  return kept;
}

/** The draft as nodes and edges. While some are dragged, only those are new objects from frame to frame. */
export function useFlow({ definition, findings, types, editable, statuses, taken, chosen, chosenEdges, moving }: FlowInput) {
  const flow = useMemo(
    () => toFlow(definition, types, { editable, findings: countByNode(findings, definition), statuses, taken }),
    [definition, types, editable, findings, statuses, taken],
  );
  const marked = useMemo(() => flow.nodes.map((node): CanvasNode => ({ ...node, selected: chosen.has(node.id) })), [flow.nodes, chosen]);
  const still = useKept(marked);
  const nodes = useMemo(() => {
    if (moving.size === 0) return still;
    return still.map((node): CanvasNode => {
      const position = moving.get(node.id);
      return position === undefined ? node : { ...node, position };
    });
  }, [still, moving]);
  const lines = useMemo(() => flow.edges.map((edge): GraphEdge => ({ ...edge, selected: chosenEdges.has(edge.id) })), [flow.edges, chosenEdges]);
  const edges = useKept(lines);
  const bodies = useMemo(() => loopBodies(definition), [definition]);
  return { nodes, edges, bodies };
}
