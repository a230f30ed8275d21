import { useEffect, useRef } from "react";
import { typing } from "./on-canvas";
import { focusNode } from "./use-actions";

/** A dialog gives the focus back a moment after it closed; then it belongs to the chosen node. */
const givenBackMilliseconds = 200;

export function useFocusAfter(open: boolean, selected: string | null): void {
  const was = useRef(open);
  const latest = useRef(selected);
  latest.current = selected;
  useEffect(() => {
    const closed = was.current && !open;
    was.current = open;
    if (!closed) return;
    const timer = setTimeout(() => {
      if (latest.current !== null && !typing(document.activeElement)) focusNode(latest.current);
    }, givenBackMilliseconds);
    return () => clearTimeout(timer);
  }, [open]);
}
