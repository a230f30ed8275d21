import { SchemaForm } from "@/components/schema-form/schema-form";
import type { TriggerNode } from "@/lib/graph/definition";
import { asSchema } from "@/lib/json-schema/fields";
import { changeTrigger, removeNodes } from "../model/edit";
import { limitErrors } from "../model/findings";
import { Connections } from "./connections";
import { CommentField, type InspectorProps } from "./inspector";
import { Frame, NodeFindings, useConfigErrors } from "./inspector-frame";
import { TriggerAddress } from "./trigger-address";
import { TriggerLimitsForm } from "./trigger-limits";

export function TriggerInspector({ draft, types, workflow, editable, trigger, onSelect }: InspectorProps & { trigger: TriggerNode }) {
  const { definition, change } = draft;
  const type = types.triggers.find((item) => item.type === trigger.type);
  const schema = asSchema(type?.config_schema);
  const errors = useConfigErrors(draft, trigger.id, schema);
  const limits = limitErrors(draft.findings, definition, trigger.id);
  const published = workflow.triggers.find((item) => item.id === trigger.id);
  const set = (patch: Partial<TriggerNode>, key: string) => change((current) => changeTrigger(current, trigger.id, patch), `${trigger.id}:${key}`);
  const remove = () => {
    onSelect(null);
    change((current) => removeNodes(current, [trigger.id]));
  };
  return (
    <Frame title={type?.name ?? trigger.type} description={type?.description} onClose={() => onSelect(null)} onRemove={editable ? remove : null}>
      <NodeFindings draft={draft} id={trigger.id} shown={{ ...errors, ...limits }} />
      <TriggerAddress workflowId={workflow.id} type={trigger.type} trigger={published} published={workflow.published_version != null} />
      <SchemaForm
        schema={schema}
        value={trigger.config}
        onChange={(config) => set({ config }, "config")}
        context={{ root: schema, paths: null, errors, disabled: !editable, preview: null }}
      />
      <Connections draft={draft} types={types} id={trigger.id} editable={editable} />
      <TriggerLimitsForm limits={trigger.limits} editable={editable} errors={limits} onChange={(next) => set({ limits: next }, "limits")} />
      <CommentField value={trigger.comment} editable={editable} onChange={(comment) => set({ comment }, "comment")} />
    </Frame>
  );
}
