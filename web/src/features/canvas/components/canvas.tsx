import { useCallback, useEffect, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { usePermission } from "@/api/me";
import type { StepTypesView, WorkflowView } from "@/api/types";
import { Dialog } from "@/components/ui/dialog";
import type { Point } from "@/lib/graph/definition";
import { asSchema } from "@/lib/json-schema/fields";
import { useMedia } from "@/lib/use-media";
import { useTitle } from "@/lib/use-title";
import { addStep, addTrigger, arrange, nodeIds } from "../model/edit";
import { type PaletteItem, startingConfig } from "../model/palette";
import { useDraft } from "../use-draft";
import { useMakeRoom } from "../use-make-room";
import { usePublishing } from "../use-publishing";
import { useShortcuts } from "../use-shortcuts";
import { Board } from "./board";
import { EmptyBoard } from "./empty-board";
import { Inspector } from "./inspector";
import { ConflictNotice, FirstPublish } from "./notices";
import { Palette } from "./palette";
import { ProblemList } from "./problem-list";
import { RunNow } from "./run-now";
import { Toolbar } from "./toolbar";

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

function CanvasInner({ workflow, types }: CanvasProps) {
  useTitle(workflow.name);
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const { fitView } = useReactFlow();
  const editable = usePermission("workflows:write") && workflow.status !== "archived";
  const mayPublish = usePermission("workflows:publish");
  const mayRun = usePermission("workflows:run");
  const wide = useMedia("(min-width: 1024px)");
  const draft = useDraft(workflow, editable);
  const [selected, setSelected] = useState<string | null>(null);
  const [side, setSide] = useState<"none" | "problems">("none");
  const [adding, setAdding] = useState(false);
  const [running, setRunning] = useState(false);
  const { definition, change } = draft;
  const [published, setPublished] = useState(definition);
  const select = useCallback((id: string | null) => {
    setSelected(id);
    if (id !== null) setSide("none");
  }, []);
  const publishing = usePublishing(workflow, draft, {
    onRefused: () => {
      setSelected(null);
      setSide("problems");
    },
    onPublished: (hook) => {
      setPublished(definition);
      if (hook !== null) select(hook);
    },
  });
  useShortcuts(editable, draft);
  // Undoing may take away what is being looked at.
  useEffect(() => {
    if (selected !== null && !nodeIds(definition).includes(selected)) setSelected(null);
  }, [definition, selected]);

  const add = (item: PaletteItem, at?: Point) => {
    const config = startingConfig(asSchema(item.schema));
    const added =
      item.kind === "trigger"
        ? addTrigger(definition, { type: item.type, config }, at)
        : addStep(definition, { type: item.type, name: item.name, config }, at === undefined ? { after: selected } : { at }, types.steps);
    change(() => added.definition);
    select(added.id);
    setAdding(false);
    if (at === undefined) requestAnimationFrame(() => void fitView({ padding: 0.2, maxZoom: 1, duration: 150 }));
  };
  const doArrange = () => {
    change(arrange);
    requestAnimationFrame(() => void fitView({ padding: 0.2, maxZoom: 1, duration: 150 }));
  };

  const panel =
    selected !== null ? (
      <Inspector draft={draft} types={types} triggers={workflow.triggers} parameters={workflow.parameters} editable={editable} published={workflow.published_version != null} selected={selected} onSelect={select} />
    ) : side === "problems" ? (
      <ProblemList draft={draft} onSelect={select} onClose={() => setSide("none")} />
    ) : null;
  useMakeRoom(panel !== null && wide);
  const empty = definition.triggers.length + definition.steps.length === 0;
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
        onAdd={() => setAdding(true)}
        onArrange={doArrange}
        onProblems={() => {
          setSelected(null);
          setSide("problems");
        }}
        onRun={() => setRunning(true)}
        onPublish={publishing.publish}
      />
      <ConflictNotice draft={draft} />
      {params.get("from") === "template" && workflow.published_version == null && mayPublish && (
        <FirstPublish ready={ready} publishing={publishing.busy} onPublish={publishing.publish} />
      )}
      <div className="flex min-h-0 flex-1">
        {editable && wide && (
          <div className="w-56 shrink-0 border-r border-line bg-surface">
            <Palette types={types} onAdd={add} />
          </div>
        )}
        <div className="relative min-w-0 flex-1">
          <Board draft={draft} types={types} editable={editable} minimap={panel === null && !empty} selected={selected} onSelect={select} onDropItem={add} />
          {empty && editable && <EmptyBoard types={types} onAdd={add} />}
        </div>
        {panel !== null && (
          <div className="fixed inset-x-0 bottom-0 z-40 h-[65dvh] rounded-t-large border-t border-line bg-surface shadow-float md:static md:z-auto md:h-auto md:w-88 md:shrink-0 md:rounded-none md:border-t-0 md:border-l md:shadow-none">
            {panel}
          </div>
        )}
      </div>
      <Dialog open={adding} onClose={() => setAdding(false)} title="Add a step">
        <div className="-mx-3 h-[60dvh]">
          <Palette types={types} onAdd={add} />
        </div>
      </Dialog>
      <RunNow workflowId={workflow.id} open={running} onClose={() => setRunning(false)} onStarted={(id) => void navigate(`/executions/${id}`)} />
    </div>
  );
}
