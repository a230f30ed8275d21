import type { FieldValues, Path, UseFormSetError } from "react-hook-form";
import type { FieldProblem, Problem } from "./types";

/** Every failed request ends as one of these; `status` 0 means that the server wasn't reached. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = "ProblemError";
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
  }
}

export function isProblem(error: unknown, code?: string): error is ProblemError {
  return error instanceof ProblemError && (code === undefined || error.code === code);
}

const unreachable: Problem = {
  type: "about:blank",
  title: "Auterity can't be reached",
  status: 0,
  detail: "Check the connection and try again.",
  code: "unreachable",
  request_id: "",
};

export function unreachableError(): ProblemError {
  return new ProblemError(unreachable);
}

function isProblemBody(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "title" in value;
}

/** Makes a problem of whatever a failed response carried. */
export function problemFrom(body: unknown, status: number): ProblemError {
  if (isProblemBody(body)) return new ProblemError({ ...body, status });
  return new ProblemError({
    type: "about:blank",
    title: status >= 500 ? "Something went wrong on our side" : "The request wasn't accepted",
    status,
    detail: status >= 500 ? "Nothing was changed. Try again in a moment." : null,
    code: `http_${status}`,
    request_id: "",
  });
}

/** "/parameters/reply_to" → "parameters.reply_to", the way React Hook Form names fields. */
export function pointerToPath(pointer: string): string {
  return pointer
    .split("/")
    .filter((part) => part !== "")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .join(".");
}

export interface MappedProblem {
  fields: Record<string, string>;
  /** What no field can show: for the top of the form. */
  general: string | null;
}

/** Splits a problem into messages for known fields and one message for the rest. */
export function mapProblem(error: unknown, known: readonly string[], prefix = ""): MappedProblem {
  if (!(error instanceof ProblemError)) {
    return { fields: {}, general: "Something went wrong. Try again." };
  }
  const fields: Record<string, string> = {};
  const rest: FieldProblem[] = [];
  for (const item of error.problem.errors ?? []) {
    const full = pointerToPath(item.pointer);
    const path = prefix !== "" && full.startsWith(`${prefix}.`) ? full.slice(prefix.length + 1) : full;
    const field = known.find((name) => name === path) ?? known.find((name) => path.startsWith(`${name}.`));
    if (field === undefined) rest.push(item);
    else fields[field] ??= item.detail;
  }
  if (Object.keys(fields).length > 0 && rest.length === 0) return { fields, general: null };
  const general = rest.length > 0 ? rest.map((item) => item.detail).join(" ") : error.message;
  return { fields, general };
}

/** Puts server-side field errors on their fields; the returned text belongs above the form. */
export function applyProblem<T extends FieldValues>(
  error: unknown,
  known: readonly Path<T>[],
  setError: UseFormSetError<T>,
): string | null {
  const mapped = mapProblem(error, known);
  let focused = false;
  for (const name of known) {
    const message = mapped.fields[name];
    if (message === undefined) continue;
    setError(name, { type: "server", message }, { shouldFocus: !focused });
    focused = true;
  }
  return mapped.general;
}
