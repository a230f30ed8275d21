import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { ReactFlowProvider } from "@xyflow/react";
import { usePermission } from "@/api/me";
import type { StepTypesView, WorkflowView } from "@/api/types";
import { NoteEditsContext } from "@/components/graph/note-edits";
import { noteIdOf, noteNodeId } from "@/components/graph/to-flow";
import { compensatePort, type Point } from "@/lib/graph/definition";
import { fileName, writeFile } from "@/lib/graph/exchange";
import { saveFile } from "@/lib/save-file";
import { useMedia } from "@/lib/use-media";
import { useTitle } from "@/lib/use-title";
import { forServer, nodeIds } from "../model/edit";
import type { PaletteItem } from "../model/palette";
import { type Place, useActions } from "../use-actions";
import { useClipboard } from "../use-clipboard";
import { useDraft } from "../use-draft";
import { useMakeRoom } from "../use-make-room";
import { useNoteEdits } from "../use-note-edits";
import { useFocusAfter } from "../use-focus-after";
import { usePublishing } from "../use-publishing";
import { useShortcuts } from "../use-shortcuts";
import { useTrial } from "../use-trial";
import { Board, type BoardState } from "./board";
import { type CanvasDialog, CanvasDialogs } from "./canvas-dialogs";
import { EmptyBoard } from "./empty-board";
import { ManyPanel } from "./many-panel";
import { NodeMenu } from "./node-menu";
import { ConflictNotice, FirstPublish } from "./notices";
import { Palette } from "./palette";
import { type Side, SidePanel } from "./side-panel";
import { Toolbar } from "./toolbar";
import { TrialBar } from "./trial-bar";

interface CanvasProps {
  workflow: WorkflowView;
  types: StepTypesView;
}

export function Canvas(props: CanvasProps) {
  return (
    <ReactFlowProvider>
      <CanvasInner {...props} />
    </ReactFlowProvider>
  );
}

const none: readonly string[] = [];

function CanvasInner({ workflow, types }: CanvasProps) {
  useTitle(workflow.name);
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const writer = usePermission("workflows:write");
  const editable = writer && workflow.status !== "archived";
  const mayPublish = usePermission("workflows:publish");
  const mayRun = usePermission("workflows:run");
  const wide = useMedia("(min-width: 1024px)");
  const draft = useDraft(workflow, editable);
  const [selection, setSelection] = useState<readonly string[]>(none);
  const [side, setSide] = useState<Side>("none");
  const [dialog, setDialog] = useState<CanvasDialog | null>(null);
  const board = useRef<BoardState>({ edges: [], pointer: null });
  const { definition, change } = draft;
  const [published, setPublished] = useState(definition);
  const select = useCallback((ids: readonly string[]) => {
    setSelection(ids);
    if (ids.length > 0) setSide("none");
  }, []);
  const selectOne = useCallback((id: string | null) => select(id === null ? none : [id]), [select]);
  const notes = useNoteEdits(change, useCallback((id: string) => select([noteNodeId(id)]), [select]));
  const actions = useActions({ draft, types, selection, select, openNote: notes.open, pointer: () => board.current.pointer, edges: () => board.current.edges });
  const trial = useTrial(workflow, draft);
  const publishing = usePublishing(workflow, draft, {
    onRefused: () => {
      setSelection(none);
      setSide("problems");
    },
    onPublished: (hook) => {
      setPublished(definition);
      if (hook !== null) select([hook]);
    },
  });
  const [only] = selection;
  const selected = selection.length === 1 && only !== undefined && noteIdOf(only) === null ? only : null;
  const openAdd = useCallback((place: Place = {}) => setDialog({ kind: "add", place }), []);
  const openConnect = useCallback((from: string | null) => from !== null && setDialog({ kind: "connect", from }), []);
  const showSide = useCallback((next: Side) => {
    setSelection(none);
    setSide(next);
  }, []);
  useClipboard(editable, actions);
  useShortcuts({
    editable,
    draft,
    actions,
    clear: () => {
      setSelection(none);
      setSide("none");
    },
    onAdd: () => openAdd(),
    onConnect: () => openConnect(selected),
    onHelp: () => setDialog({ kind: "help" }),
  });
  // Undoing may take away what is being looked at.
  useEffect(() => {
    const there = new Set([...nodeIds(definition), ...(definition.notes ?? []).map((note) => noteNodeId(note.id))]);
    setSelection((current) => (current.every((id) => there.has(id)) ? current : current.filter((id) => there.has(id))));
  }, [definition]);
  const menu = useMemo(
    () => ({
      addAfter: (id: string) => openAdd({ after: id }),
      addUndo: (id: string) => openAdd({ after: id, port: compensatePort }),
      connect: openConnect,
      duplicate: (id: string) => actions.duplicate([id]),
      remove: (id: string) => actions.remove([id]),
      undone: (id: string) => definition.edges.some((edge) => edge.from === id && edge.port === compensatePort),
    }),
    [openAdd, openConnect, actions, definition.edges],
  );
  const add = useCallback((item: PaletteItem, place?: Place) => {
    actions.add(item, place);
    setDialog(null);
  }, [actions]);
  const drop = useCallback((item: PaletteItem, at: Point) => actions.add(item, { at }), [actions]);
  const close = useCallback(() => setDialog(null), []);
  useFocusAfter(dialog !== null, selected);

  const panel = selected !== null || side !== "none";
  useMakeRoom(panel && wide);
  const empty = definition.triggers.length + definition.steps.length + (definition.notes ?? []).length === 0;
  const ready = draft.findings.every((finding) => finding.severity === "warning");

  return (
    <div className="absolute inset-0 flex flex-col">
      <Toolbar
        workflow={workflow}
        draft={draft}
        editable={editable}
        mayPublish={mayPublish}
        mayRun={mayRun}
        changed={definition !== published || workflow.has_unpublished_changes}
        publishing={publishing.busy}
        onAdd={() => openAdd()}
        onArrange={actions.arrange}
        onProblems={() => showSide("problems")}
        onRun={() => setDialog({ kind: "run" })}
        onTry={() => setDialog({ kind: "try" })}
        onPublish={publishing.publish}
        more={{
          note: actions.addNote,
          settings: () => showSide("settings"),
          compare: () => void draft.flush().then(() => navigate(`/workflows/${workflow.id}/compare`)),
          backtest: () => void draft.flush().then(() => navigate(`/workflows/${workflow.id}/backtests`)),
          exportFile: () => saveFile(fileName(workflow.name), writeFile(workflow.name, workflow.description, forServer(definition))),
          importFile: () => setDialog({ kind: "import" }),
          help: () => setDialog({ kind: "help" }),
        }}
      />
      <ConflictNotice draft={draft} />
      {params.get("from") === "template" && workflow.published_version == null && mayPublish && (
        <FirstPublish ready={ready} publishing={publishing.busy} onPublish={publishing.publish} />
      )}
      <TrialBar trial={trial} />
      <div className="flex min-h-0 flex-1">
        {editable && wide && (
          <div className="w-56 shrink-0 border-r border-line bg-surface">
            <Palette types={types} onAdd={add} />
          </div>
        )}
        <div className="relative min-w-0 flex-1">
              <NoteEditsContext value={editable ? notes : null}>
                <Board
                  draft={draft}
                  types={types}
                  editable={editable}
                  minimap={!panel && !empty}
                  selection={selection}
                  state={board}
                  statuses={trial.statuses}
                  taken={trial.taken}
                  onSelection={select}
                  onOpenNote={notes.open}
                  onDropItem={drop}
                >
                  {editable && selected !== null && <NodeMenu id={selected} kind={definition.steps.some((step) => step.id === selected) ? "step" : "trigger"} actions={menu} />}
                </Board>
              </NoteEditsContext>
          {empty && editable && <EmptyBoard types={types} onAdd={add} />}
          {selection.length > 1 && <ManyPanel selection={selection} editable={editable} actions={actions} onClose={() => select(none)} />}
        </div>
        <SidePanel side={side} onSide={setSide} selected={selected} onSelect={selectOne} workflow={workflow} types={types} draft={draft} editable={editable} trial={trial} />
      </div>
      <CanvasDialogs dialog={dialog} workflow={workflow} types={types} draft={draft} trial={trial} actions={actions} onAdd={add} onClose={close} onStarted={(id) => void navigate(`/executions/${id}`)} />
    </div>
  );
}
