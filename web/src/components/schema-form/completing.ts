import { matchPaths, type PathOption } from "@/lib/json-schema/paths";

/** What is being typed at the cursor of a text or formula. */
export interface Word {
  start: number;
  text: string;
}

const wordBefore = /[A-Za-z_][\w.[\]"']*$/;

/** The path that the cursor stands behind; in a text only between braces. */
export function wordAt(source: string, cursor: number, mode: "tpl" | "cel"): Word | null {
  const before = source.slice(0, cursor);
  if (mode === "tpl") {
    const opened = Math.max(before.lastIndexOf("{{"), before.lastIndexOf("{%"));
    const closed = Math.max(before.lastIndexOf("}}"), before.lastIndexOf("%}"));
    if (opened === -1 || closed > opened) return null;
    if (/\{\{\s*$/.test(before)) return { start: cursor, text: "" };
  }
  // Inside quotes stands a text, not a path.
  const piece = mode === "tpl" ? before.slice(Math.max(before.lastIndexOf("{{"), before.lastIndexOf("{%"))) : before;
  if ((piece.match(/(?<!\[)"/g) ?? []).length % 2 === 1) return null;
  const found = wordBefore.exec(before);
  return found === null ? null : { start: found.index, text: found[0] };
}

const mostShown = 8;

/** Paths that go on from what is typed; none once it is whole. */
export function completionsOf(paths: readonly PathOption[], word: Word | null): PathOption[] {
  if (word === null) return [];
  const fitting = matchPaths(paths, word.text).slice(0, mostShown);
  return fitting.length === 1 && fitting[0]?.path === word.text ? [] : fitting;
}

/** The source with the word at the cursor completed, and where the cursor goes. */
export function complete(source: string, cursor: number, word: Word, path: string, mode: "tpl" | "cel"): { source: string; cursor: number } {
  const after = source.slice(cursor);
  const closing = mode === "tpl" && !/^\s*[^{]*\}\}/.test(after) ? " }}" : "";
  const opening = mode === "tpl" && /\{\{$/.test(source.slice(0, word.start)) ? " " : "";
  const head = source.slice(0, word.start) + opening + path;
  return { source: head + closing + after, cursor: head.length };
}
