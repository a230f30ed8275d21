import { lazy, Suspense, useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
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
import { isOver } from "../model/fold";
import { nodeStatuses, portTaken } from "../model/statuses";
import { useLiveExecution } from "../use-live-execution";
import { EffectList } from "./effect-list";
import { LivePill, RunActions, RunError, RunFacts } from "./run-header";
import { EventList, LogList } from "./run-tabs";
import { StepList } from "./step-list";
import { RunPanel, StepPanel } from "./step-panel";

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
  const over = view === undefined || isOver(view.status);
  const now = useNow(over ? 60_000 : 1000);
  const definition = useMemo(() => readDefinition(stored.data?.definition), [stored.data?.definition]);
  const statuses = useMemo(() => nodeStatuses(view, now), [view, now]);
  const taken = useMemo(() => portTaken(view), [view]);
  const stepName = useCallback(
    (stepId: string) => definition.steps.find((item) => item.id === stepId)?.name ?? stepId,
    [definition],
  );
  const choose = useCallback(
    (chosen: string | null) => setStep(chosen !== null && definition.steps.some((item) => item.id === chosen) ? chosen : null),
    [definition, setStep],
  );
  if (stored.isError) return <ErrorState error={stored.error} what="The run" retry={() => void stored.refetch()} />;
  if (view === undefined) return <Loading />;
  const stepPanel = step !== null && <StepPanel view={view} stepId={step} name={stepName(step)} onClose={() => setStep(null)} />;
  const tabs = [
    { id: "events", label: `Events ${events.data?.length ?? ""}`, content: <EventList events={events.data ?? []} stepName={stepName} /> },
    { id: "logs", label: `Logs ${logs.data?.length ?? ""}`, content: <LogList logs={logs.data ?? []} stepName={stepName} /> },
    { id: "effects", label: `Effects ${view.effects.length}`, content: <EffectList executionId={id} effects={view.effects} stepName={stepName} /> },
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
      actions={<RunActions view={view} />}
    >
      <RunError view={view} stepName={stepName} />
      <Card className="mb-4 overflow-hidden">
        {wide ? (
          <div className="grid h-[34rem] grid-cols-[minmax(0,1fr)_20rem] lg:grid-cols-[minmax(0,1fr)_24rem]">
            <Suspense fallback={<Skeleton className="h-full" />}>
              <GraphView label="Steps of the run" definition={definition} types={types} statuses={statuses} taken={taken} selected={step} onSelect={choose} />
            </Suspense>
            <div className="min-h-0 border-l border-line">{stepPanel || <RunPanel view={view} />}</div>
          </div>
        ) : (
          <>
            <StepList definition={definition} statuses={statuses} selected={step} onSelect={choose} />
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
        <Tabs label="About the run" items={tabs} selected={tab ?? "events"} onSelect={(next) => setTab(next === "events" ? null : next)} />
      </Card>
    </Page>
  );
}
