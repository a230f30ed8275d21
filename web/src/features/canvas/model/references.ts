import { isObject } from "@/lib/json-schema/fields";
import { modeOf } from "@/lib/json-schema/expression";

/** Rewrites which steps expressions speak of, when steps get other names. */

type Names = ReadonlyMap<string, string>;

// A text in quotes comes second, so that steps["x"] is seen before the text in it.
const mention = /(?<![\w.])(steps|loops)(\s*\.\s*([A-Za-z_]\w*)|\s*\[\s*(["'])([A-Za-z_]\w*)\4\s*\])|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g;
const inTemplate = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;

function inFormula(source: string, names: Names): string {
  return source.replace(mention, (whole: string, root: string | undefined, _rest: string | undefined, dotted: string | undefined, quote: string | undefined, quoted: string | undefined) => {
    const to = root === undefined ? undefined : names.get(dotted ?? quoted ?? "");
    if (root === undefined || to === undefined) return whole;
    return dotted === undefined ? `${root}[${quote ?? '"'}${to}${quote ?? '"'}]` : `${root}.${to}`;
  });
}

function inText(source: string, names: Names): string {
  return source.replace(inTemplate, (piece) => inFormula(piece, names));
}

/** The value with every mention of a renamed step changed, wherever it stands inside expressions. */
export function renameIn(value: unknown, names: Names): unknown {
  if (Array.isArray(value)) return value.map((item) => renameIn(item, names));
  if (!isObject(value)) return value;
  if (modeOf(value) === "literal") return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renameIn(item, names)]));
  const change = modeOf(value) === "tpl" ? inText : inFormula;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typeof item === "string" ? change(item, names) : item]));
}
