import { noteIdOf, noteNodeId } from "@/components/graph/to-flow";
import { type Definition, type Edge, type Note, type Point, readDefinition, type StepNode, type TriggerNode } from "@/lib/graph/definition";
import { positions } from "@/lib/graph/layout";
import { isObject } from "@/lib/json-schema/fields";
import { freshId } from "./edit";
import { addNote } from "./notes";
import { renameIn } from "./references";

/** Steps on their way to another place: what is copied is a piece of a definition. */
export interface Piece {
  triggers: TriggerNode[];
  steps: StepNode[];
  edges: Edge[];
  layout: Record<string, Point>;
  notes: Note[];
  pinned: Record<string, unknown>;
}

const format = "auterity.steps/1";

export function takePiece(definition: Definition, ids: readonly string[]): Piece | null {
  const chosen = new Set(ids);
  const noteIds = new Set(ids.map(noteIdOf));
  const inside = <T extends object>(values: Record<string, T>) => Object.fromEntries(Object.entries(values).filter(([id]) => chosen.has(id)));
  const piece: Piece = {
    triggers: definition.triggers.filter((node) => chosen.has(node.id)),
    steps: definition.steps.filter((node) => chosen.has(node.id)),
    edges: definition.edges.filter((edge) => chosen.has(edge.from) && chosen.has(edge.to)),
    layout: inside(positions(definition)),
    notes: (definition.notes ?? []).filter((note) => noteIds.has(note.id)),
    pinned: Object.fromEntries(Object.entries(definition.pinned ?? {}).filter(([id]) => chosen.has(id))),
  };
  return piece.triggers.length + piece.steps.length + piece.notes.length === 0 ? null : piece;
}

export function writePiece(piece: Piece): string {
  return JSON.stringify({ format, ...piece }, null, 2);
}

/** What was copied, if it was copied from a canvas. */
export function readPiece(text: string): Piece | null {
  try {
    const raw: unknown = JSON.parse(text);
    if (!isObject(raw) || raw["format"] !== format) return null;
    const { triggers, steps, edges, layout, notes = [], pinned = {} } = readDefinition(raw);
    return { triggers, steps, edges, layout, notes, pinned };
  } catch {
    return null;
  }
}

function corner(piece: Piece): Point {
  const points = [...Object.values(piece.layout), ...piece.notes];
  return { x: Math.min(...points.map((point) => point.x)), y: Math.min(...points.map((point) => point.y)) };
}

/** Puts a piece into a definition under names of its own; `at` is where its upper left corner goes. */
export function putPiece(definition: Definition, piece: Piece, at: Point | null): { definition: Definition; ids: string[] } {
  const names = new Map<string, string>();
  let taken: Definition = definition;
  for (const node of [...piece.triggers, ...piece.steps]) {
    // A name that is free stays, so that expressions which are pasted later still fit.
    const id = [...taken.triggers, ...taken.steps].some((other) => other.id === node.id) ? freshId(taken, node.id.replace(/_\d+$/, "")) : node.id;
    names.set(node.id, id);
    taken = { ...taken, steps: [...taken.steps, { id, type: "", name: "", config: {} }] };
  }
  const named = (id: string) => names.get(id) ?? id;
  const from = corner(piece);
  const by = at === null ? { x: 40, y: 40 } : { x: Math.round(at.x - from.x), y: Math.round(at.y - from.y) };
  const moved = (point: Point): Point => ({ x: point.x + by.x, y: point.y + by.y });
  const steps = piece.steps.map((step): StepNode => ({ ...step, id: named(step.id), config: renameIn(step.config, names) as StepNode["config"], ...("input" in step ? { input: renameIn(step["input"], names) } : {}) }));
  let result: Definition = {
    ...definition,
    triggers: [...definition.triggers, ...piece.triggers.map((trigger) => ({ ...trigger, id: named(trigger.id) }))],
    steps: [...definition.steps, ...steps],
    edges: [...definition.edges, ...piece.edges.map((edge) => ({ ...edge, from: named(edge.from), to: named(edge.to) }))],
    layout: { ...positions(definition), ...Object.fromEntries(Object.entries(piece.layout).map(([id, point]) => [named(id), moved(point)])) },
    pinned: { ...definition.pinned, ...Object.fromEntries(Object.entries(piece.pinned).map(([id, value]) => [named(id), value])) },
  };
  const noteIds: string[] = [];
  for (const note of piece.notes) {
    const added = addNote(result, moved(note), note.text);
    noteIds.push(noteNodeId(added.id));
    result = { ...added.definition, notes: (added.definition.notes ?? []).map((item) => (item.id === added.id ? { ...note, ...moved(note), id: added.id } : item)) };
  }
  return { definition: result, ids: [...names.values(), ...noteIds] };
}

/** The same once more, a little aside. */
export function duplicate(definition: Definition, ids: readonly string[]): { definition: Definition; ids: string[] } {
  const piece = takePiece(definition, ids);
  return piece === null ? { definition, ids: [] } : putPiece(definition, piece, null);
}

