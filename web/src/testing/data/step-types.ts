import type { StepTypesView } from "@/api/types";
import { flowStepTypes } from "./flow-step-types";

const leadOutput = {
  type: "object",
  properties: {
    lead_id: { type: "string" },
    source: { type: "string", description: "Who sent the lead" },
    customer: {
      type: "object",
      properties: { first_name: { type: "string" }, last_name: { type: "string" }, email: { type: "string" }, phone: { type: "string" } },
    },
    vehicle: { type: "object", properties: { year: { type: "integer" }, make: { type: "string" }, model: { type: "string" }, vin: { type: "string" } } },
    comments: { type: "string" },
  },
};

export const stepTypes: StepTypesView = {
  triggers: [
    { type: "adf_lead", name: "Internet lead", description: "A lead arrives as ADF XML or JSON.", icon: "inbox", config_schema: { type: "object", properties: {} }, output_schema: leadOutput },
    { type: "webhook", name: "Webhook", description: "Another system calls an address.", icon: "webhook", config_schema: { type: "object", properties: {} }, output_schema: { type: "object", properties: { body: {} } } },
    { type: "manual", name: "By hand", description: "Somebody presses Run now.", icon: "hand", config_schema: { type: "object", properties: {} }, output_schema: { type: "object" } },
    {
      type: "schedule",
      name: "Schedule",
      description: "At set times.",
      icon: "calendar-clock",
      config_schema: { type: "object", required: ["cron"], properties: { cron: { type: "string", title: "Times", description: "Five cron fields, e.g. 0 9 * * 1-5." } } },
      output_schema: { type: "object", properties: { at: { type: "string" } } },
    },
  ],
  steps: [
    {
      type: "ai.generate",
      name: "Write with AI",
      category: "ai",
      description: "Writes a text from what is known.",
      icon: "sparkles",
      simulated_note: "The AI connection is simulated here: it answers from a fixed pattern.",
      config_schema: {
        type: "object",
        required: ["instructions", "input"],
        properties: {
          instructions: { type: "string", title: "Instructions", maxLength: 4000, description: "What to write, and how." },
          input: { type: "string", title: "What it is about", maxLength: 8000 },
          tone: { type: "string", title: "Tone", enum: ["friendly", "formal", "brief"], default: "friendly" },
          max_words: { type: "integer", title: "At most so many words", minimum: 20, maximum: 500, default: 140 },
        },
      },
      output_schema: { type: "object", properties: { text: { type: "string" }, summary: { type: "string" }, intent: { type: "string" } } },
      ports: ["out"],
    },
    {
      type: "email.send",
      name: "Send e-mail",
      category: "message",
      description: "Sends a mail to a customer or a colleague.",
      icon: "mail",
      config_schema: {
        type: "object",
        required: ["to", "subject", "text"],
        properties: {
          to: { type: "string", format: "email", title: "To" },
          subject: { type: "string", title: "Subject", maxLength: 200 },
          text: { type: "string", title: "Text", maxLength: 20000 },
          reply_to: { type: "string", format: "email", title: "Reply to" },
        },
      },
      output_schema: { type: "object", properties: { message_id: { type: "string" }, sent_at: { type: "string" } } },
      ports: ["out"],
    },
    {
      type: "notify",
      name: "Notify the team",
      category: "message",
      description: "Shows a notification in Auterity.",
      icon: "bell",
      config_schema: {
        type: "object",
        required: ["title"],
        properties: {
          title: { type: "string", title: "Title" },
          body: { type: "string", title: "Text", maxLength: 1000 },
          roles: { type: "array", title: "Who", items: { type: "string", enum: ["dealership_admin", "manager", "user"] } },
        },
      },
      output_schema: { type: "object", properties: {} },
      ports: ["out"],
    },
    {
      type: "record.upsert",
      name: "Save the lead",
      category: "data",
      description: "Stores lead, customer and vehicle.",
      icon: "user-plus",
      config_schema: { type: "object", properties: { status: { type: "string", title: "Status", enum: ["new", "contacted", "needs_review"], default: "new" } } },
      output_schema: { type: "object", properties: { lead_id: { type: "string" }, customer_id: { type: "string" }, duplicate: { type: "boolean" } } },
      ports: ["out"],
    },
    {
      type: "condition",
      name: "Condition",
      category: "logic",
      description: "Goes one of two ways.",
      icon: "git-branch",
      config_schema: { type: "object", required: ["when"], properties: { when: { type: "boolean", title: "If", description: "A formula that is true or false." } } },
      output_schema: { type: "object", properties: { result: { type: "boolean" } } },
      ports: ["true", "false"],
    },
    {
      type: "switch",
      name: "Switch",
      category: "logic",
      description: "Goes the way of the first case that holds.",
      icon: "split",
      config_schema: {
        type: "object",
        required: ["cases"],
        properties: {
          cases: {
            type: "array",
            title: "Cases",
            items: { type: "object", required: ["port", "when"], properties: { port: { type: "string", title: "Name" }, when: { type: "boolean", title: "If" } } },
          },
        },
      },
      output_schema: { type: "object", properties: { port: { type: "string" } } },
      ports: [],
    },
    {
      type: "wait",
      name: "Wait",
      category: "logic",
      description: "Goes on after a while.",
      icon: "timer",
      config_schema: { type: "object", required: ["seconds"], properties: { seconds: { type: "integer", title: "Seconds", minimum: 1, default: 3600 } } },
      output_schema: { type: "object", properties: {} },
      ports: ["out"],
    },
    {
      type: "http.request",
      name: "HTTP request",
      category: "http",
      description: "Calls an address on the web.",
      icon: "globe",
      config_schema: {
        type: "object",
        required: ["url"],
        properties: {
          method: { type: "string", title: "Method", enum: ["GET", "POST", "PUT", "PATCH", "DELETE"], default: "GET" },
          url: { type: "string", format: "uri", title: "Address" },
          headers: { type: "object", title: "Headers", additionalProperties: { type: "string" } },
          body: { title: "Body" },
        },
      },
      output_schema: { type: "object", properties: { status: { type: "integer" }, body: {} } },
      ports: ["out"],
    },
    ...flowStepTypes,
  ],
};
