import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";
import { client, unwrap } from "@/api/client";
import type { AuditEventView } from "@/api/types";
import { Card } from "@/components/ui/card";
import { LoadMore } from "@/components/ui/load-more";
import { EmptyState, ErrorState, SkeletonRows } from "@/components/ui/states";
import { Time } from "@/components/ui/time";
import { humanise } from "@/lib/format";

const auditQuery = infiniteQueryOptions({
  queryKey: ["audit"],
  queryFn: ({ pageParam }) => unwrap(client.GET("/api/v1/audit-events", { params: { query: { cursor: pageParam } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});

function hasData(data: unknown): boolean {
  return typeof data === "object" && data !== null && Object.keys(data).length > 0;
}

const actions: Record<string, string> = { "session.started": "Signed in", "session.ended": "Signed out" };

/** The trade says dealership and run where the records say tenant and execution. */
function inWords(name: string): string {
  return humanise(name.replace("tenant", "dealership").replace("execution", "run"));
}

/** What it was done to, by its name where the record has one. */
function subject({ data, resource_id }: AuditEventView): string | null {
  const { name, email } = data as { name?: unknown; email?: unknown };
  if (typeof name === "string") return name;
  if (typeof email === "string") return email;
  return resource_id?.slice(-8) ?? null;
}

function Row({ event }: { event: AuditEventView }) {
  return (
    <li className="grid gap-x-5 gap-y-0.5 px-4 py-3 text-small md:grid-cols-[11rem_10rem_minmax(0,1fr)] md:px-5">
      <Time value={event.at} as="datetime" className="tabular text-faint" />
      <span className="truncate font-medium">{event.actor_name ?? "Auterity"}</span>
      <div className="min-w-0">
        <p>
          {actions[event.action] ?? inWords(event.action)}
          <span className="break-words text-faint">
            {" "}
            · {inWords(event.resource_type).toLowerCase()} {subject(event)}
          </span>
        </p>
        {hasData(event.data) && (
          <details className="mt-1">
            <summary className="w-fit cursor-pointer text-accent-ink">Details</summary>
            <pre className="mt-1 overflow-x-auto rounded-medium bg-sunken p-2 font-mono text-small break-words whitespace-pre-wrap">{JSON.stringify(event.data, null, 2)}</pre>
          </details>
        )}
      </div>
    </li>
  );
}

export function AuditList() {
  const audit = useInfiniteQuery(auditQuery);
  const items = audit.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card className="overflow-hidden">
      {audit.isPending && <SkeletonRows label="Loading the audit log" />}
      {audit.isError && <ErrorState error={audit.error} what="The audit log" retry={() => void audit.refetch()} />}
      {audit.isSuccess && items.length === 0 && <EmptyState icon={ScrollText} title="Nothing has been recorded yet" />}
      <ul aria-label="Audit log" className="divide-y divide-line">
        {items.map((event) => (
          <Row key={event.id} event={event} />
        ))}
      </ul>
      <LoadMore hasMore={audit.hasNextPage} busy={audit.isFetchingNextPage} onMore={() => void audit.fetchNextPage()} />
    </Card>
  );
}
