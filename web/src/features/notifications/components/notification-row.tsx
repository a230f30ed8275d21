import { Link } from "react-router";
import { CircleAlert, CircleX, Info, type LucideIcon } from "lucide-react";
import type { NotificationView } from "@/api/types";
import { type Tone, toneText } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { cx } from "@/lib/cx";

const looks: Record<string, { icon: LucideIcon; tone: Tone; label: string }> = {
  critical: { icon: CircleX, tone: "failure", label: "Failure" },
  warning: { icon: CircleAlert, tone: "waiting", label: "Warning" },
};
const info: { icon: LucideIcon; tone: Tone; label: string } = { icon: Info, tone: "accent", label: "Information" };

interface RowProps {
  item: NotificationView;
  onOpen: () => void;
}

/** The path inside the app of a link that may be written as a full address. */
export function localPath(link: string): string {
  try {
    const url = new URL(link, location.origin);
    return `${url.pathname}${url.search}${url.hash}`;
  } catch {
    return "/";
  }
}

export function NotificationRow({ item, onOpen }: RowProps) {
  const look = looks[item.severity] ?? info;
  const unread = item.read_at == null;
  const content = (
    <>
      <look.icon aria-label={look.label} className={cx("mt-0.5 size-[18px] shrink-0", toneText[look.tone])} />
      <span className="min-w-0 flex-1">
        <span className={cx("block break-words", unread ? "font-semibold" : "text-muted")}>{item.title}</span>
        {item.body !== "" && <span className="line-clamp-2 text-muted">{item.body}</span>}
        <Time value={item.created_at} className="block text-faint" />
      </span>
      {unread && <span role="img" aria-label="Unread" className="mt-2 size-2 shrink-0 rounded-full bg-accent" />}
    </>
  );
  const shape = "flex w-full items-start gap-3 px-4 py-3 text-left text-small hover:bg-hover";
  if (item.link == null) {
    return (
      <button type="button" onClick={onOpen} className={shape}>
        {content}
      </button>
    );
  }
  return (
    <Link to={localPath(item.link)} onClick={onOpen} className={shape}>
      {content}
    </Link>
  );
}
