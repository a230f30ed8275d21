import { compensatePort, type Definition, readDefinition } from "./definition";

/** Workflows as files: what is written can be read again, here or in another dealership. */

export const format = "auterity.workflow/1";

export interface WorkflowFile {
  name: string;
  description: string;
  definition: Definition;
}

/** What is wrong with a file, and where in it. */
export interface FileFault {
  place: string;
  message: string;
}

export type FileReading = { file: WorkflowFile } | { faults: FileFault[] };

export function writeFile(name: string, description: string, definition: Definition): string {
  return `${JSON.stringify({ format, name, description, definition }, null, 2)}\n`;
}

export function fileName(name: string): string {
  const base = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  return `${base === "" ? "workflow" : base}.json`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Line and column of a place in a text, counted from one. */
function lineAt(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `Line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function syntaxFault(text: string, error: unknown): FileFault {
  const message = error instanceof Error ? error.message : "";
  const offset = /position (\d+)/.exec(message)?.[1];
  const line = /line (\d+) column (\d+)/.exec(message);
  const place = line !== null ? `Line ${line[1] ?? ""}, column ${line[2] ?? ""}` : offset === undefined ? "End of the file" : lineAt(text, Number(offset));
  return { place, message: "This isn't JSON from here on." };
}

const idShape = /^[A-Za-z_]\w{0,63}$/;

class Check {
  readonly faults: FileFault[] = [];
  private readonly ids = new Set<string>();

  add(place: string, message: string): void {
    this.faults.push({ place, message });
  }

  private list(value: Record<string, unknown>, name: string): Record<string, unknown>[] {
    const items = value[name];
    if (items === undefined) return [];
    if (!Array.isArray(items)) {
      this.add(`definition.${name}`, "A list is expected here.");
      return [];
    }
    return items.map((item: unknown, index) => {
      if (isRecord(item)) return item;
      this.add(`definition.${name}[${index}]`, "An object is expected here.");
      return {};
    });
  }

  private nodes(definition: Record<string, unknown>, name: "triggers" | "steps"): void {
    this.list(definition, name).forEach((node, index) => {
      const place = `definition.${name}[${index}]`;
      const { id, type } = node;
      if (typeof id !== "string" || !idShape.test(id)) this.add(`${place}.id`, "A name of letters, digits and _ is needed.");
      else if (this.ids.has(id)) this.add(`${place}.id`, `“${id}” is there twice.`);
      else this.ids.add(id);
      if (typeof type !== "string" || type === "") this.add(`${place}.type`, "The type is missing.");
      if (node["config"] !== undefined && !isRecord(node["config"])) this.add(`${place}.config`, "An object is expected here.");
    });
  }

  definition(definition: Record<string, unknown>): void {
    this.nodes(definition, "triggers");
    this.nodes(definition, "steps");
    this.list(definition, "edges").forEach((edge, index) => {
      for (const end of ["from", "to"] as const) {
        const id = edge[end];
        if (typeof id !== "string" || !this.ids.has(id)) this.add(`definition.edges[${index}].${end}`, `No step is called “${typeof id === "string" ? id : ""}”.`);
      }
      const { port } = edge;
      if (port !== undefined && typeof port !== "string") this.add(`definition.edges[${index}].port`, `A name is expected here, like “out” or “${compensatePort}”.`);
    });
    this.list(definition, "notes");
    for (const name of ["settings", "layout", "pinned"]) {
      if (definition[name] !== undefined && !isRecord(definition[name])) this.add(`definition.${name}`, "An object is expected here.");
    }
  }
}

/** Reads a workflow's file; every fault is named with its place. */
export function readFile(text: string): FileReading {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return { faults: [syntaxFault(text, error)] };
  }
  const check = new Check();
  if (!isRecord(raw)) return { faults: [{ place: "The whole file", message: "An object is expected, as Export writes it." }] };
  const { name, description, definition } = raw;
  if (raw["format"] !== format) check.add("format", `“${format}” is expected here. Was this file exported from Auterity?`);
  if (typeof name !== "string" || name.trim() === "") check.add("name", "The name is missing.");
  if (description !== undefined && description !== null && typeof description !== "string") check.add("description", "A text is expected here.");
  if (!isRecord(definition)) check.add("definition", "The definition is missing.");
  else check.definition(definition);
  if (check.faults.length > 0) return { faults: check.faults };
  return { file: { name: String(name).trim(), description: typeof description === "string" ? description : "", definition: readDefinition(definition) } };
}
