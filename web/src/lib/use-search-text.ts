import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { useDebounced } from "./use-debounced";

interface SearchText {
  /** What is in the field right now. */
  typed: string;
  setTyped: (text: string) => void;
}

/** A search field whose settled text lives in the address, so that a search can be shared. */
export function useSearchText(name: string): SearchText {
  const [params, setParams] = useSearchParams();
  const [typed, setTyped] = useState(params.get(name) ?? "");
  const settled = useDebounced(typed.trim(), 250);
  useEffect(() => {
    setParams(
      (current) => {
        if ((current.get(name) ?? "") === settled) return current;
        const next = new URLSearchParams(current);
        if (settled === "") next.delete(name);
        else next.set(name, settled);
        return next;
      },
      { replace: true },
    );
    // The setter changes with every address; only the text decides.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled, name]);
  return { typed, setTyped };
}
