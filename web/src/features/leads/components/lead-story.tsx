import { Link } from "react-router";
import { CircleDot, Inbox, type LucideIcon, Mail, MessageSquarePlus, NotebookPen, PlaySquare, Repeat, Sparkles, Tag } from "lucide-react";
import type { LeadView, MessageView, TimelineItem } from "@/api/types";
import { Section } from "@/components/ui/card";
import { JsonView } from "@/components/ui/json-view";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { laterWords, readAi } from "../model";

export function AiCard({ lead }: { lead: LeadView }) {
  const { summary, facts } = readAi(lead.ai);
  if (summary === null && facts.length === 0) return null;
  return (
    <Section
      title={
        <span className="flex items-center gap-2">
          <Sparkles aria-hidden className="size-4 text-accent-ink" /> AI summary
        </span>
      }
    >
      {summary !== null && <p>{summary}</p>}
      {facts.length > 0 && (
        <dl className="mt-3 flex flex-wrap gap-x-8 gap-y-2 text-small">
          {facts.map((fact) => (
            <div key={fact.label}>
              <dt className="text-faint">{fact.label}</dt>
              <dd>{fact.value}</dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  );
}

function Message({ message }: { message: MessageView }) {
  return (
    <article className="space-y-2 p-4 md:p-5">
      <header className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <h3 className="min-w-0 font-semibold break-words">{message.subject}</h3>
        <StatusPill status={message.status} />
      </header>
      <p className="text-small text-faint">
        To {message.to} · <Time value={message.sent_at ?? message.created_at} as="datetime" />
      </p>
      <p className="break-words whitespace-pre-wrap">{message.text}</p>
    </article>
  );
}

export function MessagesCard({ lead }: { lead: LeadView }) {
  return (
    <Section title="Messages" bodyClassName="divide-y divide-line">
      {lead.messages.length === 0 && <p className="p-4 text-muted md:p-5">Nothing has been sent to this customer yet.</p>}
      {lead.messages.map((message) => (
        <Message key={message.id} message={message} />
      ))}
    </Section>
  );
}

/** The customer's own words, each time they wrote. */
export function WordsCard({ lead }: { lead: LeadView }) {
  const later = laterWords(lead.timeline);
  const first = lead.comments ?? "";
  if (first === "" && later.length === 0) return null;
  return (
    <Section title="What they wrote" bodyClassName="divide-y divide-line">
      {first !== "" && <p className="p-4 break-words whitespace-pre-wrap md:p-5">{first}</p>}
      {later.map((item) => (
        <div key={item.at} className="space-y-1 p-4 md:p-5">
          <p className="flex flex-wrap items-center gap-x-2 text-small text-faint">
            <MessageSquarePlus aria-hidden className="size-4" /> {item.title} · <Time value={item.at} as="datetime" />
          </p>
          <p className="break-words whitespace-pre-wrap">{item.detail}</p>
        </div>
      ))}
    </Section>
  );
}

const icons: Record<string, LucideIcon> = {
  received: Inbox,
  request: MessageSquarePlus,
  execution: PlaySquare,
  message: Mail,
  status: Tag,
  resent: Repeat,
  note: NotebookPen,
};

function Moment({ item }: { item: TimelineItem }) {
  const Icon = icons[item.kind] ?? CircleDot;
  return (
    <li className="relative flex gap-3 pb-5 last:pb-0 [&:not(:last-child)]:before:absolute [&:not(:last-child)]:before:top-8 [&:not(:last-child)]:before:bottom-0 [&:not(:last-child)]:before:left-[15px] [&:not(:last-child)]:before:w-px [&:not(:last-child)]:before:bg-line">
      <span className="flex size-8 shrink-0 items-center justify-center rounded-full bg-hover text-muted">
        <Icon aria-hidden className="size-4" />
      </span>
      <div className="min-w-0 pt-1">
        <p className="break-words">
          {item.title}
          {item.execution_id != null && (
            <>
              {" "}
              <Link to={`/executions/${item.execution_id}`} className="font-medium whitespace-nowrap text-accent-ink hover:underline">
                See the run
              </Link>
            </>
          )}
        </p>
        {item.detail != null && <p className="text-small break-words text-muted">{item.detail}</p>}
        <Time value={item.at} as="datetime" className="text-small text-faint" />
      </div>
    </li>
  );
}

export function TimelineCard({ lead }: { lead: LeadView }) {
  return (
    <Section title="Timeline">
      <ol>
        {lead.timeline.map((item, index) => (
          <Moment key={`${item.at}-${index}`} item={item} />
        ))}
      </ol>
    </Section>
  );
}

export function RawCard({ lead }: { lead: LeadView }) {
  if (lead.raw === "") return null;
  return (
    <details open={lead.status === "needs_review"} className="group rounded-large border border-line bg-surface shadow-card">
      <summary className="flex min-h-12 cursor-pointer items-center justify-between gap-4 px-4 font-semibold md:px-5">
        Raw lead
        <span className="text-small font-normal text-faint">{lead.raw_content_type ?? "as received"}</span>
      </summary>
      <div className="px-4 pb-4 md:px-5 md:pb-5">
        <JsonView value={lead.raw} label="raw lead" />
      </div>
    </details>
  );
}
