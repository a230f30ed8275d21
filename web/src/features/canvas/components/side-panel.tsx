import type { StepTypesView, WorkflowView } from "@/api/types";
import type { Draft } from "../use-draft";
import type { Trial } from "../use-trial";
import { Inspector } from "./inspector";
import { ProblemList } from "./problem-list";
import { WorkflowSettingsPanel } from "./workflow-settings";

export type Side = "none" | "problems" | "settings";

interface SidePanelProps {
  side: Side;
  onSide: (side: Side) => void;
  selected: string | null;
  onSelect: (id: string | null) => void;
  workflow: WorkflowView;
  types: StepTypesView;
  draft: Draft;
  trial: Trial;
  editable: boolean;
}

function Content({ side, onSide, selected, workflow, ...rest }: SidePanelProps) {
  const { draft, onSelect, editable } = rest;
  if (selected !== null) return <Inspector {...rest} workflow={workflow} selected={selected} />;
  if (side === "problems") return <ProblemList draft={draft} onSelect={onSelect} onClose={() => onSide("none")} />;
  return <WorkflowSettingsPanel draft={draft} workflowId={workflow.id} editable={editable} onClose={() => onSide("none")} />;
}

/** Beside the canvas; on a phone it rises from below. */
export function SidePanel(props: SidePanelProps) {
  if (props.selected === null && props.side === "none") return null;
  return (
    <div className="fixed inset-x-0 bottom-0 z-40 h-[65dvh] rounded-t-large border-t border-line bg-surface shadow-float md:static md:z-auto md:h-auto md:w-88 md:shrink-0 md:rounded-none md:border-t-0 md:border-l md:shadow-none">
      <Content {...props} />
    </div>
  );
}
