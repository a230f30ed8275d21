import type { BacktestRun, BacktestSummary, BacktestTally } from "@/api/types";
import { formatNumber } from "@/lib/format";

export interface Figure {
  label: string;
  value: string;
  detail: string | null;
  /** Whether somebody should look at it. */
  marked: boolean;
}

function tally({ added, removed, changed }: BacktestTally): { total: number; text: string | null } {
  const parts = [
    [added, "more"],
    [removed, "fewer"],
    [changed, "changed"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${formatNumber(count)} ${word}`);
  return { total: added + removed + changed, text: said.length === 0 ? null : said.join(", ") };
}

/** "+120" or "−30"; null where nothing changed. */
function change(before: number, after: number): string | null {
  if (before === after) return null;
  return `${after > before ? "+" : "−"}${formatNumber(Math.abs(after - before))}`;
}

/** What the backtest found, in the order of how much it matters. */
export function figuresOf(summary: BacktestSummary): Figure[] {
  const [messages, approvals] = [tally(summary.messages), tally(summary.approvals)];
  const { ai } = summary;
  const [tokensBefore, tokensAfter] = [ai.input_tokens_before + ai.output_tokens_before, ai.input_tokens_after + ai.output_tokens_after];
  return [
    { label: "The same", value: formatNumber(summary.same), detail: `of ${formatNumber(summary.runs)} runs`, marked: false },
    { label: "Different", value: formatNumber(summary.different), detail: null, marked: summary.different > 0 },
    { label: "Would fail", value: formatNumber(summary.failed), detail: null, marked: summary.failed > 0 },
    { label: "Other branch taken", value: formatNumber(summary.branches_changed), detail: null, marked: false },
    { label: "Messages", value: formatNumber(messages.total), detail: messages.text ?? "no difference", marked: false },
    { label: "Approvals", value: formatNumber(approvals.total), detail: approvals.text ?? "no difference", marked: false },
    { label: "AI calls", value: formatNumber(ai.calls_after), detail: change(ai.calls_before, ai.calls_after) ?? "no difference", marked: false },
    { label: "AI tokens", value: formatNumber(tokensAfter), detail: change(tokensBefore, tokensAfter) ?? "no difference", marked: false },
  ];
}

export type RunVerdict = "same" | "different" | "failed";

export function verdictOf(run: BacktestRun): RunVerdict {
  if (run.status_after === "failed" && run.status_before !== "failed") return "failed";
  return run.differences.length === 0 ? "same" : "different";
}

/** The runs that somebody should look at first. */
export function inOrder(runs: readonly BacktestRun[]): BacktestRun[] {
  const weight = { failed: 0, different: 1, same: 2 };
  return runs.toSorted((one, other) => weight[verdictOf(one)] - weight[verdictOf(other)]);
}

export const kindNames: Record<string, string> = {
  branch: "Branch",
  message: "Message",
  approval: "Approval",
  effect: "Call outside",
  ai: "AI",
  status: "End of the run",
  output: "Output",
};

/** One side of a difference as text: short things as they are, the rest as JSON. */
export function sideText(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(", ");
  return JSON.stringify(value, null, 2);
}
