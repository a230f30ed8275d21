import type { LeadStatus, TimelineItem, VehicleView } from "@/api/types";
import { formatMoney, humanise } from "@/lib/format";

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

export interface LeadFact {
  label: string;
  value: string;
}

function facts(rows: [label: string, value: string | null | undefined][]): LeadFact[] {
  return rows.flatMap(([label, value]) => (value == null || value === "" ? [] : [{ label, value }]));
}

/** "t-4821" and "T4821" are the same number, "used" and "Used" the same word. */
function same(a: string | null | undefined, b: string | null | undefined): boolean {
  const plain = (text: string | null | undefined) => (text ?? "").toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  return plain(a) === plain(b);
}

/** What the customer wants and says of the vehicle; what the record has alike is told there. */
export function statedFacts(vehicle: VehicleView): LeadFact[] {
  const { stated } = vehicle;
  const money = (value: number | null | undefined) => (value == null ? null : formatMoney(value, stated?.price_currency));
  const different = (said: string | null | undefined, kept: string | null | undefined) => (same(said, kept) ? null : said);
  const colors = [stated?.exterior_color, stated?.interior_color].filter((color) => color != null);
  return facts([
    ["Interest", vehicle.interest == null ? null : humanise(vehicle.interest)],
    ["Offers", money(stated?.offer)],
    ["Saw it for", stated?.price === vehicle.price ? null : money(stated?.price)],
    ["Color", colors.join(", ")],
    ["Condition", different(stated?.condition, vehicle.condition)],
    ["Mileage", stated?.odometer],
    ["Stock number", different(stated?.stock_number, vehicle.stock_number)],
    ["VIN", different(stated?.vin, vehicle.vin)],
  ]);
}

/** What the dealership keeps of it, without the VIN. */
export function recordFacts(vehicle: VehicleView): LeadFact[] {
  const label = vehicle.stated?.label;
  return facts([
    ["Vehicle", label == null || label === vehicle.label ? null : vehicle.label],
    ["Price", vehicle.price == null ? null : formatMoney(vehicle.price, vehicle.price_currency)],
    ["Condition", vehicle.condition === "unknown" || vehicle.condition === "" ? null : humanise(vehicle.condition)],
    ["Stock number", vehicle.stock_number],
    ["Trim", vehicle.trim],
  ]);
}

/** What the customer wrote after the first time, oldest first. */
export function laterWords(timeline: TimelineItem[]): TimelineItem[] {
  return timeline.filter((item) => item.kind === "request" && item.detail != null && item.detail !== "");
}
