import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Maximize2, ZoomIn, ZoomOut } from "lucide-react";
import type { ExecutionEventView, ExecutionView } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { formatSeconds, plural } from "@/lib/format";
import { useWide } from "@/lib/use-media";
import { useNow } from "@/lib/use-now";
import { isOver } from "../model/fold";
import { extentOf, ticks, type TimelineRow, timelineRows, visibleRange } from "../model/timeline";
import { Legend, TimelineRowView } from "./timeline-row";

const rowHeight = 34;
const axisHeight = 30;
const widest = 2_000_000;
const right = 96;

interface Box {
  top: number;
  left: number;
  width: number;
  height: number;
}

/** Where the box is scrolled and how large it is, so that only what shows is drawn. */
function useBox() {
  const ref = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState<Box>({ top: 0, left: 0, width: 900, height: 480 });
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const read = () => setBox({ top: element.scrollTop, left: element.scrollLeft, width: element.clientWidth || 900, height: element.clientHeight || 480 });
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener("scroll", read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, []);
  return { ref, box };
}

interface TimelineProps {
  view: ExecutionView;
  events: ExecutionEventView[];
  /** Whether all events were read. */
  whole: boolean;
  stepName: (id: string) => string;
  selected: string | null;
  onSelect: (key: string) => void;
}

/** The waterfall of a run: when each step began, tried, waited and called. */
export function Timeline({ view, events, whole, stepName, selected, onSelect }: TimelineProps) {
  const now = useNow(isOver(view.status) ? 3_600_000 : 1000);
  const wide = useWide();
  const { ref, box } = useBox();
  const [zoom, setZoom] = useState(1);
  const anchor = useRef<{ share: number; x: number } | null>(null);
  const rows = useMemo(() => timelineRows(view, events), [view, events]);
  const extent = extentOf(rows, now);
  const span = extent.to - extent.from;
  const labelWidth = wide ? 240 : 128;
  const room = Math.max(80, box.width - labelWidth - right);
  const plot = Math.min(room * zoom, widest);
  const scale = plot / span;
  const zoomBy = (factor: number, x = box.width / 2) => {
    const offset = Math.max(0, x - labelWidth);
    anchor.current = { share: (box.left + offset) / plot, x: offset };
    setZoom((current) => Math.min(Math.max(1, current * factor), widest / room));
  };
  const zoomAt = useRef(zoomBy);
  useEffect(() => {
    zoomAt.current = zoomBy;
  });
  useLayoutEffect(() => {
    if (anchor.current === null || ref.current === null) return;
    ref.current.scrollLeft = anchor.current.share * plot - anchor.current.x;
    anchor.current = null;
  }, [plot, ref]);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    // The browser's own zoom must be held back, which only a listener that isn't passive may.
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomAt.current(event.deltaY < 0 ? 1.3 : 1 / 1.3, event.clientX - element.getBoundingClientRect().left);
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [ref]);
  const show = useCallback(
    (row: TimelineRow) => {
      if (row.key === null) return;
      const at = (row.from - extent.from) * scale;
      const seen = at >= box.left && at <= box.left + room;
      if (!seen && ref.current !== null) ref.current.scrollLeft = at - room / 4;
      onSelect(row.key);
    },
    [box.left, extent.from, onSelect, ref, room, scale],
  );
  const [first, last] = visibleRange(box.top, box.height, rowHeight, rows.length);
  const shownFrom = Math.max(0, (box.left - 40) / scale);
  const shownTo = Math.min(span, (box.left + room + right) / scale);
  return (
    <div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-1.5 md:px-5">
        <Legend />
        <span className="tabular ml-auto text-small text-muted">
          {plural(rows.length - 1, "row")} in {formatSeconds(span / 1000)}
        </span>
        <div className="flex">
          <IconButton label="Zoom the timeline out" disabled={zoom <= 1} onClick={() => zoomBy(0.5)}>
            <ZoomOut aria-hidden />
          </IconButton>
          <IconButton label="Zoom the timeline in" disabled={plot >= widest} onClick={() => zoomBy(2)}>
            <ZoomIn aria-hidden />
          </IconButton>
          <IconButton label="Show the whole timeline" disabled={zoom === 1} onClick={() => setZoom(1)}>
            <Maximize2 aria-hidden />
          </IconButton>
        </div>
      </div>
      {!whole && <p className="border-b border-line bg-waiting-soft px-4 py-2 text-small text-waiting md:px-5">The run has more events than are read here. Rows of later steps show their beginning and end only.</p>}
      <div
        ref={ref}
        role="region"
        aria-label="Timeline"
        // A region that scrolls must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="max-h-[32rem] overflow-auto"
      >
        <div className="relative" style={{ width: labelWidth + plot + right, height: axisHeight + rows.length * rowHeight }}>
          <div className="sticky top-0 z-20 border-b border-line bg-surface" style={{ height: axisHeight }}>
            <span className="sticky left-0 z-10 flex h-full items-center border-r border-line bg-surface pl-4 text-small text-faint md:pl-5" style={{ width: labelWidth }}>
              Since the start
            </span>
            {ticks(shownFrom, shownTo, wide ? 8 : 3).map((at) => (
              <span key={at} className="tabular absolute top-1 border-l border-line-strong pl-1 text-small whitespace-nowrap text-faint" style={{ left: labelWidth + at * scale }}>
                {at === 0 ? "0" : formatSeconds(at / 1000)}
              </span>
            ))}
          </div>
          <ol aria-label="Steps in time">
            {rows.slice(first, last).map((row, index) => (
              <TimelineRowView
                key={row.key ?? ""}
                row={row}
                place={{ index: first + index, count: rows.length, top: axisHeight + (first + index) * rowHeight, height: rowHeight, labelWidth }}
                axis={{ start: extent.from, scale, now }}
                name={row.key === null ? "The run" : stepName(row.key)}
                selected={row.key !== null && row.key === selected}
                onSelect={show}
              />
            ))}
          </ol>
        </div>
      </div>
    </div>
  );
}
