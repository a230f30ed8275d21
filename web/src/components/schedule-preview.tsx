import { useQuery } from "@tanstack/react-query";
import { CalendarClock, CircleAlert } from "lucide-react";
import { client, unwrap } from "@/api/client";
import { formatDateTime } from "@/lib/format";
import { useDebounced } from "@/lib/use-debounced";

interface SchedulePreviewProps {
  cron: string;
  timeZone?: string | undefined;
}

/** When a schedule would fire next, in its own time zone. */
export function SchedulePreview({ cron, timeZone }: SchedulePreviewProps) {
  const settled = useDebounced(cron.trim(), 350);
  const preview = useQuery({
    queryKey: ["schedules", "preview", settled, timeZone ?? ""],
    queryFn: () =>
      unwrap(client.POST("/api/v1/schedules/preview", { body: { cron: settled, ...(timeZone === undefined || timeZone === "" ? {} : { time_zone: timeZone }) } })),
    enabled: settled !== "",
    retry: false,
    staleTime: 30_000,
  });
  if (settled === "") return null;
  if (preview.isError) {
    return (
      <p role="status" className="flex items-start gap-1.5 text-small text-failure">
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" /> {preview.error.message}
      </p>
    );
  }
  if (preview.data === undefined) return <p className="text-small text-faint">Working out the next times</p>;
  const { next, time_zone, description } = preview.data;
  return (
    <div role="status" className="rounded-medium bg-sunken px-3 py-2 text-small">
      <p className="flex items-center gap-1.5 font-medium">
        <CalendarClock aria-hidden className="size-4 text-faint" /> {description ?? "Next times"}
      </p>
      {next.length === 0 ? <p className="text-waiting">It never fires.</p> : (
        <ul className="tabular mt-1 text-muted">
          {next.map((time) => (
            <li key={time}>{formatDateTime(time, time_zone)}</li>
          ))}
        </ul>
      )}
      <p className="mt-1 text-faint">{time_zone.replaceAll("_", " ")}</p>
    </div>
  );
}
