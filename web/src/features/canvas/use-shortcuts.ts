import { useEffect, useRef } from "react";
import type { Direction } from "./model/navigate";
import { onCanvas, typing } from "./on-canvas";
import type { Actions } from "./use-actions";
import type { Draft } from "./use-draft";

const arrows: Record<string, Direction> = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

interface Input {
  editable: boolean;
  draft: Draft;
  actions: Actions;
  clear: () => void;
  onAdd: () => void;
  onConnect: () => void;
  onHelp: () => void;
}

function focusedNode(target: EventTarget | null): string | null {
  return target instanceof HTMLElement && target.classList.contains("react-flow__node") ? (target.dataset["id"] ?? null) : null;
}

/** Keys with Ctrl or Cmd, which work wherever nobody types. */
function withCommand(event: KeyboardEvent, { editable, draft, actions }: Input): boolean {
  const key = event.key.toLowerCase();
  if (key === "s") {
    void draft.flush();
    return true;
  }
  if (typing(event.target)) return false;
  if (editable && (key === "z" || key === "y")) {
    (key === "y" || event.shiftKey ? draft.redo : draft.undo)();
    return true;
  }
  if (!onCanvas(event.target)) return false;
  if (key === "a") actions.selectAll();
  else if (key === "d" && editable) actions.duplicate();
  else return false;
  return true;
}

function plain(event: KeyboardEvent, { editable, actions, clear, onAdd, onConnect, onHelp }: Input): boolean {
  if (!onCanvas(event.target)) return false;
  const direction = arrows[event.key];
  const node = focusedNode(event.target);
  if (direction !== undefined) {
    if (event.altKey || event.shiftKey) {
      if (editable) actions.nudge(direction);
    } else actions.go(direction);
  } else if (event.key === "?") onHelp();
  else if (event.key === "Escape") clear();
  else if ((event.key === "Enter" || event.key === " ") && node !== null) actions.open(node);
  else if (!editable) return false;
  else if (event.key === "Delete" || event.key === "Backspace") actions.remove();
  else if (event.key === "/" || event.key.toLowerCase() === "a") onAdd();
  else if (event.key.toLowerCase() === "c") onConnect();
  else if (event.key.toLowerCase() === "n") actions.addNote();
  else return false;
  return true;
}

/** The canvas by keyboard; fields keep their own keys. */
export function useShortcuts(input: Input): void {
  const latest = useRef(input);
  latest.current = input;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const command = event.ctrlKey || event.metaKey;
      if (command ? withCommand(event, latest.current) : plain(event, latest.current)) event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

/** The list that `?` shows. */
export const shortcutList: { title: string; keys: [string, string][] }[] = [
  {
    title: "Build",
    keys: [
      ["/ or A", "Add a step after the chosen one"],
      ["C", "Connect the chosen step to another"],
      ["Enter", "Open the settings of the focused step"],
      ["N", "Write a note"],
      ["Delete", "Delete what is chosen"],
    ],
  },
  {
    title: "Move",
    keys: [
      ["Arrow keys", "Go to the next step in that direction"],
      ["Alt + arrow keys", "Move what is chosen"],
      ["Esc", "Choose nothing"],
      ["Shift + drag", "Choose with a box"],
      ["Shift + click", "Choose one more"],
    ],
  },
  {
    title: "Edit",
    keys: [
      ["Ctrl + A", "Choose everything"],
      ["Ctrl + C / X / V", "Copy, cut, paste, also between workflows"],
      ["Ctrl + D", "Duplicate"],
      ["Ctrl + Z / Y", "Undo, redo"],
      ["Ctrl + S", "Save now"],
      ["?", "This list"],
    ],
  },
];
