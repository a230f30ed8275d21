import { useMemo, useRef } from "react";
import { Background, BackgroundVariant, Controls, ReactFlow } from "@xyflow/react";
import type { StepTypesView } from "@/api/types";
import type { Definition } from "@/lib/graph/definition";
import "./graph.css";
import { beginAtTop } from "./begin-at-top";
import { graphNodeTypes } from "./graph-node";
import { LoopBodies } from "./loop-bodies";
import { type CanvasNode, type GraphOptions, loopBodies, toFlow } from "./to-flow";

interface GraphViewProps extends Pick<GraphOptions, "statuses" | "taken" | "marks"> {
  label: string;
  definition: Definition;
  types: StepTypesView | undefined;
  selected?: string | null;
  onSelect?: (id: string | null) => void;
}

const fit = { padding: 0.1, maxZoom: 1, minZoom: 0.3 };
const many = 60;

/** A workflow to look at: nothing moves, nodes can be chosen. */
export default function GraphView({ label, definition, types, statuses, taken, marks, selected = null, onSelect }: GraphViewProps) {
  const flow = useMemo(() => toFlow(definition, types, { statuses, taken, marks }), [definition, types, statuses, taken, marks]);
  const nodes = useMemo(() => flow.nodes.map((node): CanvasNode => (node.id === selected ? { ...node, selected: true } : node)), [flow, selected]);
  const bodies = useMemo(() => loopBodies(definition), [definition]);
  const selectable = onSelect !== undefined;
  const box = useRef<HTMLDivElement>(null);
  return (
    <ReactFlow
      ref={box}
      onInit={(flow) => void requestAnimationFrame(() => beginAtTop(flow, box.current))}
      aria-label={label}
      nodes={nodes}
      edges={flow.edges}
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
      onlyRenderVisibleElements={nodes.length > many}
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
      <LoopBodies bodies={bodies} nodes={nodes} />
      <Controls showInteractive={false} position="top-right" />
    </ReactFlow>
  );
}
