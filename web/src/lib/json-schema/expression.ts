import { isObject } from "./fields";

/** How a value is given: as itself, or worked out when the step runs. */
export type ValueMode = "literal" | "ref" | "tpl" | "cel";

export type Expression = { $ref: string } | { $tpl: string } | { $cel: string };

export function modeOf(value: unknown): ValueMode {
  if (!isObject(value)) return "literal";
  if (typeof value["$ref"] === "string") return "ref";
  if (typeof value["$tpl"] === "string") return "tpl";
  if (typeof value["$cel"] === "string") return "cel";
  return "literal";
}

/** The text of an expression; empty for a literal. */
export function sourceOf(value: unknown): string {
  const mode = modeOf(value);
  if (mode === "literal" || !isObject(value)) return "";
  const source = value[`$${mode}`];
  return typeof source === "string" ? source : "";
}

export function makeExpression(mode: Exclude<ValueMode, "literal">, source: string): Expression {
  if (mode === "ref") return { $ref: source };
  return mode === "tpl" ? { $tpl: source } : { $cel: source };
}

const single = /^\{\{\s*([\w.[\]]+)\s*\}\}$/;

/** Turns a value into another mode, keeping what it says where that is possible. */
export function convert(value: unknown, mode: ValueMode): unknown {
  const from = modeOf(value);
  if (from === mode) return value;
  const source = sourceOf(value);
  if (mode === "literal") return from === "tpl" && !source.includes("{") ? source : undefined;
  if (from === "literal") {
    if (mode === "tpl") return makeExpression("tpl", typeof value === "string" ? value : "");
    return makeExpression(mode, mode === "cel" && value !== undefined ? JSON.stringify(value) : "");
  }
  if (from === "ref") return makeExpression(mode, mode === "tpl" ? (source === "" ? "" : `{{ ${source} }}`) : source);
  if (from === "tpl") return makeExpression(mode, single.exec(source)?.[1] ?? "");
  return makeExpression(mode, mode === "ref" && /^[\w.[\]]+$/.test(source) ? source : "");
}
