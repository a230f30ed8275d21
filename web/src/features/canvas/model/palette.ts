import type { StepTypesView } from "@/api/types";
import { folded } from "@/lib/folded";
import { defaultsOf, fieldsOf, type Schema } from "@/lib/json-schema/fields";

export interface PaletteItem {
  kind: "trigger" | "step";
  type: string;
  name: string;
  description: string;
  icon: string;
  schema: unknown;
}

export const dragType = "application/x-auterity-node";

const titles: Record<string, string> = { message: "Messages", ai: "AI", data: "Records", logic: "Logic", http: "Web" };
const order = ["message", "ai", "data", "logic", "http"];

export function paletteItems(types: StepTypesView): { trigger: PaletteItem[]; step: (PaletteItem & { category: string })[] } {
  return {
    trigger: types.triggers.map((type) => ({ kind: "trigger", type: type.type, name: type.name, description: type.description, icon: type.icon, schema: type.config_schema })),
    step: types.steps.map((type) => ({ kind: "step", type: type.type, name: type.name, description: type.description, icon: type.icon, schema: type.config_schema, category: type.category })),
  };
}

/** The items that fit the search, in groups. */
export function groupTypes(types: StepTypesView, query: string): { title: string; items: PaletteItem[] }[] {
  const needle = folded(query);
  const fits = (item: PaletteItem) => folded(`${item.name} ${item.description} ${item.type}`).includes(needle);
  const items = paletteItems(types);
  const categories = [...new Set([...order, ...items.step.map((item) => item.category)])];
  return [
    { title: "Triggers", items: items.trigger.filter(fits) },
    ...categories.map((category) => ({ title: titles[category] ?? category, items: items.step.filter((item) => item.category === category).filter(fits) })),
  ].filter((group) => group.items.length > 0);
}

/** What a new node starts with: the defaults, and formulas where a decision is asked for. */
export function startingConfig(schema: Schema): Record<string, unknown> {
  const decisions = fieldsOf(schema).filter((field) => field.kind === "boolean" && field.required && !("default" in field.schema));
  return { ...defaultsOf(schema), ...Object.fromEntries(decisions.map((field) => [field.name, { $cel: "" }])) };
}

/** What was dragged, if it is one of ours. */
export function readDragged(text: string, types: StepTypesView): PaletteItem | null {
  try {
    const { kind, type } = JSON.parse(text) as { kind?: unknown; type?: unknown };
    const items = paletteItems(types);
    return (kind === "trigger" ? items.trigger : items.step).find((item) => item.type === type) ?? null;
  } catch {
    return null;
  }
}
