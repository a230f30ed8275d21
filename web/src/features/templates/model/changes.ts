import type { TemplateChange, TemplateChoice } from "@/api/types";
import type { Definition } from "@/lib/graph/definition";
import { humanise } from "@/lib/format";

export interface ChangeGroup {
  /** What the changes are about: a step, a trigger, the lines, the settings. */
  id: string;
  title: string;
  changes: TemplateChange[];
}

const kinds: Record<string, string> = { steps: "Step", triggers: "Trigger", edges: "Lines", settings: "Settings" };

function nameIn(value: unknown): string | null {
  const name = (value as { name?: unknown } | null | undefined)?.name;
  return typeof name === "string" ? name : null;
}

/** Changes by what they are about, in the order in which they come. */
export function groupChanges(changes: readonly TemplateChange[], definition: Definition): ChangeGroup[] {
  const groups = new Map<string, ChangeGroup>();
  for (const change of changes) {
    const [kind = "", id = ""] = change.path.split("/");
    const own = kind === "steps" || kind === "triggers";
    const key = own ? `${kind}/${id}` : kind;
    const known = definition.steps.find((step) => step.id === id)?.name ?? nameIn(change.theirs) ?? nameIn(change.mine);
    const title = own ? `${kinds[kind] ?? humanise(kind)} “${known ?? id}”` : (kinds[kind] ?? humanise(kind));
    const group = groups.get(key) ?? { id: key, title, changes: [] };
    group.changes.push(change);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** "config/subject" → "Subject": which part of the step it is. */
export function partName(path: string): string {
  const parts = path.split("/");
  const own = parts[0] === "steps" || parts[0] === "triggers";
  const rest = parts.slice(own ? 2 : 1).filter((part) => part !== "config");
  if (rest.length === 0) return own ? "The whole of it" : humanise(parts[0] ?? path);
  return rest.map(humanise).join(" › ");
}

/** What somebody has to choose and hasn't yet. */
export function undecided(changes: readonly TemplateChange[], choices: Readonly<Record<string, TemplateChoice>>): TemplateChange[] {
  return changes.filter((change) => change.conflict && choices[change.path] === undefined);
}

/** What stands if nobody chooses: the side that changed it. */
export function choiceOf(change: TemplateChange, choices: Readonly<Record<string, TemplateChoice>>): TemplateChoice | null {
  return choices[change.path] ?? (change.conflict ? null : "theirs");
}

export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "isn’t there";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
