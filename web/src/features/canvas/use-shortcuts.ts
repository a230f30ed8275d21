import { useEffect } from "react";
import type { Draft } from "./use-draft";

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

/** Ctrl/Cmd-Z and its opposite, except in fields, which have their own. */
export function useShortcuts(editable: boolean, { undo, redo }: Draft): void {
  useEffect(() => {
    if (!editable) return;
    const listen = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || typing(event.target)) return;
      const key = event.key.toLowerCase();
      if (key === "z") (event.shiftKey ? redo : undo)();
      else if (key === "y") redo();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [editable, undo, redo]);
}
