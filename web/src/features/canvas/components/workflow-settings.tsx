import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { IconButton } from "@/components/ui/button";
import { SelectField, TextField } from "@/components/ui/field";
import { NumberField } from "@/components/ui/number-field";
import type { WorkflowSettings } from "@/lib/graph/definition";
import { workflowNamesQuery } from "../api";
import type { Draft } from "../use-draft";

interface WorkflowSettingsProps {
  draft: Draft;
  workflowId: string;
  editable: boolean;
  onClose: () => void;
}

const unset: WorkflowSettings = { timeout_seconds: null, max_concurrency: null, concurrency_key: null, business_key: null, error_workflow: null, max_executions: null };
const mono = "font-mono text-small";

/** What holds for every run of the workflow. */
export function WorkflowSettingsPanel({ draft, workflowId, editable, onClose }: WorkflowSettingsProps) {
  const settings: Partial<WorkflowSettings> = draft.definition.settings ?? {};
  const others = (useQuery(workflowNamesQuery).data ?? []).filter((item) => item.id !== workflowId && (item.published_version != null || item.id === settings.error_workflow));
  const set = (patch: Partial<WorkflowSettings>) =>
    draft.change((current) => ({ ...current, settings: { ...unset, ...current.settings, ...patch } }), `settings:${Object.keys(patch).join()}`);
  const errorOf = (name: keyof WorkflowSettings) => draft.findings.find((finding) => finding.pointer.endsWith(`/settings/${name}`))?.message;
  return (
    <aside aria-label="Workflow settings" className="flex h-full flex-col">
      <header className="flex items-start justify-between gap-2 border-b border-line py-2.5 pr-2 pl-4">
        <div className="pt-1">
          <h2 className="font-semibold">Workflow settings</h2>
          <p className="text-small text-muted">They hold for every run of the next version.</p>
        </div>
        <IconButton label="Close workflow settings" onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </header>
      <fieldset disabled={!editable} className="min-h-0 flex-1 space-y-5 overflow-y-auto p-4">
        <TextField
          label="Business key"
          optional
          value={settings.business_key ?? ""}
          placeholder="trigger.customer.email"
          hint="A formula over trigger. Runs are found by its value."
          error={errorOf("business_key")}
          className={mono}
          onChange={(event) => set({ business_key: event.target.value })}
        />
        <NumberField label="Runs at once" optional min={1} value={settings.max_concurrency} hint="More wait for their turn." error={errorOf("max_concurrency")} onChange={(value) => set({ max_concurrency: value })} />
        <TextField
          label="Counted apart by"
          optional
          value={settings.concurrency_key ?? ""}
          placeholder="trigger.customer.phone"
          hint="A formula: each of its values has the places of “Runs at once” for itself."
          error={errorOf("concurrency_key")}
          className={mono}
          onChange={(event) => set({ concurrency_key: event.target.value })}
        />
        <NumberField label="Longest run (seconds)" optional min={1} value={settings.timeout_seconds} hint="From its start, waits included. Then the run fails." error={errorOf("timeout_seconds")} onChange={(value) => set({ timeout_seconds: value })} />
        <SelectField
          label="When a run fails, run"
          optional
          value={settings.error_workflow ?? ""}
          hint="It gets the failed run as its input. It must be published."
          error={errorOf("error_workflow")}
          onChange={(event) => set({ error_workflow: event.target.value === "" ? null : event.target.value })}
        >
          <option value="">Nothing</option>
          {others.map((item) => (
            <option key={item.id} value={item.id}>
              {item.name}
            </option>
          ))}
        </SelectField>
        <NumberField label="Ended runs to keep" optional min={1} value={settings.max_executions} hint="Older ones are removed." error={errorOf("max_executions")} onChange={(value) => set({ max_executions: value })} />
      </fieldset>
    </aside>
  );
}
