import type { Definition, Note, Point } from "@/lib/graph/definition";

const size = { width: 240, height: 120 };

function freshNoteId(notes: readonly Note[]): string {
  let count = notes.length + 1;
  while (notes.some((note) => note.id === `note_${count}`)) count += 1;
  return `note_${count}`;
}

export function addNote(definition: Definition, at: Point, text = ""): { definition: Definition; id: string } {
  const notes = definition.notes ?? [];
  const id = freshNoteId(notes);
  return { definition: { ...definition, notes: [...notes, { id, text, ...at, ...size, color: "yellow" }] }, id };
}

export function changeNote(definition: Definition, id: string, change: Partial<Note>): Definition {
  return { ...definition, notes: (definition.notes ?? []).map((note) => (note.id === id ? { ...note, ...change } : note)) };
}
