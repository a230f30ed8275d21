import { useCallback, useMemo } from "react";
import { Link, useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { stepTypesQuery } from "@/api/step-types";
import type { WorkflowView } from "@/api/types";
import { useTimeZone } from "@/api/me";
import GraphView from "@/components/graph/graph-view";
import { buttonClass } from "@/components/ui/button";
import { Select } from "@/components/ui/field";
import { Breadcrumbs } from "@/components/ui/page";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { formatDateTime, plural } from "@/lib/format";
import { type Definition, readDefinition } from "@/lib/graph/definition";
import { useTitle } from "@/lib/use-title";
import { GitCompareArrows } from "lucide-react";
import { versionQuery, versionsQuery, workflowQuery } from "../api";
import { compare, marksOf } from "../model/compare";
import { ChangeList } from "./change-list";

const draft = "draft";

/** A version's definition by its number, or the draft's. */
function useDefinition(workflow: WorkflowView, which: string): { definition: Definition | null; error: unknown } {
  const number = Number(which);
  const version = useQuery({ ...versionQuery(workflow.id, number), enabled: which !== draft && which !== "" });
  const definition = useMemo(
    () => (which === draft ? readDefinition(workflow.draft) : version.data === undefined ? null : readDefinition(version.data.definition)),
    [which, workflow.draft, version.data],
  );
  return { definition, error: version.error };
}

function useChoice(name: string, otherwise: string): [string, (value: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string) =>
      setParams(
        (current) => {
          const next = new URLSearchParams(current);
          next.set(name, value);
          return next;
        },
        { replace: true },
      ),
    [name, setParams],
  );
  return [params.get(name) ?? otherwise, set];
}

interface PickProps {
  workflow: WorkflowView;
  label: string;
  value: string;
  onChange: (value: string) => void;
}

function Pick({ workflow, label, value, onChange }: PickProps) {
  const versions = useQuery(versionsQuery(workflow.id)).data ?? [];
  const zone = useTimeZone();
  return (
    <Select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value={draft}>Draft</option>
      {versions.map((version) => (
        <option key={version.version} value={version.version}>
          Version {version.version}
          {version.version === workflow.published_version ? " (published)" : ""} · {formatDateTime(version.published_at, zone)}
        </option>
      ))}
    </Select>
  );
}

function Comparing({ workflow }: { workflow: WorkflowView }) {
  useTitle(`Compare versions of ${workflow.name}`);
  const [from, setFrom] = useChoice("from", String(workflow.published_version ?? draft));
  const [to, setTo] = useChoice("to", draft);
  const [step, setStep] = useChoice("step", "");
  const types = useQuery(stepTypesQuery).data;
  const before = useDefinition(workflow, from);
  const after = useDefinition(workflow, to);
  const comparison = useMemo(() => (before.definition === null || after.definition === null ? null : compare(before.definition, after.definition)), [before.definition, after.definition]);
  const marks = useMemo(() => (comparison === null ? null : { before: marksOf(comparison, "before"), after: marksOf(comparison, "after") }), [comparison]);
  const select = useCallback((id: string | null) => setStep(id ?? ""), [setStep]);
  const problem = before.error ?? after.error;
  if (problem !== null) return <ErrorState error={problem} what="The version" />;
  const sides = [
    { side: "before" as const, label: "Before", value: from, set: setFrom, definition: before.definition },
    { side: "after" as const, label: "After", value: to, set: setTo, definition: after.definition },
  ];
  const count = comparison === null ? 0 : comparison.nodes.length + comparison.edges.length + comparison.settings.length;
  return (
    <div className="absolute inset-0 flex flex-col overflow-y-auto lg:overflow-hidden">
      <header className="flex flex-wrap items-center justify-between gap-3 border-b border-line bg-surface px-4 py-2">
        <div className="min-w-0">
          <Breadcrumbs
            crumbs={[
              { label: "Workflows", to: "/workflows" },
              { label: workflow.name, to: `/workflows/${workflow.id}` },
            ]}
            current="Compare versions"
          />
          <h1 className="text-title font-semibold">{comparison === null ? "Compare versions" : count === 0 ? "No differences" : plural(count, "difference")}</h1>
        </div>
        <Link to={`/workflows/${workflow.id}`} className={buttonClass("secondary")}>
          Back to the canvas
        </Link>
      </header>
      <div className="flex flex-col lg:min-h-0 lg:flex-1 lg:flex-row">
        <div className="grid shrink-0 grid-cols-1 lg:min-h-0 lg:shrink lg:flex-1 divide-y divide-line sm:grid-cols-2 sm:divide-x sm:divide-y-0">
          {sides.map(({ side, label, value, set, definition }) => (
            <section key={side} aria-label={label} className="flex h-80 min-h-0 min-w-0 flex-col lg:h-full">
              <div className="flex items-center gap-2 border-b border-line bg-surface px-3 py-2">
                <span className="w-12 shrink-0 text-small font-medium text-muted">{label}</span>
                <div className="min-w-0 flex-1">
                  <Pick workflow={workflow} label={`Version ${label.toLowerCase()}`} value={value} onChange={set} />
                </div>
              </div>
              <div className="relative min-h-0 flex-1">
                {definition === null || marks === null ? (
                  <div role="status" aria-label="Loading the version" className="h-full p-4">
                    <Skeleton className="h-full" />
                  </div>
                ) : (
                  <GraphView key={value} label={`${label}: steps`} definition={definition} types={types} marks={marks[side]} selected={step === "" ? null : step} onSelect={select} />
                )}
              </div>
            </section>
          ))}
        </div>
        {comparison !== null && (
          <aside aria-label="Differences" className="w-full shrink-0 border-line bg-surface max-lg:border-t lg:w-96 lg:overflow-y-auto lg:border-l">
            {count === 0 ? (
              <EmptyState icon={GitCompareArrows} title="They do the same">
                {from === to ? "The same version stands on both sides. Choose another one." : "Only places, notes or pinned data differ, if anything."}
              </EmptyState>
            ) : (
              <ChangeList comparison={comparison} names={after.definition} older={before.definition} step={step} onSelect={select} />
            )}
          </aside>
        )}
      </div>
    </div>
  );
}

/** Two versions side by side, with what differs marked on both. */
export function ComparePage({ id }: { id: string }) {
  const workflow = useQuery(workflowQuery(id));
  if (workflow.isError) return <ErrorState error={workflow.error} what="The workflow" retry={() => void workflow.refetch()} />;
  if (workflow.data === undefined) {
    return (
      <div role="status" aria-label="Loading the workflow" className="flex flex-1 flex-col gap-3 p-4">
        <Skeleton className="h-12" />
        <Skeleton className="min-h-96 flex-1" />
      </div>
    );
  }
  return <Comparing workflow={workflow.data} />;
}
