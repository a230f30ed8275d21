import {
  Archive,
  Ban,
  CheckCircle2,
  CircleDashed,
  CircleDot,
  CircleHelp,
  CircleX,
  Clock,
  Eye,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  MessageCircle,
  MinusCircle,
  Pause,
  PencilLine,
  RotateCw,
  Sparkles,
  Trophy,
  Undo2,
} from "lucide-react";
import { cx } from "@/lib/cx";

export type Tone = "neutral" | "accent" | "running" | "waiting" | "success" | "failure" | "unknown";

export const toneText: Record<Tone, string> = {
  neutral: "text-muted",
  accent: "text-accent-ink",
  running: "text-running",
  waiting: "text-waiting",
  success: "text-success",
  failure: "text-failure",
  unknown: "text-unknown",
};

export const toneSoft: Record<Tone, string> = {
  neutral: "bg-hover text-muted",
  accent: "bg-accent-soft text-accent-ink",
  running: "bg-running-soft text-running",
  waiting: "bg-waiting-soft text-waiting",
  success: "bg-success-soft text-success",
  failure: "bg-failure-soft text-failure",
  unknown: "bg-unknown-soft text-unknown",
};

interface StatusLook {
  label: string;
  tone: Tone;
  icon: LucideIcon;
  turning?: boolean;
}

const looks: Record<string, StatusLook> = {
  queued: { label: "Queued", tone: "neutral", icon: CircleDashed },
  pending: { label: "Pending", tone: "neutral", icon: CircleDashed },
  provisioning: { label: "Setting up", tone: "running", icon: LoaderCircle, turning: true },
  running: { label: "Running", tone: "running", icon: LoaderCircle, turning: true },
  waiting: { label: "Waiting", tone: "waiting", icon: Hourglass },
  paused: { label: "Paused", tone: "neutral", icon: Pause },
  retrying: { label: "Retrying", tone: "waiting", icon: RotateCw },
  succeeded: { label: "Succeeded", tone: "success", icon: CheckCircle2 },
  failed: { label: "Failed", tone: "failure", icon: CircleX },
  cancelled: { label: "Cancelled", tone: "neutral", icon: Ban },
  not_run: { label: "Not run", tone: "neutral", icon: MinusCircle },
  skipped: { label: "Skipped", tone: "neutral", icon: MinusCircle },
  intended: { label: "Under way", tone: "running", icon: LoaderCircle },
  confirmed: { label: "Done", tone: "success", icon: CheckCircle2 },
  unknown: { label: "Unknown", tone: "unknown", icon: CircleHelp },
  sent: { label: "Sent", tone: "success", icon: CheckCircle2 },
  new: { label: "New", tone: "accent", icon: Sparkles },
  contacted: { label: "Contacted", tone: "running", icon: MessageCircle },
  working: { label: "Working", tone: "waiting", icon: Clock },
  sold: { label: "Sold", tone: "success", icon: Trophy },
  lost: { label: "Lost", tone: "neutral", icon: Ban },
  needs_review: { label: "Needs review", tone: "unknown", icon: Eye },
  draft: { label: "Draft", tone: "neutral", icon: PencilLine },
  active: { label: "Active", tone: "success", icon: CheckCircle2 },
  archived: { label: "Archived", tone: "neutral", icon: Archive },
  disabled: { label: "Disabled", tone: "neutral", icon: Ban },
  suspended: { label: "Suspended", tone: "failure", icon: Ban },
  deleting: { label: "Deleting", tone: "failure", icon: CircleX },
  approved: { label: "Approved", tone: "success", icon: CheckCircle2 },
  rejected: { label: "Rejected", tone: "failure", icon: CircleX },
  done: { label: "Done", tone: "success", icon: CheckCircle2 },
  halted: { label: "Stopped", tone: "failure", icon: Ban },
  rolling_back: { label: "Rolling back", tone: "running", icon: LoaderCircle },
  rolled_back: { label: "Rolled back", tone: "neutral", icon: Undo2 },
  upgraded: { label: "Upgraded", tone: "success", icon: CheckCircle2 },
  accepted: { label: "Accepted", tone: "success", icon: CheckCircle2 },
  expired: { label: "Expired", tone: "neutral", icon: Clock },
  revoked: { label: "Revoked", tone: "neutral", icon: Ban },
};

/** One meaning, one colour, one icon for a status everywhere. */
export function statusLook(status: string): StatusLook {
  return looks[status] ?? { label: status, tone: "neutral", icon: CircleDot };
}

export function StatusPill({ status, className }: { status: string; className?: string }) {
  const look = statusLook(status);
  return (
    <Pill tone={look.tone} className={className}>
      <look.icon aria-hidden className={cx("size-3.5 shrink-0", look.turning === true && "spin-slow")} />
      {look.label}
    </Pill>
  );
}

interface PillProps {
  tone?: Tone;
  className?: string | undefined;
  children: React.ReactNode;
}

export function Pill({ tone = "neutral", className, children }: PillProps) {
  return (
    <span
      className={cx(
        "inline-flex h-6 shrink-0 items-center gap-1.5 rounded-full px-2 text-small font-medium whitespace-nowrap",
        toneSoft[tone],
        className,
      )}
    >
      {children}
    </span>
  );
}
