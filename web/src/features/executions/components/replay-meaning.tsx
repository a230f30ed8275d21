import { CircleCheck, TriangleAlert } from "lucide-react";
import { plural } from "@/lib/format";
import { countEffects, type ReplayPlan } from "../model/replay";

const mostNamed = 4;

function Named({ effects }: { effects: ReplayPlan["repeated"] }) {
  const named = effects.map((effect) => effect.summary).filter((summary) => summary !== "");
  if (named.length === 0) return null;
  return (
    <ul className="mt-1 list-disc space-y-0.5 pl-4">
      {named.slice(0, mostNamed).map((summary, index) => (
        <li key={`${index}${summary}`} className="break-words">
          {summary}
        </li>
      ))}
      {named.length > mostNamed && <li>and {named.length - mostNamed} more</li>}
    </ul>
  );
}

/** Says plainly what the replay does outside once more, and what it doesn't. */
export function ReplayMeaning({ plan, fromStart }: { plan: ReplayPlan; fromStart: boolean }) {
  const { again, kept, repeated, done } = plan;
  return (
    <div className="space-y-2 text-small">
      <div className="flex gap-2.5 rounded-medium bg-waiting-soft px-3 py-2.5 text-waiting">
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        <div className="min-w-0">
          <p>
            <strong className="font-semibold">Happens again:</strong> {fromStart ? "every step" : plural(again, "step")}
            {repeated.length > 0 ? `, and with them ${countEffects(repeated)} that this run has already made.` : ". This run has made nothing outside there, but steps that come next may send and call."}
          </p>
          <Named effects={repeated} />
        </div>
      </div>
      {(kept.length > 0 || done.length > 0) && (
        <div className="flex gap-2.5 rounded-medium bg-success-soft px-3 py-2.5 text-success">
          <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0" />
          <p className="min-w-0">
            <strong className="font-semibold">Doesn&apos;t happen again:</strong> {plural(kept.length, "step")} before it
            {done.length > 0 && `, with ${countEffects(done)}`}.
            {done.some((effect) => effect.kind.startsWith("ai")) && " AI answers are taken over and not paid twice."}
          </p>
        </div>
      )}
      <p className="text-muted">The replay is a new run; this one stays as it is.</p>
    </div>
  );
}
