import type { Fact } from "@/api/types";
import { factText } from "../model/describe";

/** What one decides on. */
export function Facts({ facts }: { facts: Fact[] }) {
  if (facts.length === 0) return null;
  return (
    <dl className="divide-y divide-line rounded-medium border border-line">
      {facts.map((fact) => (
        <div key={fact.label} className="flex flex-wrap justify-between gap-x-4 gap-y-0.5 px-3.5 py-2.5">
          <dt className="text-muted">{fact.label}</dt>
          <dd className="tabular min-w-0 font-medium break-words">{factText(fact.value)}</dd>
        </div>
      ))}
    </dl>
  );
}
