import { Link } from "react-router";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Archive, ArchiveRestore, PlaySquare, Workflow } from "lucide-react";
import { useNavigate } from "react-router";
import { usePermission } from "@/api/me";
import type { WorkflowSummary } from "@/api/types";
import { ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { Menu } from "@/components/ui/menu";
import { EmptyState, ErrorState, SkeletonRows } from "@/components/ui/states";
import { Pill, StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { plural, triggerName } from "@/lib/format";
import { useArchiveWorkflow, workflowsQuery } from "../api";

function Actions({ workflow }: { workflow: WorkflowSummary }) {
  const mayArchive = usePermission("workflows:archive");
  const archive = useArchiveWorkflow();
  const toast = useToast();
  const navigate = useNavigate();
  const archived = workflow.status === "archived";
  const change = (to: boolean) =>
    archive.mutate(
      { id: workflow.id, archive: to },
      {
        onSuccess: () =>
          toast({
            title: to ? `“${workflow.name}” archived` : `“${workflow.name}” is back`,
            detail: to ? "Its triggers no longer start runs." : undefined,
            ...(to ? { action: { label: "Undo", onClick: () => change(false) } } : {}),
          }),
        onError: (error) => toast({ title: "That didn't work", detail: error.message, tone: "failure" }),
      },
    );
  return (
    <Menu
      label={`Actions for ${workflow.name}`}
      actions={[
        { label: "Runs", icon: PlaySquare, onSelect: () => void navigate(`/executions?workflow_id=${workflow.id}`) },
        ...(mayArchive
          ? [{ label: archived ? "Take out of the archive" : "Archive", icon: archived ? ArchiveRestore : Archive, onSelect: () => change(!archived) }]
          : []),
      ]}
    />
  );
}

function Row({ workflow }: { workflow: WorkflowSummary }) {
  const { failures_24h: failures, executions_24h: runs } = workflow;
  return (
    <div className="relative flex items-center gap-3 px-4 py-3.5 hover:bg-hover md:gap-4 md:px-5">
      <div className="min-w-0 flex-1">
        <Link to={`/workflows/${workflow.id}`} className="block truncate font-medium before:absolute before:inset-0">
          {workflow.name}
        </Link>
        <p className="truncate text-small text-muted">
          {workflow.trigger_types.length === 0 ? "No trigger yet" : workflow.trigger_types.map(triggerName).join(", ")}
          {workflow.published_version != null && ` · version ${workflow.published_version}`}
          {workflow.template != null && " · from a template"}
        </p>
      </div>
      <div className="tabular hidden w-40 text-right text-small text-muted md:block">
        <span className="block">{plural(runs, "run")} in 24 h</span>
        {failures > 0 ? <span className="block font-medium text-failure">{failures} failed</span> : workflow.last_execution_at != null && (
          <span className="block text-faint">
            last <Time value={workflow.last_execution_at} />
          </span>
        )}
      </div>
      {workflow.status === "active" && workflow.has_unpublished_changes && <Pill className="max-lg:hidden">Unpublished changes</Pill>}
      <StatusPill status={workflow.status} />
      <div className="relative">
        <Actions workflow={workflow} />
      </div>
    </div>
  );
}

export function WorkflowList({ status }: { status: string }) {
  const list = useInfiniteQuery(workflowsQuery(status));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card className="overflow-hidden">
      {list.isPending && <SkeletonRows label="Loading workflows" />}
      {list.isError && <ErrorState error={list.error} what="The workflows" retry={() => void list.refetch()} />}
      {list.isSuccess && items.length === 0 && (
        <EmptyState
          icon={Workflow}
          title={status === "" ? "No workflow yet" : `No ${status} workflow`}
          action={<ButtonLink to="/templates">Choose a template</ButtonLink>}
        >
          A workflow does the same thing every time something happens: a lead comes in, a call is missed, a car is sold.
        </EmptyState>
      )}
      <ul aria-label="Workflows" className="divide-y divide-line">
        {items.map((workflow) => (
          <li key={workflow.id}>
            <Row workflow={workflow} />
          </li>
        ))}
      </ul>
      <LoadMore hasMore={list.hasNextPage} busy={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Card>
  );
}
