import { RotateCcw, X } from "lucide-react";
import type { ExecutionEventView, ExecutionView } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { JsonView } from "@/components/ui/json-view";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { formatSeconds, secondsBetween } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { isOver } from "../model/fold";
import { mostTelling, roundName, type StepGroup } from "../model/instances";
import { attemptsOf } from "../model/timeline";
import { AttemptsPart, CostPart, EffectsPart, ErrorPart, Part, WaitPart } from "./parts";
import { RoundPicker } from "./round-picker";

const notStarted: Record<string, string> = {
  skipped: "The way here wasn't taken.",
  not_run: "The run ended before this step.",
};

interface StepPanelProps {
  view: ExecutionView;
  events: ExecutionEventView[];
  /** The step, or one round of it. */
  stepKey: string;
  group: StepGroup | undefined;
  name: string;
  /** The name of the step that this one undoes, if it is for that. */
  undoes: string | null;
  onPick: (key: string) => void;
  onReplay: (() => void) | null;
  onClose: () => void;
}

/** What went into one step, what came out, what it cost and why it failed. */
export function StepPanel({ view, events, stepKey, group, name, undoes, onPick, onReplay, onClose }: StepPanelProps) {
  const now = useNow(1000);
  const runs = group?.runs ?? [];
  const step = runs.find((run) => run.step_id === stepKey) ?? mostTelling(runs);
  const seconds = secondsBetween(step?.started_at, step?.ended_at, now);
  const reached = step?.status ?? "pending";
  const status = reached === "pending" && isOver(view.status) ? "not_run" : reached;
  const round = roundName(step?.step_id ?? "");
  return (
    <aside aria-label={`Step ${name}`} className="flex h-full flex-col">
      <header className="flex items-start justify-between gap-3 border-b border-line py-3 pr-3 pl-4">
        <div className="min-w-0 space-y-1">
          <h2 className="font-semibold break-words">
            {name}
            {round !== "" && <span className="font-normal text-muted">, {round}</span>}
          </h2>
          <p className="tabular flex flex-wrap items-center gap-2 text-small text-muted">
            <StatusPill status={status} />
            {seconds !== null && formatSeconds(seconds)}
            {(step?.attempt ?? 1) > 1 && <span>attempt {step?.attempt}</span>}
          </p>
        </div>
        <IconButton label="Close" onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </header>
      {group?.looped === true && step !== undefined && runs.length > 1 && <RoundPicker runs={runs} current={step} onPick={onPick} />}
      <div className="min-h-0 flex-1 space-y-4 overflow-y-auto p-4">
        {undoes !== null && <p className="text-small text-muted">Runs only when the run fails or is cancelled: it undoes what “{undoes}” did.</p>}
        <ErrorPart error={step?.error} />
        {step !== undefined && <WaitPart step={step} />}
        {step?.port != null && step.port !== "out" && <p className="text-small text-muted">{step.port === "*" ? "Left by all its branches" : `Left by “${step.port}”`}</p>}
        {step?.started_at != null && (
          <p className="text-small text-muted">
            Started <Time value={step.started_at} as="datetime" />
          </p>
        )}
        {step !== undefined && <AttemptsPart attempts={attemptsOf(events, step.step_id)} now={now} />}
        {step?.output != null && <Part title="Output"><JsonView value={step.output} label="output" /></Part>}
        {step?.input != null && <Part title="Input"><JsonView value={step.input} label="input" /></Part>}
        {step !== undefined && <CostPart steps={[step]} />}
        <EffectsPart effects={view.effects.filter((effect) => effect.step_id === step?.step_id)} />
        {step?.started_at == null && <p className="text-small text-muted">{undoes !== null && status !== "pending" ? "There was nothing to undo." : (notStarted[status] ?? "This step hasn't started.")}</p>}
        {onReplay !== null && (
          <Button variant="secondary" size="small" onClick={onReplay}>
            <RotateCcw aria-hidden /> Replay from here
          </Button>
        )}
      </div>
    </aside>
  );
}
