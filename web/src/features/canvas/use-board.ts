import { useCallback, useMemo, useRef, useState } from "react";
import type { Connection, EdgeChange, NodeChange } from "@xyflow/react";
import type { CanvasNode, GraphEdge } from "@/components/graph/to-flow";
import type { Edge, Point } from "@/lib/graph/definition";
import { connect, connectFault, moveNodes } from "./model/edit";
import type { Draft } from "./use-draft";

const nothing: ReadonlyMap<string, Point> = new Map();

export function toEdge(connection: Connection | GraphEdge): Edge {
  return { from: connection.source, port: connection.sourceHandle ?? "out", to: connection.target };
}

function applied(chosen: ReadonlySet<string>, changes: readonly (NodeChange<CanvasNode> | EdgeChange<GraphEdge>)[]): ReadonlySet<string> {
  const next = new Set(chosen);
  for (const item of changes) {
    if (item.type !== "select") continue;
    if (item.selected) next.add(item.id);
    else next.delete(item.id);
  }
  return next.size === chosen.size && [...next].every((id) => chosen.has(id)) ? chosen : next;
}

/** What hands do on the board. Frames of a drag stay here; the draft learns of it when it ends. */
export function useBoard(draft: Draft, selection: readonly string[], onSelection: (ids: readonly string[]) => void) {
  const { change } = draft;
  const [moving, setMoving] = useState(nothing);
  // While a box is drawn, what it holds changes with every frame; the page learns of it at the end.
  const [box, setBox] = useState<ReadonlySet<string> | null>(null);
  const boxed = useRef<ReadonlySet<string> | null>(null);
  const [chosenEdges, setChosenEdges] = useState<ReadonlySet<string>>(new Set<string>());
  const settled = useMemo(() => new Set(selection), [selection]);
  const chosen = box ?? settled;
  const latest = useRef(draft.definition);
  latest.current = draft.definition;

  const onNodesChange = useCallback(
    (changes: NodeChange<CanvasNode>[]) => {
      const moved = changes.flatMap((item) => (item.type === "position" && item.dragging === true && item.position !== undefined ? [[item.id, item.position] as const] : []));
      if (moved.length > 0) setMoving((current) => new Map([...current, ...moved]));
      if (!changes.some((item) => item.type === "select")) return;
      if (boxed.current !== null) {
        boxed.current = applied(boxed.current, changes);
        setBox(boxed.current);
        return;
      }
      const next = applied(settled, changes);
      if (next !== settled) onSelection([...next]);
    },
    [settled, onSelection],
  );
  const onEdgesChange = useCallback((changes: EdgeChange<GraphEdge>[]) => setChosenEdges((current) => applied(current, changes)), []);
  const onDragStop = useCallback(
    (_event: unknown, _node: unknown, dragged: CanvasNode[]) => {
      const places = Object.fromEntries(dragged.map((node) => [node.id, { x: Math.round(node.position.x), y: Math.round(node.position.y) }]));
      change((current) => moveNodes(current, places));
      setMoving(nothing);
    },
    [change],
  );
  const onSelectionDragStop = useCallback((event: unknown, dragged: CanvasNode[]) => onDragStop(event, null, dragged), [onDragStop]);
  const onSelectionStart = useCallback(() => {
    boxed.current = settled;
    setBox(settled);
  }, [settled]);
  const onSelectionEnd = useCallback(() => {
    const last = boxed.current;
    boxed.current = null;
    setBox(null);
    if (last !== null) onSelection([...last]);
  }, [onSelection]);
  const onConnect = useCallback((connection: Connection) => change((current) => connect(current, toEdge(connection))), [change]);
  const isValidConnection = useCallback((connection: Connection | GraphEdge) => connectFault(latest.current, toEdge(connection)) === null, []);
  const handlers = { onNodesChange, onEdgesChange, onSelectionStart, onSelectionEnd, onSelectionDragStop, onConnect, isValidConnection, onNodeDragStop: onDragStop };
  return { chosen, chosenEdges, setChosenEdges, moving, handlers };
}
