import { FlaskConical, X } from "lucide-react";
import { IconButton } from "@/components/ui/button";
import { StatusPill } from "@/components/ui/status";
import { plural } from "@/lib/format";
import type { Trial } from "../use-trial";

/** Says that the canvas shows a tried run, and what it would have sent. */
export function TrialBar({ trial }: { trial: Trial }) {
  const { result } = trial;
  if (result === null) return null;
  const { effects, error } = result;
  return (
    <section aria-label="Tested draft" className="border-b border-line bg-unknown-soft px-4 py-2 text-small">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <FlaskConical aria-hidden className="size-4 shrink-0 text-unknown" />
        <p className="font-medium text-unknown">Test of the draft</p>
        <StatusPill status={result.status} />
        <p className="min-w-0 flex-1 basis-48 text-ink">
          {error != null ? error.message : effects.length === 0 ? "Nothing would leave the house." : `Nothing was sent. ${plural(effects.length, "effect")} would have left the house.`}
        </p>
        <IconButton label="Put the test away" className="size-8" onClick={trial.clear}>
          <X aria-hidden />
        </IconButton>
      </div>
      {effects.length > 0 && (
        <details className="mt-1">
          <summary className="cursor-pointer text-muted">What would have been sent</summary>
          <ul aria-label="Effects of the test" className="mt-1 max-h-40 space-y-1 overflow-y-auto">
            {effects.map((effect, index) => (
              <li key={index} className="break-words">
                <span className="font-medium">{effect.step_id}: </span>
                would send {effect.summary}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
