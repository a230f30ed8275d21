import type { ReactNode } from "react";
import { Trash2, X } from "lucide-react";
import type { StepTypesView, TriggerView } from "@/api/types";
import { SchemaForm } from "@/components/schema-form/schema-form";
import { Button, IconButton } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { TextField } from "@/components/ui/field";
import type { Definition, StepNode, TriggerNode } from "@/lib/graph/definition";
import { asSchema, fieldsOf } from "@/lib/json-schema/fields";
import { changeStep, changeTrigger, removeNodes } from "../model/edit";
import { completionsFor } from "../model/completions";
import { fieldErrors, nodeOf } from "../model/findings";
import type { Draft } from "../use-draft";
import { Connections } from "./connections";
import { StepSettings } from "./step-settings";

interface InspectorProps {
  draft: Draft;
  types: StepTypesView;
  triggers: TriggerView[];
  parameters: unknown;
  editable: boolean;
  published: boolean;
  selected: string;
  onSelect: (id: string | null) => void;
}

export function Inspector(props: InspectorProps) {
  const { draft, selected } = props;
  const step = draft.definition.steps.find((item) => item.id === selected);
  if (step !== undefined) return <StepInspector key={selected} {...props} step={step} />;
  const trigger = draft.definition.triggers.find((item) => item.id === selected);
  return trigger === undefined ? null : <TriggerInspector key={selected} {...props} trigger={trigger} />;
}

interface FrameProps {
  title: string;
  description: string | undefined;
  onClose: () => void;
  onRemove: (() => void) | null;
  children: ReactNode;
}

function Frame({ title, description, onClose, onRemove, children }: FrameProps) {
  return (
    <aside aria-label={`Settings of ${title}`} className="flex h-full flex-col">
      <header className="flex items-start justify-between gap-2 border-b border-line py-2.5 pr-2 pl-4">
        <div className="min-w-0 pt-1">
          <h2 className="font-semibold break-words">{title}</h2>
          {description !== undefined && <p className="text-small text-muted">{description}</p>}
        </div>
        <IconButton label="Close settings" onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 space-y-5 overflow-y-auto p-4">
        {children}
        {onRemove !== null && (
          <Button variant="ghost" size="small" className="text-failure hover:text-failure" onClick={onRemove}>
            <Trash2 aria-hidden /> Delete
          </Button>
        )}
      </div>
    </aside>
  );
}

/** What is wrong with the node as a whole; what belongs to a field stands at the field. */
function NodeFindings({ draft, id, shown }: { draft: Draft; id: string; shown: Record<string, string> }) {
  const messages = Object.values(shown);
  const rest = draft.findings.filter((finding) => nodeOf(finding, draft.definition) === id && !messages.includes(finding.message));
  if (rest.length === 0) return null;
  return (
    <ul className="space-y-1 rounded-medium bg-failure-soft px-3 py-2 text-small text-failure">
      {rest.map((finding) => (
        <li key={`${finding.pointer}${finding.code}`}>{finding.message}</li>
      ))}
    </ul>
  );
}

function configErrors(definition: Definition, draft: Draft, id: string, schema: unknown): Record<string, string> {
  const errors = fieldErrors(draft.findings, definition, id);
  const names = fieldsOf(asSchema(schema)).map((field) => field.name);
  return Object.fromEntries(Object.entries(errors).filter(([path]) => names.includes(path.split(".")[0] ?? "")));
}

function StepInspector({ draft, types, parameters, editable, step, onSelect }: InspectorProps & { step: StepNode }) {
  const { definition, change } = draft;
  const type = types.steps.find((item) => item.type === step.type);
  const schema = asSchema(type?.config_schema);
  const errors = configErrors(definition, draft, step.id, schema);
  const set = (patch: Partial<StepNode>, key: string) => change((current) => changeStep(current, step.id, patch, types.steps), `${step.id}:${key}`);
  const remove = () => {
    onSelect(null);
    change((current) => removeNodes(current, [step.id]));
  };
  return (
    <Frame title={type?.name ?? step.type} description={type?.description} onClose={() => onSelect(null)} onRemove={editable ? remove : null}>
      <NodeFindings draft={draft} id={step.id} shown={errors} />
      {type?.simulated_note != null && <p className="rounded-medium bg-waiting-soft px-3 py-2 text-small text-waiting">{type.simulated_note}</p>}
      <TextField
        label="Name"
        value={step.name}
        disabled={!editable}
        hint={
          <>
            Other steps read it as <code className="font-mono">steps.{step.id}.output</code>
          </>
        }
        onChange={(event) => set({ name: event.target.value }, "name")}
      />
      <SchemaForm
        schema={schema}
        value={step.config}
        onChange={(config) => set({ config }, "config")}
        context={{ root: schema, paths: completionsFor(definition, types, step.id, parameters), errors, disabled: !editable }}
      />
      <Connections draft={draft} types={types} id={step.id} editable={editable} />
      <StepSettings step={step} editable={editable} onChange={(patch) => set(patch, "settings")} />
    </Frame>
  );
}

const hooked = ["webhook", "adf_lead"];

function TriggerInspector({ draft, types, triggers, editable, published, trigger, onSelect }: InspectorProps & { trigger: TriggerNode }) {
  const { definition, change } = draft;
  const type = types.triggers.find((item) => item.type === trigger.type);
  const schema = asSchema(type?.config_schema);
  const errors = configErrors(definition, draft, trigger.id, schema);
  const url = triggers.find((item) => item.id === trigger.id)?.url;
  const remove = () => {
    onSelect(null);
    change((current) => removeNodes(current, [trigger.id]));
  };
  return (
    <Frame title={type?.name ?? trigger.type} description={type?.description} onClose={() => onSelect(null)} onRemove={editable ? remove : null}>
      <NodeFindings draft={draft} id={trigger.id} shown={errors} />
      {url != null && (
        <section aria-label="Address" className="space-y-2 rounded-medium bg-accent-soft p-3">
          <p className="text-small font-medium text-accent-ink">Send {trigger.type === "adf_lead" ? "leads" : "requests"} to this address</p>
          <p className="font-mono text-small break-all">{url}</p>
          <CopyButton text={url} label="Copy address" />
        </section>
      )}
      {url == null && hooked.includes(trigger.type) && (
        <p className="rounded-medium bg-hover px-3 py-2 text-small text-muted">{published ? "Publish again to get the address of this trigger." : "It gets its own address once the workflow is published."}</p>
      )}
      <SchemaForm
        schema={schema}
        value={trigger.config}
        onChange={(config) => change((current) => changeTrigger(current, trigger.id, config), `${trigger.id}:config`)}
        context={{ root: schema, paths: null, errors, disabled: !editable }}
      />
      <Connections draft={draft} types={types} id={trigger.id} editable={editable} />
    </Frame>
  );
}
