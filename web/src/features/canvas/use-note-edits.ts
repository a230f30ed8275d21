import { useMemo, useState } from "react";
import type { NoteEdits } from "@/components/graph/note-edits";
import { noteNodeId } from "@/components/graph/to-flow";
import { noteColors } from "@/lib/graph/definition";
import { removeNodes } from "./model/edit";
import { changeNote } from "./model/notes";
import type { Draft } from "./use-draft";

/** What is done to notes on the canvas, as changes of the draft. */
export function useNoteEdits(change: Draft["change"], onOpen: (id: string) => void): NoteEdits {
  const [writing, setWriting] = useState<string | null>(null);
  return useMemo(
    () => ({
      writing,
      open: (id) => {
        setWriting(id);
        if (id !== null) onOpen(id);
      },
      write: (id, text) => change((current) => changeNote(current, id, { text })),
      resize: (id, { x, y, width, height }) =>
        change((current) => changeNote(current, id, { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) })),
      color: (id, color) => change((current) => changeNote(current, id, { color: noteColors.find((name) => name === color) ?? "yellow" })),
      remove: (id) => change((current) => removeNodes(current, [noteNodeId(id)])),
    }),
    [writing, change, onOpen],
  );
}
