import { useEffect, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal } from "lucide-react";
import type { ExecutionStatus } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Select, TextField } from "@/components/ui/field";
import { SearchField } from "@/components/ui/search-field";
import { statusLook } from "@/components/ui/status";
import { cx } from "@/lib/cx";
import { triggerName } from "@/lib/format";
import { useDebounced } from "@/lib/use-debounced";
import { workflowNamesQuery } from "../api";
import { ranges, type RunFilter, statuses } from "../model/filters";

const triggerTypes = ["adf_lead", "webhook", "manual", "schedule", "record", "event", "workflow", "error"];

interface FiltersProps {
  filter: RunFilter;
  onChange: (change: Partial<RunFilter>) => void;
}

/** What is typed, told once it has stood still. */
function useTyped(value: string, tell: (text: string) => void): [string, (text: string) => void] {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (value !== known) {
    setKnown(value);
    if (value !== typed.trim()) setTyped(value);
  }
  const settled = useDebounced(typed.trim(), 300);
  useEffect(() => {
    if (settled !== value && settled === typed.trim()) tell(settled);
    // Only a settled text is told; the rest follows from it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled]);
  return [typed, setTyped];
}

function Statuses({ chosen, onChange }: { chosen: ExecutionStatus[]; onChange: (next: ExecutionStatus[]) => void }) {
  const chip = (on: boolean) => cx("flex h-8 shrink-0 items-center gap-1.5 rounded-full px-3 text-small font-medium transition-colors", on ? "bg-ink text-page" : "text-muted hover:bg-hover hover:text-ink");
  return (
    <div role="group" aria-label="Status" className="-mx-4 flex gap-1 overflow-x-auto px-4 py-1 md:mx-0 md:px-1">
      <button type="button" aria-pressed={chosen.length === 0} className={chip(chosen.length === 0)} onClick={() => onChange([])}>
        All
      </button>
      {statuses.map((status) => {
        const on = chosen.includes(status);
        return (
          <button key={status} type="button" aria-pressed={on} className={chip(on)} onClick={() => onChange(on ? chosen.filter((item) => item !== status) : [...chosen, status])}>
            {statusLook(status).label}
          </button>
        );
      })}
    </div>
  );
}

function Days({ filter, onChange }: FiltersProps) {
  if (filter.range !== "days") return null;
  return (
    <div className="grid grid-cols-2 gap-3">
      <TextField label="From" type="date" value={filter.from} max={filter.to === "" ? undefined : filter.to} onChange={(event) => onChange({ from: event.target.value })} />
      <TextField label="To" type="date" value={filter.to} min={filter.from === "" ? undefined : filter.from} onChange={(event) => onChange({ to: event.target.value })} />
    </div>
  );
}

export function ExecutionFilters({ filter, onChange }: FiltersProps) {
  const workflows = useQuery(workflowNamesQuery).data ?? [];
  const [search, setSearch] = useTyped(filter.search, (text) => onChange({ search: text }));
  const [key, setKey] = useTyped(filter.business_key, (text) => onChange({ business_key: text }));
  const more = [filter.workflow_id, filter.trigger_type, filter.range, filter.business_key].filter((value) => value !== "").length;
  const [open, setOpen] = useState(more > 0);
  return (
    <div className="mb-4 flex flex-col gap-3">
      <div className="flex gap-2">
        <SearchField label="Search in what came in" className="min-w-0 flex-1 md:max-w-md" value={search} onChange={(event) => setSearch(event.target.value)} />
        <Button variant="secondary" aria-expanded={open} className="lg:hidden" onClick={() => setOpen(!open)}>
          <SlidersHorizontal aria-hidden /> Filters{more > 0 && ` (${more})`}
        </Button>
      </div>
      <Statuses chosen={filter.status} onChange={(status) => onChange({ status })} />
      <div className={cx("grid gap-3 sm:grid-cols-2 lg:grid lg:grid-cols-4", !open && "max-lg:hidden")}>
        <Select aria-label="Workflow" value={filter.workflow_id} onChange={(event) => onChange({ workflow_id: event.target.value })}>
          <option value="">All workflows</option>
          {workflows.map((workflow) => (
            <option key={workflow.id} value={workflow.id}>
              {workflow.name}
            </option>
          ))}
        </Select>
        <Select aria-label="Trigger" value={filter.trigger_type} onChange={(event) => onChange({ trigger_type: event.target.value })}>
          <option value="">Any trigger</option>
          {triggerTypes.map((type) => (
            <option key={type} value={type}>
              {triggerName(type)}
            </option>
          ))}
        </Select>
        <Select aria-label="Time" value={filter.range} onChange={(event) => onChange({ range: event.target.value })}>
          {ranges.map((range) => (
            <option key={range.value} value={range.value}>
              {range.label}
            </option>
          ))}
        </Select>
        <SearchField label="Business key" value={key} onChange={(event) => setKey(event.target.value)} />
      </div>
      <Days filter={filter} onChange={onChange} />
    </div>
  );
}
