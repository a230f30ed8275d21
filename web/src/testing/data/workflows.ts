import type { DefinitionBody, TemplateView, WorkflowView } from "@/api/types";
import { readDefinition } from "@/lib/graph/definition";
import { answerLead, missedCall, thankYou } from "./definitions";
import { ago } from "./people";

const text = (title: string, description: string) => ({ type: "string", title, description });

export const templates: TemplateView[] = [
  {
    id: "answer-internet-lead", version: 1, versions: [{ version: 1, release_notes: "" }], name: "Answer a new internet lead", icon: "inbox", category: "sales", trigger_types: ["adf_lead"], step_count: 5,
    description: "Answers every internet lead within seconds in your dealership's voice, and asks a person where it can't.",
    parameters_schema: {
      type: "object",
      required: ["reply_to", "signature"],
      properties: {
        reply_to: { ...text("Answers go to", "Where customers' replies arrive."), format: "email" },
        signature: { ...text("Signature", "Stands below every answer."), maxLength: 400, default: "Your team at Sunrise Toyota" },
        tone: { type: "string", title: "Tone", enum: ["friendly", "formal", "brief"], default: "friendly" },
        visit_times: { ...text("Times for a visit", "Offered to the customer, e.g. weekdays 9 to 7."), default: "Weekdays 9 to 7, Saturdays 9 to 5" },
      },
    },
    definition: answerLead,
  },
  {
    id: "missed-call-follow-up", version: 1, versions: [{ version: 1, release_notes: "" }], name: "Missed-call follow-up", icon: "phone-missed", category: "service", trigger_types: ["webhook"], step_count: 2,
    description: "Tells the BDC about a missed call when nobody has called back.",
    parameters_schema: { type: "object", properties: { minutes: { type: "integer", title: "Minutes to wait", minimum: 1, maximum: 120, default: 2 } } },
    definition: missedCall,
  },
  {
    id: "post-sale-thank-you", version: 1, versions: [{ version: 1, release_notes: "" }], name: "Post-sale thank-you and review request", icon: "heart", category: "sales", trigger_types: ["webhook"], step_count: 3,
    description: "Thanks a buyer three days after the sale and asks how the first miles were.",
    parameters_schema: { type: "object", properties: {} },
    definition: thankYou,
  },
];

function workflow(id: string, name: string, definition: DefinitionBody, more: Partial<WorkflowView> = {}): WorkflowView {
  return {
    id, name, description: "", status: "active", published_version: 3, has_unpublished_changes: false, trigger_types: ["adf_lead"], template: null,
    executions_24h: 19, failures_24h: 0, last_execution_at: ago(4), updated_at: ago(12), created_at: ago(20_000), draft: definition, draft_revision: 7,
    triggers: [{ id: "lead", type: "adf_lead", url: "http://sunrise-toyota.localhost:8080/hooks/5fWq8s2mXkT1c9RrVb7yHd", has_url: true, enabled: true }], parameters: { reply_to: "sales@sunrisetoyota.test" }, ...more,
  };
}

export const workflows: WorkflowView[] = [
  workflow("w1", "Answer a new internet lead", answerLead, { template: { id: "answer-internet-lead", version: 1 } }),
  workflow("w2", "Missed-call follow-up", missedCall, { trigger_types: ["webhook"], published_version: 1, failures_24h: 1, executions_24h: 6, has_unpublished_changes: true, triggers: [{ id: "call", type: "webhook", url: "http://sunrise-toyota.localhost:8080/hooks/9kLm", has_url: true, enabled: true }] }),
  workflow("w3", "Weekend greeting", { triggers: [], steps: [], edges: [] }, { status: "draft", published_version: null, trigger_types: [], executions_24h: 0, last_execution_at: null, triggers: [], draft_revision: 1 }),
];

export function newWorkflow(id: string, name: string, definition: DefinitionBody): WorkflowView {
  const triggers = readDefinition(definition).triggers.map((trigger) => ({ id: trigger.id, type: trigger.type, url: null, has_url: false, enabled: false }));
  return workflow(id, name, definition, { status: "draft", published_version: null, has_unpublished_changes: true, executions_24h: 0, last_execution_at: null, draft_revision: 1, triggers });
}
