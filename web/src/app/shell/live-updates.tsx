import { useEffect, useRef } from "react";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import type { LiveMessage } from "@/api/live/resume";
import { liveSocket } from "@/api/live/socket";
import { usePermission } from "@/api/me";
import { useTopic } from "@/api/live/use-topic";
import type { NotificationView } from "@/api/types";
import { useToast } from "@/components/ui/toast";
import { unreadQuery } from "@/features/notifications/api";
import { localPath } from "@/features/notifications/components/notification-row";

const gatherMilliseconds = 400;

/** Many changes in a row become one reload of each list that shows them. */
function useGathered(queries: QueryClient): (...keys: string[]) => void {
  const waiting = useRef(new Set<string>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (...keys) => {
    for (const key of keys) waiting.current.add(key);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      for (const key of waiting.current) void queries.invalidateQueries({ queryKey: key.split("/") });
      waiting.current.clear();
    }, gatherMilliseconds);
  };
}

/** Keeps lists, figures and the bell up to date while the app is open. */
export function LiveUpdates() {
  const queries = useQueryClient();
  const reload = useGathered(queries);
  const toast = useToast();
  const mayDecisions = usePermission("approvals:read");
  useEffect(() => {
    liveSocket.start();
    return () => liveSocket.stop();
  }, []);
  useTopic("executions", () => reload("executions/list", "dashboard"));
  useTopic("leads", (message: LiveMessage) => {
    const id = (message.data as { id?: string } | null)?.id;
    reload("leads/list", "dashboard", ...(id === undefined ? [] : [`leads/detail/${id}`]));
  });
  useTopic("approvals", () => reload("approvals"), { enabled: mayDecisions });
  useTopic("notifications", (message) => {
    reload("notifications");
    if (message.type !== "notification") return;
    const item = message.data as NotificationView;
    queries.setQueryData(unreadQuery.queryKey, (items) => [item, ...(items ?? []).filter((other) => other.id !== item.id)]);
    const tone = item.severity === "critical" ? "failure" : "accent";
    toast({
      title: item.title,
      detail: item.body === "" ? undefined : item.body,
      tone,
      ...(item.link == null ? {} : { action: { label: "Open", to: localPath(item.link) } }),
    });
  });
  return null;
}
