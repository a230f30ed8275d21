import { Copy, CopyPlus, Trash2, X } from "lucide-react";
import { Button, IconButton } from "@/components/ui/button";
import { noteIdOf } from "@/components/graph/to-flow";
import { useToast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import type { Actions } from "../use-actions";

interface ManyPanelProps {
  selection: readonly string[];
  editable: boolean;
  actions: Actions;
  onClose: () => void;
}

/** What can be done with several chosen nodes at once. */
export function ManyPanel({ selection, editable, actions, onClose }: ManyPanelProps) {
  const toast = useToast();
  const notes = selection.filter((id) => noteIdOf(id) !== null).length;
  const nodes = selection.length - notes;
  const words = [nodes > 0 ? plural(nodes, "step") : null, notes > 0 ? plural(notes, "note") : null].filter((word) => word !== null);
  const copy = async () => {
    const text = actions.copy();
    if (text === null) return;
    await navigator.clipboard.writeText(text);
    toast({ title: "Copied", detail: "Paste here or in another workflow with Ctrl+V.", tone: "accent" });
  };
  return (
    <div role="toolbar" aria-label="Chosen items" className="absolute bottom-4 left-1/2 z-10 flex -translate-x-1/2 items-center gap-1 rounded-large border border-line bg-surface py-1 pr-1 pl-3 shadow-float max-md:bottom-14">
      <p className="tabular mr-1 text-small font-medium whitespace-nowrap">{words.join(", ")}</p>
      <Button size="small" variant="ghost" onClick={() => void copy()}>
        <Copy aria-hidden /> Copy
      </Button>
      {editable && (
        <>
          <Button size="small" variant="ghost" onClick={() => actions.duplicate()}>
            <CopyPlus aria-hidden /> Duplicate
          </Button>
          <Button size="small" variant="ghost" className="text-failure hover:text-failure" onClick={() => actions.remove()}>
            <Trash2 aria-hidden /> Delete
          </Button>
        </>
      )}
      <IconButton label="Choose nothing" className="size-8" onClick={onClose}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}
