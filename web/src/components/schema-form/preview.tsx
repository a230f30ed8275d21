import { useQuery } from "@tanstack/react-query";
import type { EvaluationView } from "@/api/types";
import { isProblem } from "@/api/problem";
import { type Expression, makeExpression } from "@/lib/json-schema/expression";
import { lookUp, sampleOf } from "@/lib/json-schema/paths";
import { useDebounced } from "@/lib/use-debounced";
import { CircleAlert } from "lucide-react";

/** What expressions are worked out with while one types. */
export interface PreviewSource {
  scope: Record<string, unknown>;
  /** Changes whenever the values do. */
  key: string;
  /** Asks the server; null where only plain paths are looked up here. */
  evaluate: ((expression: Expression, scope: unknown) => Promise<EvaluationView>) | null;
}

interface PreviewProps {
  mode: "ref" | "tpl" | "cel";
  source: string;
  preview: PreviewSource;
}

const pauseMilliseconds = 300;

async function workOut({ mode, source }: { mode: PreviewProps["mode"]; source: string }, { scope, evaluate }: PreviewSource): Promise<EvaluationView | null> {
  if (mode === "ref") {
    const found = lookUp(scope, source);
    return "value" in found ? found : { error: `The last data has no “${found.missing}”.` };
  }
  if (evaluate === null) return null;
  try {
    return await evaluate(makeExpression(mode, source), scope);
  } catch (error) {
    // A preview that can't be had is no reason to disturb; the findings say what is wrong.
    if (isProblem(error) && (error.status === 422 || error.status === 400)) return { error: error.message };
    return null;
  }
}

/** What the expression gives with the last data, or what is wrong with it. */
export function Preview({ mode, source, preview }: PreviewProps) {
  const settled = useDebounced(source.trim(), pauseMilliseconds);
  const answer = useQuery({
    queryKey: ["expressions", "preview", mode, settled, preview.key],
    queryFn: () => workOut({ mode, source: settled }, preview),
    enabled: settled !== "",
    staleTime: Infinity,
    gcTime: 60_000,
    retry: false,
    placeholderData: (previous) => previous,
  }).data;
  if (settled === "" || answer === undefined || answer === null) return null;
  if (answer.error != null) {
    return (
      <p role="status" className="flex items-start gap-1.5 text-small text-waiting">
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        <span className="min-w-0 break-words">{answer.error}</span>
      </p>
    );
  }
  const { value = null } = answer;
  const long = typeof value === "string" && value.length > 40;
  return (
    <p role="status" aria-label="Value with the last data" className="flex items-start gap-1.5 rounded-small bg-sunken px-2 py-1 text-small text-muted">
      <span aria-hidden className="font-semibold text-success">
        =
      </span>
      <span className={`min-w-0 break-words ${long ? "line-clamp-4 whitespace-pre-wrap" : "font-mono"}`}>{long ? value : sampleOf(value)}</span>
    </p>
  );
}
