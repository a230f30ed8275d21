import { createContext } from "react";

/** What is done to notes where they stand. */
export interface NoteEdits {
  /** The note that is being written, by its own id. */
  writing: string | null;
  open: (id: string | null) => void;
  write: (id: string, text: string) => void;
  resize: (id: string, box: { x: number; y: number; width: number; height: number }) => void;
  color: (id: string, color: string) => void;
  remove: (id: string) => void;
}

export const NoteEditsContext = createContext<NoteEdits | null>(null);
