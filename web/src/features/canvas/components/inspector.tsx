import { useMemo, useState } from "react";
import type { StepTypesView, WorkflowView } from "@/api/types";
import type { FormContext } from "@/components/schema-form/schema-form";
import { SchemaForm } from "@/components/schema-form/schema-form";
import { TextAreaField, TextField } from "@/components/ui/field";
import { Tabs } from "@/components/ui/tabs";
import type { StepNode } from "@/lib/graph/definition";
import { asSchema } from "@/lib/json-schema/fields";
import { evaluate } from "../api";
import { completionsFor } from "../model/completions";
import { changeStep, removeNodes } from "../model/edit";
import { scopeFor } from "../model/scope";
import type { Draft } from "../use-draft";
import { useSample } from "../use-sample";
import type { Trial } from "../use-trial";
import { Connections } from "./connections";
import { Frame, NodeFindings, useConfigErrors } from "./inspector-frame";
import { StepSettings } from "./step-settings";
import { StepTest } from "./step-test";
import { TriggerInspector } from "./trigger-inspector";

export interface InspectorProps {
  draft: Draft;
  types: StepTypesView;
  workflow: WorkflowView;
  trial: Trial;
  editable: boolean;
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

type StepProps = InspectorProps & { step: StepNode };

function StepInspector(props: StepProps) {
  const { draft, types, editable, step, trial, onSelect } = props;
  const [tab, setTab] = useState(trial.result === null ? "settings" : "test");
  const type = types.steps.find((item) => item.type === step.type);
  const remove = () => {
    onSelect(null);
    draft.change((current) => removeNodes(current, [step.id]));
  };
  const settings = <StepForm {...props} />;
  return (
    <Frame title={type?.name ?? step.type} description={type?.description} onClose={() => onSelect(null)} onRemove={editable && tab === "settings" ? remove : null} flush={editable}>
      {editable ? (
        <Tabs
          label="Step"
          selected={tab}
          onSelect={setTab}
          items={[
            { id: "settings", label: "Settings", content: <div className="space-y-5 p-4">{settings}</div> },
            { id: "test", label: "Test", content: <StepTest {...props} /> },
          ]}
        />
      ) : (
        settings
      )}
    </Frame>
  );
}

function StepForm({ draft, types, workflow, trial, editable, step }: StepProps) {
  const { definition, change } = draft;
  const type = types.steps.find((item) => item.type === step.type);
  const schema = asSchema(type?.config_schema);
  const errors = useConfigErrors(draft, step.id, schema);
  const sample = useSample(workflow, definition, trial);
  // What can be referred to follows from the graph and the data, not from what is being typed here.
  const graph = useMemo(() => ({ ...definition, steps: definition.steps.filter((item) => item.id !== step.id).concat({ ...step, config: {} }) }), [definition, step]);
  const scope = useMemo(() => scopeFor(definition, sample.scope, step.id), [definition, sample.scope, step.id]);
  const paths = useMemo(() => completionsFor(graph, types, step.id, workflow.parameters, scope), [graph, types, step.id, workflow.parameters, scope]);
  const context: FormContext = { root: schema, paths, errors, disabled: !editable, preview: sample.real ? { scope, key: sample.key, evaluate: editable ? evaluate : null } : null };
  const set = (patch: Partial<StepNode>, key: string) => change((current) => changeStep(current, step.id, patch, types.steps), `${step.id}:${key}`);
  return (
    <>
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
      <SchemaForm schema={schema} value={step.config} onChange={(config) => set({ config }, "config")} context={context} />
      <Connections draft={draft} types={types} id={step.id} editable={editable} />
      <StepSettings step={step} editable={editable} onChange={(patch) => set(patch, "settings")} />
      <CommentField value={step.comment} editable={editable} onChange={(comment) => set({ comment }, "comment")} />
    </>
  );
}

export function CommentField({ value, editable, onChange }: { value: string | null | undefined; editable: boolean; onChange: (value: string | null) => void }) {
  return (
    <details className="border-t border-line pt-4" open={value != null || undefined}>
      <summary className="cursor-pointer text-small font-medium">Comment</summary>
      <div className="mt-3">
        <TextAreaField
          label="For whoever reads this workflow"
          optional
          rows={3}
          maxLength={2000}
          disabled={!editable}
          value={value ?? ""}
          onChange={(event) => onChange(event.target.value === "" ? null : event.target.value)}
        />
      </div>
    </details>
  );
}
