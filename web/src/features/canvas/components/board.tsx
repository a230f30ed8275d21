import { type DragEvent, type ReactNode, type RefObject, useCallback, useEffect, useRef } from "react";
import { Background, BackgroundVariant, Controls, type ReactFlowState, ReactFlow, useReactFlow, useStore } from "@xyflow/react";
import type { StepTypesView } from "@/api/types";
import "@/components/graph/graph.css";
import { graphNodeTypes } from "@/components/graph/graph-node";
import { LoopBodies } from "@/components/graph/loop-bodies";
import { Overview } from "@/components/graph/overview";
import { beginAtTop } from "@/components/graph/begin-at-top";
import { type CanvasNode, type GraphOptions, noteIdOf } from "@/components/graph/to-flow";
import { cx } from "@/lib/cx";
import type { Edge, Point } from "@/lib/graph/definition";
import { nodeHeight, nodeWidth } from "@/lib/graph/layout";
import { dragType, type PaletteItem, readDragged } from "../model/palette";
import { toEdge, useBoard } from "../use-board";
import type { Draft } from "../use-draft";
import { useFlow } from "../use-flow";

/** What the keyboard needs to know of the board. */
export interface BoardState {
  edges: Edge[];
  /** Where the pointer was last, in the canvas' own measure. */
  pointer: Point | null;
}

interface BoardProps extends Pick<GraphOptions, "statuses" | "taken"> {
  draft: Draft;
  types: StepTypesView;
  editable: boolean;
  minimap: boolean;
  selection: readonly string[];
  state: RefObject<BoardState>;
  onSelection: (ids: readonly string[]) => void;
  onOpenNote: (id: string) => void;
  onDropItem: (item: PaletteItem, at: Point) => void;
  /** What hangs at nodes. */
  children?: ReactNode;
}

/** Beyond this many nodes only those in view are drawn. */
const many = 80;
/** While more than these are dragged, the lines between them are left out. */
const manyMoving = 60;
const fit = { padding: 0.2, maxZoom: 1, minZoom: 0.5 };
const grid: [number, number] = [4, 4];
const severalKeys = ["Shift", "Meta", "Control"];

/** From so far away nobody reads: names and shadows are left out, and a drag of 300 steps stays smooth. */
const farZoom = 0.3;
const isFar = (state: ReactFlowState) => state.transform[2] < farZoom;

/** The drawing surface: what is done on it becomes changes of the draft. */
export function Board({ draft, types, editable, minimap, selection, state, statuses, taken, onSelection, onOpenNote, onDropItem, children }: BoardProps) {
  const { definition, findings } = draft;
  const { screenToFlowPosition } = useReactFlow();
  const { chosen, chosenEdges, setChosenEdges, moving, handlers } = useBoard(draft, selection, onSelection);
  const { nodes, edges, bodies } = useFlow({ definition, findings, types, editable, statuses, taken, chosen, chosenEdges, moving });
  useEffect(() => {
    state.current.edges = edges.filter((edge) => chosenEdges.has(edge.id)).map(toEdge);
  }, [state, edges, chosenEdges]);

  const onDrop = (event: DragEvent) => {
    const item = readDragged(event.dataTransfer.getData(dragType), types);
    if (item === null) return;
    event.preventDefault();
    const point = screenToFlowPosition({ x: event.clientX, y: event.clientY });
    onDropItem(item, { x: Math.round(point.x - nodeWidth / 2), y: Math.round(point.y - nodeHeight / 2) });
  };
  const far = useStore(isFar);
  const box = useRef<HTMLDivElement>(null);
  const onDoubleClick = useCallback(
    (_event: unknown, node: CanvasNode) => {
      const note = noteIdOf(node.id);
      if (note !== null) onOpenNote(note);
    },
    [onOpenNote],
  );

  return (
    <ReactFlow
      ref={box}
      aria-label="Canvas"
      className={cx(far && "far", moving.size > manyMoving && "many-moving")}
      onInit={(flow) => void requestAnimationFrame(() => beginAtTop(flow, box.current))}
      nodes={nodes}
      edges={edges}
      nodeTypes={graphNodeTypes}
      {...handlers}
      onNodeDoubleClick={onDoubleClick}
      onPaneClick={() => {
        setChosenEdges(new Set());
        onSelection([]);
      }}
      onPointerMove={(event) => {
        state.current.pointer = { x: event.clientX, y: event.clientY };
      }}
      onPointerLeave={() => {
        state.current.pointer = null;
      }}
      onDragOver={(event) => {
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
      }}
      onDrop={onDrop}
      nodesDraggable={editable}
      nodesConnectable={editable}
      edgesFocusable={editable}
      // Dragging moves and a click chooses, so that no panel opens under a drag.
      selectNodesOnDrag={false}
      // Arrow keys, Enter and Delete are our own: see use-shortcuts.
      disableKeyboardA11y
      deleteKeyCode={null}
      multiSelectionKeyCode={severalKeys}
      zoomOnDoubleClick={false}
      elevateNodesOnSelect={false}
      onlyRenderVisibleElements={nodes.length > many}
      snapToGrid
      snapGrid={grid}
      connectionRadius={32}
      fitView
      fitViewOptions={fit}
      minZoom={0.15}
      maxZoom={1.75}
    >
      {children}
      <LoopBodies bodies={bodies} nodes={nodes} />
      {!far && <Background variant={BackgroundVariant.Dots} gap={20} size={1} />}
      <Controls showInteractive={false} position="bottom-left" />
      {minimap && <Overview nodes={nodes} />}
    </ReactFlow>
  );
}
