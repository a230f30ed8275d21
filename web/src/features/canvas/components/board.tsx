import { type DragEvent, useMemo, useState } from "react";
import { Background, BackgroundVariant, type Connection, Controls, type EdgeChange, MiniMap, type NodeChange, ReactFlow, useReactFlow } from "@xyflow/react";
import type { StepTypesView } from "@/api/types";
import "@/components/graph/graph.css";
import { graphNodeTypes } from "@/components/graph/graph-node";
import { type GraphEdge, type GraphNode, toFlow } from "@/components/graph/to-flow";
import type { Edge, Point } from "@/lib/graph/definition";
import { nodeHeight, nodeWidth } from "@/lib/graph/layout";
import { connect, connectFault, moveNodes, removeEdges, removeNodes } from "../model/edit";
import { countByNode } from "../model/findings";
import { dragType, type PaletteItem, readDragged } from "../model/palette";
import type { Draft } from "../use-draft";

interface BoardProps {
  draft: Draft;
  types: StepTypesView;
  editable: boolean;
  minimap: boolean;
  selected: string | null;
  onSelect: (id: string | null) => void;
  onDropItem: (item: PaletteItem, at: Point) => void;
}

function toEdge(connection: Connection | GraphEdge): Edge {
  return { from: connection.source, port: connection.sourceHandle ?? "out", to: connection.target };
}

/** The drawing surface: what is done on it becomes changes of the draft. */
export function Board({ draft, types, editable, minimap, selected, onSelect, onDropItem }: BoardProps) {
  const { definition, findings, change } = draft;
  const [moving, setMoving] = useState<Record<string, Point>>({});
  const [edgeChosen, setEdgeChosen] = useState<string | null>(null);
  const { screenToFlowPosition } = useReactFlow();
  const flow = useMemo(
    () => toFlow(definition, types, { editable, findings: countByNode(findings, definition) }),
    [definition, types, editable, findings],
  );
  const nodes = flow.nodes.map((node) => ({ ...node, position: moving[node.id] ?? node.position, selected: node.id === selected }));
  const edges = flow.edges.map((edge) => ({ ...edge, selected: edge.id === edgeChosen }));

  const onNodesChange = (changes: NodeChange<GraphNode>[]) => {
    for (const item of changes) {
      if (item.type === "select" && item.selected) {
        setEdgeChosen(null);
        onSelect(item.id);
      }
      if (item.type === "position" && item.position !== undefined) {
        const { id, position, dragging } = item;
        if (dragging === true) setMoving((current) => ({ ...current, [id]: position }));
        // The arrow keys move without dragging.
        else if (dragging === undefined) change((current) => moveNodes(current, { [id]: position }), `move:${id}`);
      }
    }
  };

  // One change for a deletion, so that one undo takes it back and neighbours can be joined.
  const onBeforeDelete = ({ nodes: gone, edges: cut }: { nodes: GraphNode[]; edges: GraphEdge[] }) => {
    const ids = gone.map((node) => node.id);
    change((current) => (ids.length > 0 ? removeNodes(current, ids) : removeEdges(current, cut.map(toEdge))));
    onSelect(null);
    return Promise.resolve(false);
  };

  const onEdgesChange = (changes: EdgeChange<GraphEdge>[]) => {
    const chosen = changes.find((item) => item.type === "select" && item.selected);
    if (chosen?.type === "select") {
      setEdgeChosen(chosen.id);
      onSelect(null);
    }
  };

  const onDragStop = (_event: unknown, _node: unknown, dragged: GraphNode[]) => {
    const places = Object.fromEntries(dragged.map((node) => [node.id, { x: Math.round(node.position.x), y: Math.round(node.position.y) }]));
    change((current) => moveNodes(current, places));
    setMoving({});
  };

  const onDrop = (event: DragEvent) => {
    const item = readDragged(event.dataTransfer.getData(dragType), types);
    if (item === null) return;
    event.preventDefault();
    const point = screenToFlowPosition({ x: event.clientX, y: event.clientY });
    onDropItem(item, { x: Math.round(point.x - nodeWidth / 2), y: Math.round(point.y - nodeHeight / 2) });
  };

  return (
    <ReactFlow
      aria-label="Canvas"
      nodes={nodes}
      edges={edges}
      nodeTypes={graphNodeTypes}
      onNodesChange={onNodesChange}
      onEdgesChange={onEdgesChange}
      onBeforeDelete={onBeforeDelete}
      onNodeDragStop={onDragStop}
      onConnect={(connection) => change((current) => connect(current, toEdge(connection)))}
      isValidConnection={(connection) => connectFault(definition, toEdge(connection)) === null}
      onPaneClick={() => {
        setEdgeChosen(null);
        onSelect(null);
      }}
      onDragOver={(event) => {
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
      }}
      onDrop={onDrop}
      nodesDraggable={editable}
      nodesConnectable={editable}
      edgesFocusable={editable}
      deleteKeyCode={editable ? ["Delete", "Backspace"] : null}
      multiSelectionKeyCode={null}
      selectionKeyCode={null}
      snapToGrid
      snapGrid={[4, 4]}
      connectionRadius={32}
      fitView
      fitViewOptions={{ padding: 0.2, maxZoom: 1, minZoom: 0.5 }}
      minZoom={0.25}
      maxZoom={1.75}
    >
      <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
      <Controls showInteractive={false} position="bottom-left" />
      {minimap && <MiniMap pannable zoomable position="bottom-right" ariaLabel="Overview" className="hidden! lg:block!" />}
    </ReactFlow>
  );
}

