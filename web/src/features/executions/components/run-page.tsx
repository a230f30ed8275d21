import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { usePermission } from "@/api/me";
import { stepTypesQuery } from "@/api/step-types";
import { Card } from "@/components/ui/card";
import { Sheet } from "@/components/ui/dialog";
import { Page } from "@/components/ui/page";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { StatusPill } from "@/components/ui/status";
import { Tabs } from "@/components/ui/tabs";
import { readDefinition } from "@/lib/graph/definition";
import { useNow } from "@/lib/use-now";
import { useWide } from "@/lib/use-media";
import { mostRead } from "../api";
import { isOver } from "../model/fold";
import { definitionId, groupSteps, loopSizes } from "../model/instances";
import { startPoints } from "../model/replay";
import { nodeStatuses, portTaken } from "../model/statuses";
import { useLiveExecution } from "../use-live-execution";
import { EffectList } from "./effect-list";
import { FileList } from "./file-list";
import { ReplayDialog } from "./replay-dialog";
import { RunActions } from "./run-actions";
import { LivePill, RunError, RunFacts, RunNotices, RunWaits } from "./run-header";
import { RunPanel } from "./run-panel";
import { EventList, LogList } from "./run-tabs";
import { StepList } from "./step-list";
import { StepPanel } from "./step-panel";
import { Timeline } from "./timeline";

const GraphView = lazy(() => import("@/components/graph/graph-view"));
const crumbs = [{ label: "Runs", to: "/executions" }];

function Loading() {
  return (
    <Page title="Run" crumbs={crumbs}>
      <div role="status" aria-label="Loading the run" className="space-y-4">
        <Skeleton className="h-96 rounded-large" />
        <Skeleton className="h-48 rounded-large" />
      </div>
    </Page>
  );
}

function useParam(name: string): [string | null, (value: string | null) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string | null) =>
      setParams(
        (current) => {
          const next = new URLSearchParams(current);
          if (value === null) next.delete(name);
          else next.set(name, value);
          return next;
        },
        { replace: true },
      ),
    [name, setParams],
  );
  return [params.get(name), set];
}

export function RunPage({ id }: { id: string }) {
  const { stored, view, events, logs, socket } = useLiveExecution(id);
  const types = useQuery(stepTypesQuery).data;
  const [step, setStep] = useParam("step");
  const [tab, setTab] = useParam("tab");
  const wide = useWide();
  const mayReplay = usePermission("executions:replay");
  const mayFiles = usePermission("files:read");
  const [replayFrom, setReplayFrom] = useState<string | null>(null);
  const over = view === undefined || isOver(view.status);
  const now = useNow(over ? 60_000 : 1000);
  const definition = useMemo(() => readDefinition(stored.data?.definition), [stored.data?.definition]);
  const sizes = useMemo(() => loopSizes(events.data ?? []), [events.data]);
  const groups = useMemo(() => groupSteps(view?.steps ?? []), [view?.steps]);
  const statuses = useMemo(() => nodeStatuses(view, definition, groups, sizes, now), [view, definition, groups, sizes, now]);
  const taken = useMemo(() => portTaken(view, definition, groups), [view, definition, groups]);
  const stepName = useCallback(
    (key: string) => definition.steps.find((item) => item.id === definitionId(key))?.name ?? key,
    [definition],
  );
  const choose = useCallback(
    (chosen: string | null) => setStep(chosen !== null && definition.steps.some((item) => item.id === definitionId(chosen)) ? chosen : null),
    [definition, setStep],
  );
  if (stored.isError) return <ErrorState error={stored.error} what="The run" retry={() => void stored.refetch()} />;
  if (view === undefined) return <Loading />;
  const stepId = step === null ? null : definitionId(step);
  const undone = definition.edges.find((edge) => edge.port === "compensate" && edge.to === stepId)?.from;
  const replayable = stepId !== null && mayReplay && over && startPoints(view, definition).some((point) => point.id === stepId);
  const stepPanel = step !== null && stepId !== null && (
    <StepPanel
      key={stepId}
      view={view}
      events={events.data ?? []}
      stepKey={step}
      group={groups.get(stepId)}
      name={stepName(step)}
      undoes={undone === undefined ? null : stepName(undone)}
      onPick={setStep}
      onReplay={replayable ? () => setReplayFrom(stepId) : null}
      onClose={() => setStep(null)}
    />
  );
  const whole = (events.data?.length ?? 0) < mostRead;
  const tabs = [
    { id: "timeline", label: "Timeline", content: <Timeline view={view} events={events.data ?? []} whole={whole} stepName={stepName} selected={step} onSelect={choose} /> },
    { id: "events", label: `Events ${events.data?.length ?? ""}`, content: <EventList events={events.data ?? []} stepName={stepName} /> },
    { id: "logs", label: `Logs ${logs.data?.length ?? ""}`, content: <LogList logs={logs.data ?? []} stepName={stepName} /> },
    { id: "effects", label: `Effects ${view.effects.length}`, content: <EffectList executionId={id} effects={view.effects} stepName={stepName} /> },
    ...(mayFiles ? [{ id: "files", label: "Files", content: <FileList executionId={id} stepName={stepName} /> }] : []),
  ];
  return (
    <Page
      title={view.workflow_name}
      crumbs={crumbs}
      badge={
        <span aria-live="polite" className="flex gap-2">
          <StatusPill status={view.status} />
          <LivePill socket={socket} over={over} />
        </span>
      }
      description={<RunFacts view={view} />}
      actions={<RunActions view={view} onReplay={() => setReplayFrom("")} />}
    >
      <RunError view={view} stepName={stepName} />
      <RunNotices view={view} events={events.data ?? []} />
      <RunWaits view={view} stepName={stepName} />
      <Card className="mb-4 overflow-hidden">
        {wide ? (
          <div className="grid h-[34rem] grid-cols-[minmax(0,1fr)_20rem] lg:grid-cols-[minmax(0,1fr)_24rem]">
            <Suspense fallback={<Skeleton className="h-full" />}>
              <GraphView label="Steps of the run" definition={definition} types={types} statuses={statuses} taken={taken} selected={stepId} onSelect={choose} />
            </Suspense>
            <div className="min-h-0 border-l border-line">{stepPanel || <RunPanel view={view} />}</div>
          </div>
        ) : (
          <>
            <StepList definition={definition} statuses={statuses} selected={stepId} onSelect={choose} />
            <div className="border-t border-line">
              <RunPanel view={view} />
            </div>
            <Sheet open={step !== null} onClose={() => setStep(null)} label={step === null ? "Step" : stepName(step)}>
              {stepPanel}
            </Sheet>
          </>
        )}
      </Card>
      <Card className="overflow-hidden">
        <Tabs label="About the run" items={tabs} selected={tab ?? "timeline"} onSelect={(next) => setTab(next === "timeline" ? null : next)} />
      </Card>
      <ReplayDialog view={view} definition={definition} from={replayFrom} onClose={() => setReplayFrom(null)} />
    </Page>
  );
}
