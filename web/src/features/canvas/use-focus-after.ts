import { useEffect, useRef } from "react";
import { typing } from "./on-canvas";
import { focusNode } from "./use-actions";

const betweenMilliseconds = 100;
const longest = 30;

/** A dialog gives the focus back some time after it closed; from then on it belongs to the chosen node. */
export function useFocusAfter(open: boolean, selected: string | null): void {
  const was = useRef(open);
  const latest = useRef(selected);
  latest.current = selected;
  useEffect(() => {
    const closed = was.current && !open;
    was.current = open;
    if (!closed) return;
    let left = longest;
    const timer = setInterval(() => {
      left -= 1;
      const gone = document.querySelector("[role=dialog]") === null;
      const id = latest.current;
      if (left === 0 || id === null || (gone && typing(document.activeElement))) clearInterval(timer);
      else if (gone) {
        // Once more after this: giving back may come last.
        left = Math.min(left, 2);
        focusNode(id);
      }
    }, betweenMilliseconds);
    // Whoever goes on by himself isn't called back.
    const stop = () => clearInterval(timer);
    addEventListener("keydown", stop, { once: true, capture: true });
    addEventListener("pointerdown", stop, { once: true, capture: true });
    return () => {
      stop();
      removeEventListener("keydown", stop, { capture: true });
      removeEventListener("pointerdown", stop, { capture: true });
    };
  }, [open]);
}
