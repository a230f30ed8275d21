import { useSearchParams } from "react-router";
import { Page } from "@/components/ui/page";
import { ExecutionFilters } from "@/features/executions/components/execution-filters";
import { ExecutionList } from "@/features/executions/components/execution-list";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const [params, setParams] = useSearchParams();
  const filter = { status: params.get("status") ?? "", workflow_id: params.get("workflow_id") ?? "" };
  const change = (name: "status" | "workflow_id", value: string) => {
    const next = new URLSearchParams(params);
    if (value === "") next.delete(name);
    else next.set(name, value);
    setParams(next, { replace: true });
  };
  return (
    <Gate permission="executions:read">
      <Page title="Runs" description="Every run of every workflow, with each step it took.">
        <ExecutionFilters status={filter.status} workflowId={filter.workflow_id} onChange={change} />
        <ExecutionList filter={filter} onClear={() => setParams({}, { replace: true })} />
      </Page>
    </Gate>
  );
}
