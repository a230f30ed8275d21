import { useState } from "react";
import {
  CircleAlert, CircleCheck, CloudAlert, Download, FileInput, FlaskConical, GitCompareArrows, History, Keyboard, LoaderCircle, type LucideIcon, Network, Pencil, Play, Plus, Redo2,
  Settings2, StickyNote, Undo2, Upload,
} from "lucide-react";
import type { WorkflowView } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { Menu } from "@/components/ui/menu";
import { Breadcrumbs } from "@/components/ui/page";
import { StatusPill } from "@/components/ui/status";
import { cx } from "@/lib/cx";
import { plural } from "@/lib/format";
import { useRename } from "../api";
import type { Draft, SaveState } from "../use-draft";

const saveLooks: Record<SaveState, { label: string; icon: LucideIcon }> = {
  saved: { label: "Saved", icon: CircleCheck },
  changed: { label: "Unsaved", icon: Pencil },
  saving: { label: "Saving", icon: LoaderCircle },
  conflict: { label: "Changed elsewhere", icon: CloudAlert },
  failed: { label: "Not saved", icon: CloudAlert },
};

function SaveMark({ state }: { state: SaveState }) {
  const look = saveLooks[state];
  const bad = state === "conflict" || state === "failed";
  return (
    <span role="status" className={cx("flex items-center gap-1.5 text-small", bad ? "font-medium text-failure" : "text-faint")}>
      <look.icon aria-hidden className="size-4" />
      <span className={cx(!bad && "sr-only lg:not-sr-only")}>{look.label}</span>
    </span>
  );
}

function Name({ workflow, editable }: { workflow: WorkflowView; editable: boolean }) {
  const [name, setName] = useState(workflow.name);
  const rename = useRename(workflow.id);
  const done = () => {
    const next = name.trim();
    if (next === "" || next === workflow.name) setName(workflow.name);
    else rename.mutate(next, { onError: () => setName(workflow.name) });
  };
  if (!editable) return <h1 className="truncate text-title font-semibold">{workflow.name}</h1>;
  return (
    <h1 className="inline-grid min-w-0 text-title font-semibold">
      <span aria-hidden className="invisible col-start-1 row-start-1 -ml-1.5 truncate border-r-2 border-transparent px-1.5 whitespace-pre">
        {name === "" ? " " : name}
      </span>
      <input
        aria-label="Name of the workflow"
        size={1}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
        }}
        className="col-start-1 row-start-1 -ml-1.5 w-[calc(100%+6px)] min-w-0 truncate rounded-small bg-transparent px-1.5 text-title font-semibold hover:bg-hover focus:bg-surface"
      />
    </h1>
  );
}

export interface MoreActions {
  note: () => void;
  settings: () => void;
  compare: () => void;
  backtest: () => void;
  exportFile: () => void;
  importFile: () => void;
  help: () => void;
}

function More({ actions, editable, compared }: { actions: MoreActions; editable: boolean; compared: boolean }) {
  return (
    <Menu
      label="More for this workflow"
      actions={[
        ...(editable ? [{ label: "Add a note", icon: StickyNote, onSelect: actions.note }] : []),
        { label: "Workflow settings", icon: Settings2, onSelect: actions.settings },
        ...(compared ? [{ label: "Compare versions", icon: GitCompareArrows, onSelect: actions.compare }] : []),
        ...(compared ? [{ label: "Try on past runs", icon: History, onSelect: actions.backtest }] : []),
        { label: "Export JSON", icon: Download, onSelect: actions.exportFile },
        ...(editable ? [{ label: "Import JSON", icon: FileInput, onSelect: actions.importFile }] : []),
        { label: "Keyboard shortcuts", icon: Keyboard, onSelect: actions.help },
      ]}
    />
  );
}

interface ToolbarProps {
  workflow: WorkflowView;
  draft: Draft;
  editable: boolean;
  mayPublish: boolean;
  mayRun: boolean;
  /** Whether the draft differs from what is published. */
  changed: boolean;
  publishing: boolean;
  onAdd: () => void;
  onArrange: () => void;
  onProblems: () => void;
  onRun: () => void;
  onTry: () => void;
  onPublish: () => void;
  more: MoreActions;
}

export function Toolbar({ workflow, draft, editable, mayPublish, mayRun, changed, publishing, onAdd, onArrange, onProblems, onRun, onTry, onPublish, more }: ToolbarProps) {
  const errors = draft.findings.filter((finding) => finding.severity !== "warning").length;
  const nothingNew = workflow.published_version != null && !changed;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line bg-surface px-4 py-2">
      <div className="min-w-0 flex-1 basis-64">
        <Breadcrumbs crumbs={[{ label: "Workflows", to: "/workflows" }]} current={workflow.published_version == null ? "Draft" : `Version ${workflow.published_version}`} />
        <div className="flex items-center gap-3">
          <Name key={workflow.name} workflow={workflow} editable={editable} />
          <StatusPill status={workflow.status} className="max-sm:hidden" />
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-1">
        {editable && (
          <>
            <SaveMark state={draft.state} />
            <IconButton label="Add a step" onClick={onAdd} className="lg:hidden">
              <Plus aria-hidden />
            </IconButton>
            <IconButton label="Undo" disabled={!draft.canUndo} onClick={draft.undo}>
              <Undo2 aria-hidden />
            </IconButton>
            <IconButton label="Redo" disabled={!draft.canRedo} onClick={draft.redo}>
              <Redo2 aria-hidden />
            </IconButton>
            <IconButton label="Arrange" onClick={onArrange}>
              <Network aria-hidden />
            </IconButton>
            <Button variant="ghost" size="small" className={cx("h-9", errors > 0 && "text-failure")} onClick={onProblems}>
              {errors > 0 ? <CircleAlert aria-hidden /> : <CircleCheck aria-hidden />}
              {errors > 0 ? plural(errors, "problem") : "Valid"}
            </Button>
          </>
        )}
        <More actions={more} editable={editable} compared={workflow.published_version != null} />
        {editable && (
          <Button variant="secondary" onClick={onTry} title="Run the draft without anything leaving the house">
            <FlaskConical aria-hidden /> <span className="max-sm:sr-only">Test draft</span>
          </Button>
        )}
        {mayRun && workflow.status === "active" && (
          <Button variant="secondary" onClick={onRun}>
            <Play aria-hidden /> <span className="max-sm:sr-only">Run now</span>
          </Button>
        )}
        {mayPublish && workflow.status !== "archived" && (
          <Button busy={publishing} disabled={nothingNew} title={nothingNew ? "Everything is published" : undefined} onClick={onPublish}>
            <Upload aria-hidden /> Publish
          </Button>
        )}
      </div>
    </div>
  );
}
