import { useMemo, useRef } from "react";
import { Background, BackgroundVariant, Controls, ReactFlow, type ReactFlowInstance } from "@xyflow/react";
import type { StepTypesView } from "@/api/types";
import type { Definition } from "@/lib/graph/definition";
import "./graph.css";
import { graphNodeTypes } from "./graph-node";
import { type GraphEdge, type GraphNode, type GraphOptions, toFlow } from "./to-flow";

interface GraphViewProps extends Pick<GraphOptions, "statuses" | "taken"> {
  label: string;
  definition: Definition;
  types: StepTypesView | undefined;
  selected?: string | null;
  onSelect?: (id: string | null) => void;
}

const fit = { padding: 0.1, maxZoom: 1, minZoom: 0.3 };
const readableZoom = 0.62;
const margin = 28;

/** A long workflow isn't shrunk until nobody can read it: it begins at the top and can be pulled. */
function beginAtTop({ getZoom, getNodesBounds, getNodes, setViewport }: ReactFlowInstance<GraphNode, GraphEdge>, box: HTMLElement | null): void {
  if (box === null) return;
  const bounds = getNodesBounds(getNodes());
  const zoom = Math.min(readableZoom, (box.clientWidth - 2 * margin) / bounds.width);
  if (getZoom() >= zoom) return;
  const x = box.clientWidth / 2 - (bounds.x + bounds.width / 2) * zoom;
  void setViewport({ x, y: margin - bounds.y * zoom, zoom });
}

/** A workflow to look at: nothing moves, nodes can be chosen. */
export default function GraphView({ label, definition, types, statuses, taken, selected = null, onSelect }: GraphViewProps) {
  const { nodes, edges } = useMemo(() => {
    const flow = toFlow(definition, types, {
      ...(statuses === undefined ? {} : { statuses }),
      ...(taken === undefined ? {} : { taken }),
    });
    return { ...flow, nodes: flow.nodes.map((node): GraphNode => ({ ...node, selected: node.id === selected })) };
  }, [definition, types, statuses, taken, selected]);
  const selectable = onSelect !== undefined;
  const box = useRef<HTMLDivElement>(null);
  return (
    <ReactFlow
      ref={box}
      onInit={(flow) => void requestAnimationFrame(() => beginAtTop(flow, box.current))}
      aria-label={label}
      nodes={nodes}
      edges={edges}
      nodeTypes={graphNodeTypes}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={selectable}
      edgesFocusable={false}
      elementsSelectable={selectable}
      onNodesChange={(changes) => {
        const chosen = changes.find((change) => change.type === "select" && change.selected);
        if (chosen?.type === "select") onSelect?.(chosen.id);
      }}
      onPaneClick={() => onSelect?.(null)}
      fitView
      fitViewOptions={fit}
      minZoom={0.3}
      maxZoom={1.5}
      preventScrolling={false}
      zoomOnScroll={false}
      panOnScroll={false}
      deleteKeyCode={null}
    >
      <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
      <Controls showInteractive={false} position="top-right" />
    </ReactFlow>
  );
}
