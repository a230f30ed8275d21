import { useEffect } from "react";
import { useToast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { readPiece } from "./model/clipboard";
import { onCanvas } from "./on-canvas";
import type { Actions } from "./use-actions";

function count(text: string): number {
  const piece = readPiece(text);
  return piece === null ? 0 : piece.triggers.length + piece.steps.length + piece.notes.length;
}

/** Whether text beside the canvas is marked: then that is what is copied. */
function textMarked(): boolean {
  const selection = getSelection();
  const within = selection?.anchorNode?.parentElement?.closest("aside, [role=dialog]") ?? null;
  return within !== null && selection?.toString() !== "";
}

/** Copy, cut and paste through the system's clipboard, so that steps go from one workflow to another as text. */
export function useClipboard(editable: boolean, { copy, paste, remove }: Actions): void {
  const toast = useToast();
  useEffect(() => {
    // These events go to wherever the last text was marked; the focus says what is meant.
    const take = (event: ClipboardEvent) => {
      if (!onCanvas(document.activeElement) || textMarked()) return;
      const text = copy();
      if (text === null) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      if (event.type === "cut" && editable) remove();
      toast({ title: `${plural(count(text), "item")} ${event.type === "cut" && editable ? "cut" : "copied"}`, tone: "accent" });
    };
    const put = (event: ClipboardEvent) => {
      if (!editable || !onCanvas(document.activeElement)) return;
      if (paste(event.clipboardData?.getData("text/plain") ?? "")) event.preventDefault();
      else toast({ title: "Nothing to paste", detail: "The clipboard holds no steps. Copy some on a canvas first.", tone: "accent" });
    };
    document.addEventListener("copy", take);
    document.addEventListener("cut", take);
    document.addEventListener("paste", put);
    return () => {
      document.removeEventListener("copy", take);
      document.removeEventListener("cut", take);
      document.removeEventListener("paste", put);
    };
  }, [editable, copy, paste, remove, toast]);
}
