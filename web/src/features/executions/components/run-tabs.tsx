import type { ExecutionEventView, ExecutionLogView } from "@/api/types";
import { Time } from "@/components/ui/time";
import { cx } from "@/lib/cx";
import { describeEvent } from "../model/describe";

const quiet = "px-4 py-8 text-center text-small text-muted md:px-5";

export function EventList({ events, stepName }: { events: ExecutionEventView[]; stepName: (id: string) => string }) {
  if (events.length === 0) return <p className={quiet}>No events yet.</p>;
  return (
    <ol aria-label="Events" className="divide-y divide-line text-small">
      {events.map((event) => {
        const { title, detail } = describeEvent(event);
        const bad = event.kind.endsWith("_failed");
        return (
          <li key={event.seq} className="grid grid-cols-[5.5rem_minmax(0,1fr)] gap-x-3 px-4 py-2 md:grid-cols-[3rem_6.5rem_minmax(0,1fr)] md:px-5">
            <span className="tabular hidden text-faint md:block">{event.seq}</span>
            <Time value={event.at} as="time" className="tabular text-faint" />
            <span className="break-words">
              <span className={cx("font-medium", bad && "text-failure")}>{title}</span>
              {event.step_id != null && <span className="text-muted"> · {stepName(event.step_id)}</span>}
              {(event.attempt ?? 1) > 1 && <span className="text-muted"> · attempt {event.attempt}</span>}
              {detail !== "" && <span className="block text-muted">{detail}</span>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

const levels: Record<string, string> = { error: "text-failure", warn: "text-waiting", warning: "text-waiting", debug: "text-faint" };

export function LogList({ logs, stepName }: { logs: ExecutionLogView[]; stepName: (id: string) => string }) {
  if (logs.length === 0) return <p className={quiet}>No log lines yet.</p>;
  return (
    <ol aria-label="Log" className="divide-y divide-line text-small">
      {logs.map((line) => (
        <li key={line.seq} className="grid grid-cols-[5.5rem_minmax(0,1fr)] gap-x-3 px-4 py-2 md:grid-cols-[6.5rem_4rem_minmax(0,1fr)] md:px-5">
          <Time value={line.at} as="time" className="tabular text-faint" />
          <span className={cx("hidden font-medium md:block", levels[line.level] ?? "text-muted")}>{line.level}</span>
          <span className={cx("break-words", levels[line.level])}>
            {line.message}
            {line.step_id != null && <span className="text-faint"> · {stepName(line.step_id)}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
