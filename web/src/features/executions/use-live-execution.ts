import { useEffect, useMemo, useRef } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { LiveMessage } from "@/api/live/resume";
import { useLiveStatus, useTopic } from "@/api/live/use-topic";
import type { ExecutionEventView, ExecutionLogView } from "@/api/types";
import { eventsQuery, executionQuery, logsQuery } from "./api";
import { catchUp, isOver, mergeBySeq } from "./model/fold";

const settleMilliseconds = 700;
const pollMilliseconds = 3000;

/** A run that follows its events: what was stored, brought up to date with what came over the socket. */
export function useLiveExecution(id: string) {
  const queries = useQueryClient();
  const socket = useLiveStatus();
  const stored = useQuery({
    ...executionQuery(id),
    // Without the socket the page asks instead.
    refetchInterval: ({ state }) =>
      socket !== "live" && state.data !== undefined && !isOver(state.data.status) ? pollMilliseconds : false,
  });
  const events = useQuery(eventsQuery(id));
  const logs = useQuery(logsQuery(id));
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onMessage = (message: LiveMessage) => {
    if (message.type === "event") {
      const event = message.data as ExecutionEventView;
      queries.setQueryData(eventsQuery(id).queryKey, (known) => mergeBySeq(known ?? [], [event]));
      // The stored run has what events leave out, so it is read again once they pause.
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        void queries.invalidateQueries({ queryKey: executionQuery(id).queryKey });
      }, settleMilliseconds);
    }
    if (message.type === "log") {
      const line = message.data as ExecutionLogView;
      queries.setQueryData(logsQuery(id).queryKey, (known) => mergeBySeq(known ?? [], [line]));
    }
  };
  const loaded = stored.data !== undefined && events.isFetched && logs.isFetched;
  useTopic(`execution:${id}`, onMessage, { after: stored.data?.last_seq ?? 0, enabled: loaded });
  const view = useMemo(
    () => (stored.data === undefined ? undefined : catchUp(stored.data, events.data ?? [])),
    [stored.data, events.data],
  );
  return { stored, view, events, logs, socket };
}
