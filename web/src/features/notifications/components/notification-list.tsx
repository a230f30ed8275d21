import { useInfiniteQuery } from "@tanstack/react-query";
import { BellOff } from "lucide-react";
import { LoadMore } from "@/components/ui/load-more";
import { EmptyState, ErrorState, SkeletonRows } from "@/components/ui/states";
import { notificationsQuery, useMarkRead } from "../api";
import { NotificationRow } from "./notification-row";

export function NotificationList({ onOpen }: { onOpen?: () => void }) {
  const list = useInfiniteQuery(notificationsQuery);
  const read = useMarkRead();
  if (list.isPending) return <SkeletonRows rows={4} label="Loading notifications" />;
  if (list.isError) return <ErrorState error={list.error} what="The notifications" retry={() => void list.refetch()} />;
  const items = list.data.pages.flatMap((page) => page.items);
  if (items.length === 0) {
    return (
      <EmptyState icon={BellOff} title="Nothing to look at">
        You hear here when a run fails, a message needs a decision or a lead needs a person.
      </EmptyState>
    );
  }
  return (
    <>
      <ul className="divide-y divide-line">
        {items.map((item) => (
          <li key={item.id}>
            <NotificationRow
              item={item}
              onOpen={() => {
                if (item.read_at == null) read.mutate(item.id);
                onOpen?.();
              }}
            />
          </li>
        ))}
      </ul>
      <LoadMore hasMore={list.hasNextPage} busy={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </>
  );
}
