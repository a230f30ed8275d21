import { useQuery } from "@tanstack/react-query";
import { SelectField } from "@/components/ui/field";
import { formatDateTime } from "@/lib/format";
import { useTimeZone } from "@/api/me";
import { pastRunsQuery } from "../api";

interface PastRunSelectProps {
  workflowId: string;
  label: string;
  value: string;
  /** What stands for no run. */
  none: string;
  onChoose: (executionId: string) => void;
}

/** Chooses one of the last runs, to take its data. */
export function PastRunSelect({ workflowId, label, value, none, onChoose }: PastRunSelectProps) {
  const runs = useQuery(pastRunsQuery(workflowId));
  const zone = useTimeZone();
  const items = runs.data ?? [];
  return (
    <SelectField label={label} value={value} disabled={items.length === 0} hint={runs.isSuccess && items.length === 0 ? "It has no runs yet." : undefined} onChange={(event) => onChoose(event.target.value)}>
      <option value="">{none}</option>
      {items.map((run) => (
        <option key={run.id} value={run.id}>
          {formatDateTime(run.created_at, zone)} · {run.status}
        </option>
      ))}
    </SelectField>
  );
}
