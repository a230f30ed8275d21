import { useQuery } from "@tanstack/react-query";
import { Select } from "@/components/ui/field";
import { FilterTabs } from "@/components/ui/filter-tabs";
import { workflowNamesQuery } from "../api";

const options = [
  { value: "", label: "All" },
  { value: "running", label: "Running" },
  { value: "waiting", label: "Waiting" },
  { value: "succeeded", label: "Succeeded" },
  { value: "failed", label: "Failed" },
  { value: "cancelled", label: "Cancelled" },
];

interface FiltersProps {
  status: string;
  workflowId: string;
  onChange: (name: "status" | "workflow_id", value: string) => void;
}

export function ExecutionFilters({ status, workflowId, onChange }: FiltersProps) {
  const workflows = useQuery(workflowNamesQuery).data ?? [];
  return (
    <div className="mb-4 flex flex-col gap-3 md:flex-row md:items-center md:justify-between">
      <FilterTabs label="Status" value={status} options={options} onChange={(value) => onChange("status", value)} />
      <div className="md:w-64">
        <Select aria-label="Workflow" value={workflowId} onChange={(event) => onChange("workflow_id", event.target.value)}>
          <option value="">All workflows</option>
          {workflows.map((workflow) => (
            <option key={workflow.id} value={workflow.id}>
              {workflow.name}
            </option>
          ))}
        </Select>
      </div>
    </div>
  );
}
