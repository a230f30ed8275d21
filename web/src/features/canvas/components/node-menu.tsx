import { NodeToolbar, Position } from "@xyflow/react";
import { CopyPlus, Plus, Trash2, Undo2 } from "lucide-react";
import { IconButton } from "@/components/ui/button";
import { Menu, type MenuAction } from "@/components/ui/menu";

export interface NodeMenuActions {
  addAfter: (id: string) => void;
  addUndo: (id: string) => void;
  connect: (id: string) => void;
  duplicate: (id: string) => void;
  remove: (id: string) => void;
  undone: (id: string) => boolean;
}

/** What hangs above a chosen node. */
export function NodeMenu({ id, kind, actions }: { id: string; kind: "trigger" | "step"; actions: NodeMenuActions }) {
  const more: MenuAction[] = [
    { label: "Connect to…", icon: Plus, onSelect: () => actions.connect(id) },
    ...(kind === "step" ? [{ label: "Add a step that undoes it", icon: Undo2, disabled: actions.undone(id), onSelect: () => actions.addUndo(id) }] : []),
    { label: "Duplicate", icon: CopyPlus, onSelect: () => actions.duplicate(id) },
    { label: "Delete", icon: Trash2, danger: true, onSelect: () => actions.remove(id) },
  ];
  return (
    <NodeToolbar nodeId={id} isVisible position={Position.Top} offset={10} align="end">
      <div role="toolbar" aria-label="Chosen step" className="nopan flex items-center rounded-medium border border-line bg-surface p-0.5 shadow-float">
        <IconButton label="Add the next step" className="size-8" onClick={() => actions.addAfter(id)}>
          <Plus aria-hidden />
        </IconButton>
        <Menu label="More for this step" actions={more} buttonClassName="size-8 rounded-medium text-muted hover:bg-hover hover:text-ink data-open:bg-hover" />
      </div>
    </NodeToolbar>
  );
}
