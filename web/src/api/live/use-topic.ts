import { useEffect, useRef, useSyncExternalStore } from "react";
import type { LiveMessage } from "./resume";
import { type LiveStatus, liveSocket } from "./socket";

export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(liveSocket.watch, liveSocket.status);
}

interface Options {
  /** Hear everything after this sequence number; null for "from now on". */
  after?: number | null;
  enabled?: boolean;
}

/** Hears a topic for as long as the component is there. */
export function useTopic(topic: string, handler: (message: LiveMessage) => void, options: Options = {}): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  const { after = null, enabled = true } = options;
  const start = useRef(after);
  useEffect(() => {
    start.current = after;
  });
  useEffect(() => {
    if (!enabled) return;
    return liveSocket.subscribe(topic, start.current, (message) => latest.current(message));
  }, [topic, enabled]);
}
