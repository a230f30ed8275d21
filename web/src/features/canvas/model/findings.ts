import type { Finding } from "@/api/types";
import { pointerToPath } from "@/api/problem";
import { readable } from "@/lib/json-schema/fields";
import type { Definition } from "@/lib/graph/definition";

/** The node that a finding is about, from its own word or from its pointer. */
export function nodeOf(finding: Finding, definition: Definition): string | null {
  if (finding.step_id != null) return finding.step_id;
  const [list, index] = pointerToPath(finding.pointer).replace(/^definition\./, "").split(".");
  if (list === "steps") return definition.steps[Number(index)]?.id ?? null;
  if (list === "triggers") return definition.triggers[Number(index)]?.id ?? null;
  return null;
}

export function countByNode(findings: readonly Finding[], definition: Definition): Map<string, { errors: number; warnings: number }> {
  const counts = new Map<string, { errors: number; warnings: number }>();
  for (const finding of findings) {
    const id = nodeOf(finding, definition);
    if (id === null) continue;
    const count = counts.get(id) ?? { errors: 0, warnings: 0 };
    if (finding.severity === "warning") count.warnings += 1;
    else count.errors += 1;
    counts.set(id, count);
  }
  return counts;
}

const insideConfig = /^(?:definition\.)?(?:steps|triggers)\.\d+\.config\.(.+)$/;

/** The name of the field that a finding is about. */
export function fieldOf(finding: Finding): string | null {
  const path = insideConfig.exec(pointerToPath(finding.pointer))?.[1]?.replace(/\.\$(?:ref|tpl|cel)$/, "");
  return path === undefined ? null : readable(path.replaceAll(".", " "));
}

const insideLimits = /^(?:definition\.)?triggers\.\d+\.limits\.(.+)$/;

/** Messages for a trigger's limits, by path inside them. */
export function limitErrors(findings: readonly Finding[], definition: Definition, id: string): Record<string, string> {
  const found = findings.filter((finding) => nodeOf(finding, definition) === id).map((finding) => [insideLimits.exec(pointerToPath(finding.pointer))?.[1] ?? "", finding.message] as const);
  return Object.fromEntries(found.filter(([path]) => path !== ""));
}

/** Messages for the fields of one node's form, by path inside its configuration. */
export function fieldErrors(findings: readonly Finding[], definition: Definition, id: string): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const finding of findings) {
    if (nodeOf(finding, definition) !== id) continue;
    const path = insideConfig.exec(pointerToPath(finding.pointer))?.[1]?.replace(/\.\$(?:ref|tpl|cel)$/, "");
    if (path !== undefined) errors[path] ??= finding.message;
  }
  return errors;
}
