import { useMemo, useRef } from "react";
import { useReactFlow } from "@xyflow/react";
import type { StepTypesView } from "@/api/types";
import { noteIdOf, noteNodeId } from "@/components/graph/to-flow";
import { useToast } from "@/components/ui/toast";
import { type Edge, type Point } from "@/lib/graph/definition";
import { nodeHeight, nodeWidth, positions } from "@/lib/graph/layout";
import { asSchema } from "@/lib/json-schema/fields";
import { plural } from "@/lib/format";
import { duplicate, type Piece, putPiece, readPiece, takePiece, writePiece } from "./model/clipboard";
import { addStep, addTrigger, arrange, connect, moveNodes, nodeIds, removeEdges, removeNodes } from "./model/edit";
import { type Direction, neighbour } from "./model/navigate";
import { addNote } from "./model/notes";
import { type PaletteItem, startingConfig } from "./model/palette";
import type { Draft } from "./use-draft";

/** Where a new step goes: after a node, by one of its ports, or at a point. */
export interface Place {
  after?: string | null;
  port?: string;
  at?: Point;
}

interface Input {
  draft: Draft;
  types: StepTypesView;
  selection: readonly string[];
  select: (ids: readonly string[]) => void;
  openNote: (id: string | null) => void;
  /** The pointer on the screen, while it is over the canvas. */
  pointer: () => Point | null;
  edges: () => Edge[];
}

const fit = { padding: 0.2, maxZoom: 1, duration: 150 };
const nudge: Record<Direction, Point> = { up: { x: 0, y: -20 }, down: { x: 0, y: 20 }, left: { x: -20, y: 0 }, right: { x: 20, y: 0 } };

function shift(points: Record<string, Point>, by: Point): Record<string, Point> {
  return Object.fromEntries(Object.entries(points).map(([id, point]) => [id, { x: point.x + by.x, y: point.y + by.y }]));
}

const edgeMargin = 32;

/** How far something must move to lie within a length. */
function intoView(start: number, size: number, length: number): number {
  if (start < edgeMargin) return edgeMargin - start;
  return Math.min(0, length - edgeMargin - start - size);
}

const noteSize = { width: 240, height: 120 };

/** The nearest place to the right that no node lies in. */
function freeSpot(taken: readonly Point[], wish: Point): Point {
  const covers = (spot: Point) => taken.some((point) => point.x < spot.x + noteSize.width && spot.x < point.x + nodeWidth && point.y < spot.y + noteSize.height && spot.y < point.y + nodeHeight);
  let spot = wish;
  for (let step = 0; step < 100 && covers(spot); step += 1) spot = { ...spot, x: spot.x + 20 };
  return spot;
}

/** Puts the keyboard on a node, once it is drawn. */
export function focusNode(id: string, tries = 12): void {
  const element = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
  if (element !== null) element.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusNode(id, tries - 1));
}

/** Everything that can be done to a workflow, for hands, menus and keys alike. */
export function useActions(input: Input) {
  const flow = useReactFlow();
  const toast = useToast();
  const latest = useRef(input);
  latest.current = input;
  const pasted = useRef({ text: "", times: 0 });

  return useMemo(() => {
    const now = () => latest.current;
    const { change } = now().draft;
    const definition = () => now().draft.definition;
    const points = (): Record<string, Point> => ({
      ...positions(definition()),
      ...Object.fromEntries((definition().notes ?? []).map((note) => [noteNodeId(note.id), { x: note.x, y: note.y }])),
    });
    const center = (): Point => {
      const box = document.querySelector(".react-flow")?.getBoundingClientRect();
      return flow.screenToFlowPosition(box === undefined ? { x: 0, y: 0 } : { x: box.left + box.width / 2, y: box.top + box.height / 2 });
    };
    const single = (): string | null => {
      const [only, ...others] = now().selection;
      return only !== undefined && others.length === 0 && noteIdOf(only) === null ? only : null;
    };
    const showAll = () => requestAnimationFrame(() => void flow.fitView(fit));
    /** Moves the view by no more than it takes to see the node. */
    const reveal = (id: string) => {
      const point = points()[id];
      const box = document.querySelector(".react-flow")?.getBoundingClientRect();
      if (point === undefined || box === undefined) return;
      const { x, y, zoom } = flow.getViewport();
      const at = { x: point.x * zoom + x, y: point.y * zoom + y };
      const by = { x: intoView(at.x, nodeWidth * zoom, box.width), y: intoView(at.y, nodeHeight * zoom, box.height) };
      if (by.x !== 0 || by.y !== 0) void flow.setViewport({ x: x + by.x, y: y + by.y, zoom }, { duration: 120 });
    };

    const remove = (ids: readonly string[] = now().selection) => {
      const edges = ids === now().selection ? now().edges() : [];
      if (ids.length === 0 && edges.length === 0) return;
      change((current) => removeNodes(removeEdges(current, edges), ids));
      now().select([]);
      if (ids.length > 1) toast({ title: `${plural(ids.length, "item")} deleted`, action: { label: "Undo", onClick: now().draft.undo } });
    };
    const copied = (): Piece | null => takePiece(definition(), now().selection);
    const paste = (text: string): boolean => {
      const piece = readPiece(text);
      if (piece === null) return false;
      const again = pasted.current.text === text ? pasted.current.times + 1 : 0;
      pasted.current = { text, times: again };
      const pointer = now().pointer();
      const base = pointer === null ? center() : flow.screenToFlowPosition(pointer);
      const put = putPiece(definition(), piece, { x: base.x + again * 24, y: base.y + again * 24 });
      change(() => put.definition);
      now().select(put.ids);
      return true;
    };

    return {
      add: (item: PaletteItem, place: Place = {}) => {
        const config = startingConfig(asSchema(item.schema));
        const after = place.after === undefined ? single() : place.after;
        const { at, port } = place;
        const added =
          item.kind === "trigger"
            ? addTrigger(definition(), { type: item.type, config }, at)
            : addStep(definition(), { type: item.type, name: item.name, config }, at === undefined ? { after, ...(port === undefined ? {} : { port }) } : { at }, now().types.steps);
        change(() => added.definition);
        now().select([added.id]);
        if (at === undefined) showAll();
        focusNode(added.id);
      },
      addNote: () => {
        const middle = center();
        const added = addNote(definition(), freeSpot(Object.values(points()), { x: Math.round(middle.x - 120), y: Math.round(middle.y - 60) }));
        change(() => added.definition);
        now().select([noteNodeId(added.id)]);
        now().openNote(added.id);
        requestAnimationFrame(() => reveal(noteNodeId(added.id)));
      },
      arrange: () => {
        change(arrange);
        showAll();
      },
      connect: (edge: Edge) => change((current) => connect(current, edge)),
      duplicate: (ids: readonly string[] = now().selection) => {
        const made = duplicate(definition(), ids);
        if (made.ids.length === 0) return;
        change(() => made.definition);
        now().select(made.ids);
      },
      remove,
      copy: (): string | null => {
        const piece = copied();
        return piece === null ? null : writePiece(piece);
      },
      paste,
      selectAll: () => now().select([...nodeIds(definition()), ...(definition().notes ?? []).map((note) => noteNodeId(note.id))]),
      /** To the next node in a direction. */
      go: (direction: Direction) => {
        const focused = document.activeElement?.closest<HTMLElement>(".react-flow__node")?.dataset["id"];
        const from = focused ?? now().selection[0] ?? null;
        const to = neighbour(Object.entries(points()).map(([id, position]) => ({ id, position })), from, direction);
        if (to === null) return;
        reveal(to);
        focusNode(to);
      },
      nudge: (direction: Direction) => {
        const chosen = new Set(now().selection);
        if (chosen.size === 0) return;
        const moved = Object.fromEntries(Object.entries(points()).filter(([id]) => chosen.has(id)));
        change((current) => moveNodes(current, shift(moved, nudge[direction])), "nudge");
      },
      open: (id: string) => {
        const note = noteIdOf(id);
        now().select([id]);
        if (note !== null) now().openNote(note);
      },
      reveal,
    };
  }, [flow, toast]);
}

export type Actions = ReturnType<typeof useActions>;
