import { useState } from "react";
import type { ExecutionEventView, ExecutionLogView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Time } from "@/components/ui/time";
import { cx } from "@/lib/cx";
import { formatNumber } from "@/lib/format";
import { describeEvent } from "../model/describe";
import { roundName } from "../model/instances";

const quiet = "px-4 py-8 text-center text-small text-muted md:px-5";

function named(key: string, stepName: (id: string) => string): string {
  const round = roundName(key);
  return round === "" ? stepName(key) : `${stepName(key)}, ${round}`;
}

const portion = 300;

/** Shows so many of the items, and a button for more: a long run has thousands. */
function usePortions<T>(items: T[]): { shown: T[]; more: React.ReactNode } {
  const [count, setCount] = useState(portion);
  const more =
    items.length <= count ? null : (
      <div className="flex justify-center border-t border-line p-3">
        <Button variant="ghost" size="small" onClick={() => setCount((current) => current + portion)}>
          Show more of {formatNumber(items.length)}
        </Button>
      </div>
    );
  return { shown: items.slice(0, count), more };
}

export function EventList({ events, stepName }: { events: ExecutionEventView[]; stepName: (id: string) => string }) {
  const { shown, more } = usePortions(events);
  if (events.length === 0) return <p className={quiet}>No events yet.</p>;
  return (
    <>
      <ol aria-label="Events" className="divide-y divide-line text-small">
        {shown.map((event) => {
          const { title, detail } = describeEvent(event);
          const bad = event.kind.endsWith("_failed");
          return (
            <li key={event.seq} className="grid grid-cols-[5.5rem_minmax(0,1fr)] gap-x-3 px-4 py-2 md:grid-cols-[3rem_6.5rem_minmax(0,1fr)] md:px-5">
              <span className="tabular hidden text-faint md:block">{event.seq}</span>
              <Time value={event.at} as="time" className="tabular text-faint" />
              <span className="break-words">
                <span className={cx("font-medium", bad && "text-failure")}>{title}</span>
                {event.step_id != null && <span className="text-muted"> · {named(event.step_id, stepName)}</span>}
                {(event.attempt ?? 1) > 1 && <span className="text-muted"> · attempt {event.attempt}</span>}
                {detail !== "" && <span className="block text-muted">{detail}</span>}
              </span>
            </li>
          );
        })}
      </ol>
      {more}
    </>
  );
}

const levels: Record<string, string> = { error: "text-failure", warn: "text-waiting", warning: "text-waiting", debug: "text-faint" };

export function LogList({ logs, stepName }: { logs: ExecutionLogView[]; stepName: (id: string) => string }) {
  const { shown, more } = usePortions(logs);
  if (logs.length === 0) return <p className={quiet}>No log lines yet.</p>;
  return (
    <>
      <ol aria-label="Log" className="divide-y divide-line text-small">
        {shown.map((line) => (
          <li key={line.seq} className="grid grid-cols-[5.5rem_minmax(0,1fr)] gap-x-3 px-4 py-2 md:grid-cols-[6.5rem_4rem_minmax(0,1fr)] md:px-5">
            <Time value={line.at} as="time" className="tabular text-faint" />
            <span className={cx("hidden font-medium md:block", levels[line.level] ?? "text-muted")}>{line.level}</span>
            <span className={cx("break-words", levels[line.level])}>
              {line.message}
              {line.step_id != null && <span className="text-faint"> · {named(line.step_id, stepName)}</span>}
            </span>
          </li>
        ))}
      </ol>
      {more}
    </>
  );
}
