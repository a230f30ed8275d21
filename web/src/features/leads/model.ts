import type { LeadStatus } from "@/api/types";
import { humanise } from "@/lib/format";

export const leadStatuses: { value: LeadStatus; label: string }[] = [
  { value: "new", label: "New" },
  { value: "contacted", label: "Contacted" },
  { value: "working", label: "Working" },
  { value: "needs_review", label: "Needs review" },
  { value: "sold", label: "Sold" },
  { value: "lost", label: "Lost" },
];

export interface AiReading {
  summary: string | null;
  facts: { label: string; value: string }[];
}

function asText(value: unknown): string | null {
  if (typeof value === "string") return value === "" ? null : value;
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (Array.isArray(value)) {
    const parts = value.map(asText).filter((part) => part !== null);
    return parts.length === 0 ? null : parts.join(", ");
  }
  return null;
}

/** "test_drive" → "Test drive"; sentences stay as they are. */
function readable(text: string): string {
  return /^[a-z]+(_[a-z]+)*$/.test(text) ? humanise(text) : text;
}

/** The reply that was written has its place among the messages. */
const toldElsewhere = new Set(["subject", "body"]);

/** What the model read out of the lead: a summary, and the rest as labelled facts. */
export function readAi(value: unknown): AiReading {
  if (typeof value !== "object" || value === null) return { summary: null, facts: [] };
  const { summary, ...rest } = value as Record<string, unknown>;
  const facts = Object.entries(rest).flatMap(([name, raw]) => {
    const text = asText(raw);
    return text === null || toldElsewhere.has(name) ? [] : [{ label: humanise(name), value: readable(text) }];
  });
  return { summary: asText(summary), facts };
}
