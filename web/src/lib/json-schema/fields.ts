/** Reads the part of JSON Schema that a form can show. */

export type Schema = Record<string, unknown>;

export type FieldKind = "text" | "multiline" | "email" | "url" | "time" | "number" | "boolean" | "choice" | "object" | "list" | "map" | "json";

export interface FieldSpec {
  name: string;
  label: string;
  hint: string | null;
  required: boolean;
  kind: FieldKind;
  schema: Schema;
  choices: { value: string | number; label: string }[];
  placeholder: string | null;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asSchema(value: unknown): Schema {
  return isObject(value) ? value : {};
}

/** Follows a reference inside the same document; anything else stays as it is. */
export function resolve(schema: Schema, root: Schema): Schema {
  const ref = schema["$ref"];
  if (typeof ref !== "string" || !ref.startsWith("#/")) return schema;
  let found: unknown = root;
  for (const part of ref.slice(2).split("/")) found = isObject(found) ? found[part] : undefined;
  return isObject(found) ? { ...found, ...schema, $ref: undefined } : schema;
}

/** The one alternative that isn't null, when there is just one. */
function withoutNull(schema: Schema, root: Schema): Schema {
  const alternatives = schema["anyOf"] ?? schema["oneOf"];
  if (!Array.isArray(alternatives)) return schema;
  const real = alternatives.map((item) => resolve(asSchema(item), root)).filter((item) => item["type"] !== "null");
  const [only] = real;
  return real.length === 1 && only !== undefined ? { ...only, title: schema["title"] ?? only["title"], description: schema["description"] ?? only["description"] } : schema;
}

export function typeOf(schema: Schema): string | null {
  const type = schema["type"];
  if (typeof type === "string") return type;
  if (Array.isArray(type)) return (type as string[]).find((item) => item !== "null") ?? null;
  if (isObject(schema["properties"])) return "object";
  return null;
}

/** What a schema says about its look: `x-ui: {widget, labels, placeholder}`. */
function lookOf(schema: Schema): Record<string, unknown> {
  return asSchema(schema["x-ui"]);
}

function choicesOf(schema: Schema): FieldSpec["choices"] {
  const names = asSchema(lookOf(schema)["labels"]);
  if (Array.isArray(schema["enum"])) {
    return schema["enum"]
      .filter((value): value is string | number => typeof value === "string" || typeof value === "number")
      .map((value) => {
        const label = names[String(value)];
        return { value, label: typeof label === "string" ? label : readable(String(value)) };
      });
  }
  const oneOf = schema["oneOf"];
  if (Array.isArray(oneOf) && oneOf.length > 0 && oneOf.every((item) => isObject(item) && "const" in item)) {
    return oneOf.map((item) => {
      const { const: value, title } = asSchema(item);
      return { value: value as string | number, label: typeof title === "string" ? title : readable(String(value)) };
    });
  }
  return [];
}

/** "reply_to" → "Reply to" */
export function readable(name: string): string {
  const words = name.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const longText = 200;

function textKind(schema: Schema): FieldKind {
  const format = schema["format"];
  if (format === "email" || format === "url" || format === "time") return format;
  if (format === "uri") return "url";
  const most = schema["maxLength"];
  const { widget } = lookOf(schema);
  if (widget === "text" || widget === "email" || widget === "url") return widget;
  const long = widget === "textarea" || format === "multiline" || format === "html" || (typeof most === "number" && most > longText);
  return long ? "multiline" : "text";
}

function kindOf(schema: Schema): FieldKind {
  if (choicesOf(schema).length > 0) return "choice";
  switch (typeOf(schema)) {
    case "string":
      return textKind(schema);
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "array":
      return "list";
    case "object":
      if (isObject(schema["properties"]) && Object.keys(schema["properties"]).length > 0) return "object";
      return isObject(schema["additionalProperties"]) || schema["additionalProperties"] === true ? "map" : "json";
    default:
      return "json";
  }
}

export function fieldSpec(name: string, raw: unknown, required: boolean, root: Schema): FieldSpec {
  const schema = withoutNull(resolve(asSchema(raw), root), root);
  const { title, description } = schema;
  const { placeholder, unit } = lookOf(schema);
  const label = typeof title === "string" ? title : readable(name);
  return {
    name,
    label: typeof unit === "string" ? `${label} (${unit})` : label,
    hint: typeof description === "string" ? description : null,
    required,
    kind: kindOf(schema),
    schema,
    choices: choicesOf(schema),
    placeholder: typeof placeholder === "string" ? placeholder : null,
  };
}

/** Whether leaving the field empty needs saying: not where it must be filled, nor where it starts filled. */
export function isOptional(field: FieldSpec): boolean {
  const start = field.schema["default"];
  return !field.required && (start === undefined || start === null || start === "");
}

/** First the names that `x-ui.order` gives, then what must be filled, then the rest as it comes. */
function inOrder(names: string[], object: Schema, required: string[]): string[] {
  const { order } = lookOf(object);
  const first = [...(Array.isArray(order) ? (order as string[]) : []), ...required];
  const place = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);
  return names.toSorted((one, other) => place(one) - place(other));
}

/** The fields of an object schema, in the order in which they are asked for. */
export function fieldsOf(schema: Schema, root: Schema = schema): FieldSpec[] {
  const object = resolve(schema, root);
  const required = Array.isArray(object["required"]) ? (object["required"] as string[]) : [];
  const properties = asSchema(object["properties"]);
  return inOrder(Object.keys(properties), object, required).map((name) => fieldSpec(name, properties[name], required.includes(name), root));
}

/** What a new value of the schema starts as: its defaults and nothing made up. */
export function defaultsOf(schema: Schema, root: Schema = schema): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const field of fieldsOf(schema, root)) {
    if ("default" in field.schema) value[field.name] = structuredClone(field.schema["default"]);
    else if (field.kind === "object") {
      const inner = defaultsOf(field.schema, root);
      if (Object.keys(inner).length > 0) value[field.name] = inner;
    }
  }
  return value;
}
