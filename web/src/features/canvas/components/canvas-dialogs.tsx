import type { StepTypesView, WorkflowView } from "@/api/types";
import { compensatePort } from "@/lib/graph/definition";
import type { PaletteItem } from "../model/palette";
import type { Actions, Place } from "../use-actions";
import type { Draft } from "../use-draft";
import type { Trial } from "../use-trial";
import { ConnectDialog } from "./connect-dialog";
import { ImportDialog } from "./import-dialog";
import { QuickAdd } from "./quick-add";
import { RunNow } from "./run-now";
import { ShortcutList } from "./shortcut-list";
import { TryDialog } from "./try-dialog";

export type CanvasDialog = { kind: "add"; place: Place } | { kind: "connect"; from: string } | { kind: "run" | "try" | "import" | "help" };

interface CanvasDialogsProps {
  dialog: CanvasDialog | null;
  workflow: WorkflowView;
  types: StepTypesView;
  draft: Draft;
  trial: Trial;
  actions: Actions;
  onAdd: (item: PaletteItem, place: Place) => void;
  onClose: () => void;
  onStarted: (executionId: string) => void;
}

export function CanvasDialogs({ dialog, workflow, types, draft, trial, actions, onAdd, onClose, onStarted }: CanvasDialogsProps) {
  const place = dialog?.kind === "add" ? dialog.place : {};
  const undoing = place.port === compensatePort;
  return (
    <>
      <QuickAdd
        types={types}
        open={dialog?.kind === "add"}
        title={undoing ? "Which step undoes it?" : "Add a step"}
        stepsOnly={place.after !== undefined}
        onAdd={(item) => onAdd(item, place)}
        onClose={onClose}
      />
      <ConnectDialog definition={draft.definition} types={types} from={dialog?.kind === "connect" ? dialog.from : null} onConnect={actions.connect} onClose={onClose} />
      <RunNow workflowId={workflow.id} open={dialog?.kind === "run"} onClose={onClose} onStarted={onStarted} />
      <TryDialog workflow={workflow} draft={draft} trial={trial} open={dialog?.kind === "try"} onClose={onClose} />
      <ImportDialog open={dialog?.kind === "import"} onClose={onClose} onImport={(definition) => draft.change(() => definition)} />
      <ShortcutList open={dialog?.kind === "help"} onClose={onClose} />
    </>
  );
}
