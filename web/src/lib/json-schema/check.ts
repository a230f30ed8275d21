import { fieldsOf, type FieldSpec, isObject, type Schema } from "./fields";

const emailShape = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

function limit(schema: Schema, name: string): number | null {
  const value = schema[name];
  return typeof value === "number" ? value : null;
}

function checkText(field: FieldSpec, value: string): string | null {
  const [least, most] = [limit(field.schema, "minLength"), limit(field.schema, "maxLength")];
  if (least !== null && value.length < least) return `Use at least ${least} characters.`;
  if (most !== null && value.length > most) return `Use at most ${most} characters.`;
  if (field.kind === "email" && !emailShape.test(value)) return "Enter an e-mail address, like sales@dealership.com.";
  if (field.kind === "url" && !URL.canParse(value)) return "Enter a web address, like https://example.com.";
  return null;
}

function checkNumber(field: FieldSpec, value: unknown): string | null {
  if (typeof value !== "number" || Number.isNaN(value)) return "Enter a number.";
  if (field.schema["type"] === "integer" && !Number.isInteger(value)) return "Enter a whole number.";
  const [least, most] = [limit(field.schema, "minimum"), limit(field.schema, "maximum")];
  if (least !== null && value < least) return `Enter ${least} or more.`;
  if (most !== null && value > most) return `Enter ${most} or less.`;
  return null;
}

/** What is wrong with the values, by path. The server has the last word; this answers at once. */
export function checkValues(schema: Schema, value: Record<string, unknown>, root: Schema = schema, prefix = ""): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const field of fieldsOf(schema, root)) {
    const path = `${prefix}${field.name}`;
    const own = value[field.name];
    if (own === undefined || own === null || own === "") {
      if (field.required) faults[path] = field.kind === "choice" ? "Choose one." : "This is needed.";
      continue;
    }
    if (field.kind === "object" && isObject(own)) Object.assign(faults, checkValues(field.schema, own, root, `${path}.`));
    const fault = typeof own === "string" && field.kind !== "number" ? checkText(field, own) : field.kind === "number" ? checkNumber(field, own) : null;
    if (fault !== null) faults[path] = fault;
  }
  return faults;
}
