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
