import { memo } from "react";
import { statusLook, toneText } from "@/components/ui/status";
import { cx } from "@/lib/cx";
import { formatSeconds, plural } from "@/lib/format";
import { roundName } from "../model/instances";
import type { Span, TimelineRow } from "../model/timeline";

const striped = "bg-[repeating-linear-gradient(135deg,var(--waiting)_0_2px,var(--waiting-soft)_2px_6px)] border border-waiting";

function lookOf(span: Span): string {
  switch (span.kind) {
    case "wait":
      return cx("top-[9px] h-4 rounded-small", striped);
    case "gap":
      return "top-[16px] h-0.5 bg-[repeating-linear-gradient(90deg,var(--waiting)_0_4px,transparent_4px_8px)]";
    case "call":
      return cx("top-[24px] h-1 rounded-full", span.outcome === "failed" ? "bg-failure" : span.outcome === "unknown" ? "bg-unknown" : "bg-accent");
    case "queued":
      return "top-[16px] h-0.5 bg-line-strong";
    case "paused":
      return "top-[11px] h-3 rounded-small bg-hover border border-line-strong";
    case "run":
      return "top-[14px] h-1.5 rounded-full bg-line-strong";
    case "attempt":
      return cx(
        "top-[9px] h-4 rounded-small",
        span.outcome === "failed" ? "bg-failure-solid" : span.outcome === "lost" ? "bg-unknown" : span.outcome === "" ? "bg-running" : "bg-success",
      );
  }
}

// What lies inside an attempt is drawn over it.
const order: Span["kind"][] = ["queued", "run", "paused", "gap", "attempt", "wait", "call"];

interface RowProps {
  row: TimelineRow;
  place: { index: number; count: number; top: number; height: number; labelWidth: number };
  axis: { start: number; scale: number; now: number };
  name: string;
  selected: boolean;
  onSelect: (row: TimelineRow) => void;
}

function spoken(row: TimelineRow, name: string, start: number, now: number): string {
  const parts = [name, statusLook(row.status).label.toLowerCase(), `began after ${formatSeconds((row.from - start) / 1000)}`, `took ${formatSeconds(((row.to ?? now) - row.from) / 1000)}`];
  if (row.attempts > 1) parts.push(plural(row.attempts, "attempt"));
  const waits = row.spans.filter((span) => span.kind === "wait").length;
  if (waits > 0) parts.push(plural(waits, "wait"));
  return parts.join(", ");
}

function Row({ row, place, axis, name, selected, onSelect }: RowProps) {
  const look = statusLook(row.status);
  const round = row.key === null ? "" : roundName(row.key);
  const x = (at: number) => (at - axis.start) * axis.scale;
  const end = row.to ?? axis.now;
  const full = round === "" ? name : `${name}, ${round}`;
  const { key } = row;
  return (
    <li
      aria-setsize={place.count}
      aria-posinset={place.index + 1}
      className={cx("absolute left-0 w-full border-b border-line/60", selected ? "bg-accent-soft" : place.index === 0 && "bg-sunken")}
      style={{ top: place.top, height: place.height }}
    >
      <button
        type="button"
        disabled={key === null}
        aria-label={spoken(row, full, axis.start, axis.now)}
        aria-pressed={key === null ? undefined : selected}
        title={full}
        onClick={() => onSelect(row)}
        className={cx(
          "sticky left-0 z-10 flex h-full items-center gap-2 border-r border-line pr-2 pl-4 text-left text-small enabled:hover:bg-hover md:pl-5",
          selected ? "bg-accent-soft" : place.index === 0 ? "bg-sunken font-medium" : "bg-surface",
        )}
        style={{ width: place.labelWidth }}
      >
        <look.icon aria-hidden className={cx("size-3.5 shrink-0", toneText[look.tone])} />
        <span className="min-w-0 truncate">{name}</span>
        {round !== "" && (
          <span className="tabular ml-auto shrink-0 text-faint">
            <span className="max-md:hidden">round </span>
            {round.slice("round ".length)}
          </span>
        )}
      </button>
      <div aria-hidden className="pointer-events-none absolute inset-y-0" style={{ left: place.labelWidth }}>
        {row.spans
          .toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind))
          .map((span, index) => (
            <span
              key={index}
              title={span.label}
              className={cx("pointer-events-auto absolute block", lookOf(span))}
              style={{ left: x(span.from), width: Math.max(3, x(span.to ?? axis.now) - x(span.from)) }}
            />
          ))}
        <span className="tabular absolute top-[7px] pl-2 text-small whitespace-nowrap text-muted" style={{ left: Math.max(3, x(end)) }}>
          {formatSeconds((end - row.from) / 1000)}
        </span>
      </div>
    </li>
  );
}

export const TimelineRowView = memo(Row);

const legend = [
  { label: "Attempt", look: "h-3 w-5 rounded-small bg-success" },
  { label: "Failed attempt", look: "h-3 w-5 rounded-small bg-failure-solid" },
  { label: "Wait", look: cx("h-3 w-5 rounded-small", striped) },
  { label: "Until the next attempt", look: "h-0.5 w-5 bg-[repeating-linear-gradient(90deg,var(--waiting)_0_4px,transparent_4px_8px)]" },
  { label: "Call outside", look: "h-1 w-5 rounded-full bg-accent" },
];

export function Legend() {
  return (
    <ul aria-label="What the bars mean" className="hidden flex-wrap gap-x-4 gap-y-1 text-small text-muted md:flex">
      {legend.map((item) => (
        <li key={item.label} className="flex items-center gap-1.5">
          <span aria-hidden className={item.look} /> {item.label}
        </li>
      ))}
    </ul>
  );
}
