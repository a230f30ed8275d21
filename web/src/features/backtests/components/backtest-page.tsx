import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { usePermission } from "@/api/me";
import { ButtonLink } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { cx } from "@/lib/cx";
import { plural } from "@/lib/format";
import { readDefinition } from "@/lib/graph/definition";
import { backtestQuery, backtestsQuery, isOver, workflowQuery } from "../api";
import { BacktestResult } from "./result";
import { StartForm } from "./start-form";

function Earlier({ workflowId, shown, onShow }: { workflowId: string; shown: string | undefined; onShow: (id: string) => void }) {
  const list = useQuery(backtestsQuery(workflowId));
  // The one that is shown is asked for by itself and knows sooner that it is over.
  const opened = useQuery({ ...backtestQuery(shown ?? ""), enabled: shown !== undefined }).data;
  if (list.isError) return <ErrorState error={list.error} what="Earlier tries" retry={() => void list.refetch()} />;
  if (list.data === undefined) return <Skeleton className="m-4 h-16" />;
  if (list.data.length === 0) return <p className="px-4 py-6 text-center text-small text-muted">None yet.</p>;
  return (
    <ul aria-label="Earlier tries" className="max-h-72 divide-y divide-line overflow-y-auto">
      {list.data.map((listed) => (listed.id === opened?.id ? opened : listed)).map((item) => (
        <li key={item.id}>
          <button
            type="button"
            aria-pressed={item.id === shown}
            onClick={() => onShow(item.id)}
            className={cx("flex min-h-12 w-full items-center gap-3 px-4 py-2 text-left text-small hover:bg-hover", item.id === shown && "bg-hover")}
          >
            <span className="min-w-0 flex-1">
              <Time value={item.created_at} className="block font-medium" />
              <span className="tabular text-muted">
                {plural(isOver(item.state) ? item.done : item.requested, "run")}
                {item.summary != null && `, ${item.summary.different} different`}
              </span>
            </span>
            <StatusPill status={item.state} />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Runs the draft against past runs and shows what would have come out differently. */
export function BacktestPage({ workflowId }: { workflowId: string }) {
  const [params, setParams] = useSearchParams();
  const workflow = useQuery(workflowQuery(workflowId));
  const list = useQuery(backtestsQuery(workflowId));
  const mayWrite = usePermission("workflows:write");
  const definition = useMemo(() => readDefinition(workflow.data?.draft), [workflow.data?.draft]);
  const shown = params.get("backtest") ?? list.data?.[0]?.id;
  const show = (id: string) => setParams({ backtest: id }, { replace: true });
  const stepName = (key: string) => definition.steps.find((step) => step.id === key.split("[")[0])?.name ?? key;
  if (workflow.isError) return <ErrorState error={workflow.error} what="The workflow" retry={() => void workflow.refetch()} />;
  const name = workflow.data?.name ?? "Workflow";
  return (
    <Page
      title="Try on past runs"
      crumbs={[{ label: "Workflows", to: "/workflows" }, { label: name, to: `/workflows/${workflowId}` }]}
      description="What the draft would have done with what really came in."
      actions={
        <ButtonLink to={`/workflows/${workflowId}`} variant="secondary">
          <Pencil aria-hidden /> Draft
        </ButtonLink>
      }
    >
      <div className="mb-4 grid items-start gap-4 lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
        <Section title="Try the draft">
          {mayWrite ? <StartForm workflowId={workflowId} onStarted={show} /> : <p className="text-muted">Your role can look at results. A manager can start a new try.</p>}
        </Section>
        <Section title="Earlier tries" bodyClassName="">
          <Earlier workflowId={workflowId} shown={shown} onShow={show} />
        </Section>
      </div>
      {shown !== undefined && <BacktestResult key={shown} id={shown} stepName={stepName} />}
    </Page>
  );
}
