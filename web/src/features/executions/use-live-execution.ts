import { useEffect, useMemo, useRef } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { LiveMessage } from "@/api/live/resume";
import { useLiveStatus, useTopic } from "@/api/live/use-topic";
import type { ExecutionEventView, ExecutionLogView } from "@/api/types";
import { eventsQuery, executionQuery, logsQuery } from "./api";
import { catchUp, isOver, mergeBySeq } from "./model/fold";

const settleMilliseconds = 700;
// A run of many rounds is large, and is read again less often.
const largeSettleMilliseconds = 5000;
const largeSteps = 2000;
const pollMilliseconds = 3000;
const gatherMilliseconds = 30;

interface Heard {
  events: ExecutionEventView[];
  logs: ExecutionLogView[];
}

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
  const settling = useRef<ReturnType<typeof setTimeout>>(undefined);
  const gathering = useRef<ReturnType<typeof setTimeout>>(undefined);
  const heard = useRef<Heard>({ events: [], logs: [] });
  useEffect(
    () => () => {
      clearTimeout(settling.current);
      clearTimeout(gathering.current);
    },
    [],
  );
  // A burst of messages is one change of the page, not one for each.
  const takeIn = () => {
    gathering.current = undefined;
    const { events: newEvents, logs: newLogs } = heard.current;
    heard.current = { events: [], logs: [] };
    if (newEvents.length > 0) queries.setQueryData(eventsQuery(id).queryKey, (known) => mergeBySeq(known ?? [], newEvents));
    if (newLogs.length > 0) queries.setQueryData(logsQuery(id).queryKey, (known) => mergeBySeq(known ?? [], newLogs));
  };
  const readAgain = () => {
    settling.current = undefined;
    void queries.invalidateQueries({ queryKey: executionQuery(id).queryKey });
  };
  const onMessage = (message: LiveMessage) => {
    if (message.type === "event") {
      heard.current.events.push(message.data as ExecutionEventView);
      // The stored run has what events leave out, so it is read again soon after.
      const large = (stored.data?.steps.length ?? 0) > largeSteps;
      settling.current ??= setTimeout(readAgain, large ? largeSettleMilliseconds : settleMilliseconds);
    }
    if (message.type === "log") heard.current.logs.push(message.data as ExecutionLogView);
    gathering.current ??= setTimeout(takeIn, gatherMilliseconds);
  };
  const loaded = stored.data !== undefined && events.isFetched && logs.isFetched;
  useTopic(`execution:${id}`, onMessage, { after: stored.data?.last_seq ?? 0, enabled: loaded });
  const view = useMemo(
    () => (stored.data === undefined ? undefined : catchUp(stored.data, events.data ?? [])),
    [stored.data, events.data],
  );
  return { stored, view, events, logs, socket };
}
