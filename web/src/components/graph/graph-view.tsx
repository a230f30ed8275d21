import { useMemo } from "react";
import { Background, BackgroundVariant, Controls, ReactFlow } from "@xyflow/react";
import type { StepTypesView } from "@/api/types";
import type { Definition } from "@/lib/graph/definition";
import "./graph.css";
import { graphNodeTypes } from "./graph-node";
import { type GraphOptions, toFlow } from "./to-flow";

interface GraphViewProps extends Pick<GraphOptions, "statuses" | "taken"> {
  label: string;
  definition: Definition;
  types: StepTypesView | undefined;
  selected?: string | null;
  onSelect?: (id: string | null) => void;
}

const fit = { padding: 0.15, maxZoom: 1, minZoom: 0.45 };

/** A workflow to look at: nothing moves, nodes can be chosen. */
export default function GraphView({ label, definition, types, statuses, taken, selected = null, onSelect }: GraphViewProps) {
  const { nodes, edges } = useMemo(() => {
    const flow = toFlow(definition, types, {
      ...(statuses === undefined ? {} : { statuses }),
      ...(taken === undefined ? {} : { taken }),
    });
    return { ...flow, nodes: flow.nodes.map((node) => ({ ...node, selected: node.id === selected })) };
  }, [definition, types, statuses, taken, selected]);
  const selectable = onSelect !== undefined;
  return (
    <ReactFlow
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
      <Controls showInteractive={false} position="bottom-left" />
    </ReactFlow>
  );
}
