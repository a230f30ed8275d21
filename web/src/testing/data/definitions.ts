import type { Definition } from "@/lib/graph/definition";

export const answerLead: Definition = {
  triggers: [{ id: "lead", type: "adf_lead", config: {} }],
  steps: [
    { id: "save", type: "record.upsert", name: "Save the lead", config: { status: "new" } },
    { id: "reachable", type: "condition", name: "Can we write to them?", config: { when: { $cel: 'trigger.customer.email != ""' } } },
    {
      id: "write",
      type: "ai.generate",
      name: "Write the answer",
      config: {
        instructions: "Answer the lead. Name the car. Offer two times for a visit.",
        input: { $tpl: "{{ trigger.customer.first_name }} asks about {{ trigger.vehicle.model }}: {{ trigger.comments }}" },
        tone: "friendly",
        max_words: 140,
      },
      retry: { max_attempts: 3, initial_delay_seconds: 2, backoff: "exponential", max_delay_seconds: 30, jitter: 0.2, on: null },
    },
    {
      id: "send",
      type: "email.send",
      name: "Send the answer",
      config: {
        to: { $ref: "trigger.customer.email" },
        subject: { $tpl: "Your {{ trigger.vehicle.model }} at {{ tenant.name }}" },
        text: { $ref: "steps.write.output.text" },
        reply_to: { $ref: "parameters.reply_to" },
      },
    },
    { id: "review", type: "notify", name: "Ask a person to call", config: { title: "A lead without an e-mail address", roles: ["manager"] } },
  ],
  edges: [
    { from: "lead", port: "out", to: "save" },
    { from: "save", port: "out", to: "reachable" },
    { from: "reachable", port: "true", to: "write" },
    { from: "write", port: "out", to: "send" },
    { from: "reachable", port: "false", to: "review" },
  ],
  layout: {},
};

export const missedCall: Definition = {
  triggers: [{ id: "call", type: "webhook", config: {} }],
  steps: [
    { id: "wait", type: "wait", name: "Wait two minutes", config: { seconds: 120 } },
    { id: "notify", type: "notify", name: "Tell the BDC", config: { title: "A call was missed" } },
  ],
  edges: [
    { from: "call", port: "out", to: "wait" },
    { from: "wait", port: "out", to: "notify" },
  ],
  layout: {},
};

export const thankYou: Definition = {
  triggers: [{ id: "sale", type: "webhook", config: {} }],
  steps: [
    { id: "wait", type: "wait", name: "Wait three days", config: { seconds: 259_200 } },
    { id: "write", type: "ai.generate", name: "Write a thank-you", config: { instructions: "Thank them.", input: { $tpl: "{{ trigger.body }}" } } },
    { id: "send", type: "email.send", name: "Send it", config: { to: { $cel: "trigger.body.email" }, subject: "Thank you", text: { $ref: "steps.write.output.text" } } },
  ],
  edges: [
    { from: "sale", port: "out", to: "wait" },
    { from: "wait", port: "out", to: "write" },
    { from: "write", port: "out", to: "send" },
  ],
  layout: {},
};
