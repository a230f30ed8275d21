import { useTimeZone } from "@/api/me";
import { formatDateTime, formatRelative, formatTime } from "@/lib/format";
import { useNow } from "@/lib/use-now";

interface TimeProps {
  value: string;
  as?: "relative" | "datetime" | "time";
  className?: string;
}

/** A moment in the dealership's time zone; the exact one on hover. */
export function Time({ value, as = "relative", className }: TimeProps) {
  const zone = useTimeZone();
  const now = useNow();
  const exact = formatDateTime(value, zone);
  const text = as === "relative" ? formatRelative(value, now, zone) : as === "time" ? formatTime(value, zone) : exact;
  return (
    <time dateTime={value} title={exact} className={className}>
      {text}
    </time>
  );
}
