import { asSchema, isObject, resolve, type Schema, typeOf } from "./fields";

export interface PathOption {
  path: string;
  /** Whose value it is, e.g. a step's name. */
  group: string;
  type: string | null;
  hint: string | null;
}

const deepest = 5;

/** Every place inside values of the schema, as dotted paths below `prefix`. */
export function pathsOf(schemaValue: unknown, prefix: string, group: string): PathOption[] {
  const root = asSchema(schemaValue);
  const found: PathOption[] = [];
  const walk = (raw: Schema, path: string, depth: number) => {
    const schema = resolve(raw, root);
    const { description, title } = schema;
    const hint = typeof description === "string" ? description : typeof title === "string" ? title : null;
    found.push({ path, group, type: typeOf(schema), hint });
    if (depth >= deepest) return;
    const inner = schema["properties"];
    if (isObject(inner)) for (const [name, child] of Object.entries(inner)) walk(asSchema(child), `${path}.${name}`, depth + 1);
    else if (typeOf(schema) === "array" && isObject(schema["items"])) walk(schema["items"], `${path}[0]`, depth + 1);
  };
  walk(root, prefix, 0);
  return found;
}

/** The options that fit what is typed: those that begin with it first. */
export function matchPaths(options: readonly PathOption[], typed: string): PathOption[] {
  const needle = typed.trim().toLowerCase();
  if (needle === "") return [...options];
  const fitting = options.filter(({ path, group }) => path.toLowerCase().includes(needle) || group.toLowerCase().includes(needle));
  return fitting.sort((a, b) => Number(b.path.toLowerCase().startsWith(needle)) - Number(a.path.toLowerCase().startsWith(needle)));
}

const mostEntries = 40;

function typeOfValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value;
}

const plainName = /^[A-Za-z_]\w*$/;
const longestSample = 48;

/** A value on one short line. */
export function sampleOf(value: unknown): string {
  const text = typeof value === "string" ? `“${value}”` : (JSON.stringify(value) as string | undefined) ?? "nothing";
  return text.length > longestSample ? `${text.slice(0, longestSample)}…` : text;
}

/** Every place inside a real value, with what stood there. */
export function pathsOfValue(value: unknown, prefix: string, group: string): PathOption[] {
  const found: PathOption[] = [];
  const walk = (item: unknown, path: string, depth: number) => {
    const nested = typeof item === "object" && item !== null;
    found.push({ path, group, type: typeOfValue(item), hint: nested ? null : sampleOf(item) });
    if (depth >= deepest || !nested) return;
    if (Array.isArray(item)) {
      if (item.length > 0) walk(item[0], `${path}[0]`, depth + 1);
      return;
    }
    for (const [name, child] of Object.entries(item).slice(0, mostEntries)) walk(child, plainName.test(name) ? `${path}.${name}` : `${path}["${name}"]`, depth + 1);
  };
  walk(value, prefix, 0);
  return found;
}

/** What schemas promise, and what real data had: the data's example stands where a schema says nothing. */
export function mergePaths(promised: readonly PathOption[], real: readonly PathOption[]): PathOption[] {
  const samples = new Map(real.map((option) => [option.path, option]));
  const known = new Set(promised.map((option) => option.path));
  return [
    ...promised.map((option) => ({ ...option, type: option.type ?? samples.get(option.path)?.type ?? null, hint: samples.get(option.path)?.hint ?? option.hint })),
    ...real.filter((option) => !known.has(option.path)),
  ];
}

const part = /\.?([A-Za-z_]\w*)|\[(\d+)\]|\[(["'])(.*?)\3\]/gy;

/** The parts of a dotted path; null when it isn't one. */
export function partsOf(path: string): string[] | null {
  const parts: string[] = [];
  part.lastIndex = 0;
  while (part.lastIndex < path.length) {
    const match = part.exec(path);
    if (match === null) return null;
    parts.push(match[1] ?? match[2] ?? match[4] ?? "");
  }
  return parts.length === 0 ? null : parts;
}

/** The value at a path: `{value}`, or how far the path leads. */
export function lookUp(scope: unknown, path: string): { value: unknown } | { missing: string } {
  const parts = partsOf(path.trim());
  if (parts === null) return { missing: path };
  let value = scope;
  const gone: string[] = [];
  for (const name of parts) {
    gone.push(name);
    if (typeof value !== "object" || value === null || !(name in value)) return { missing: gone.join(".") };
    value = (value as Record<string, unknown>)[name];
  }
  return { value };
}
