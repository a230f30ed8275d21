import { client, unwrap } from "../client";
import { isProblem } from "../problem";
import { endSession, refreshSession } from "../session";
import {
  accept,
  backoffMilliseconds,
  type LiveMessage,
  parseMessage,
  resumeFrames,
  subscribeFrame,
  type Topics,
  withoutTopic,
  withTopic,
} from "./resume";

export type LiveStatus = "idle" | "connecting" | "live" | "offline";
type Handler = (message: LiveMessage) => void;

const pingMilliseconds = 25_000;
const signInAgain = 4401;
const suspended = 4403;

/** One socket for the whole app: opens with a one-time ticket, comes back by itself. */
export class LiveSocket {
  private topics: Topics = new Map();
  private readonly handlers = new Map<string, Set<Handler>>();
  private readonly watchers = new Set<() => void>();
  private socket: WebSocket | null = null;
  private attempt = 0;
  private running = false;
  /** Tells an attempt that was overtaken by a stop that it is no longer wanted. */
  private generation = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ping: ReturnType<typeof setInterval> | undefined;
  private current: LiveStatus = "idle";

  start(): void {
    if (this.running) return;
    this.running = true;
    this.attempt = 0;
    void this.open();
  }

  stop(): void {
    this.running = false;
    this.generation += 1;
    clearTimeout(this.timer);
    clearInterval(this.ping);
    const socket = this.socket;
    this.socket = null;
    // One that is still connecting closes once it is open: browsers complain of anything earlier.
    if (socket?.readyState !== WebSocket.CONNECTING) socket?.close(1000);
    this.setStatus("idle");
  }

  status = (): LiveStatus => this.current;

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Hears a topic from `after` on; the returned function ends it. */
  subscribe(topic: string, after: number | null, handler: Handler): () => void {
    const existing = this.handlers.get(topic) ?? new Set<Handler>();
    const isNew = existing.size === 0;
    existing.add(handler);
    this.handlers.set(topic, existing);
    if (isNew) {
      this.topics = withTopic(withoutTopic(this.topics, topic), topic, after);
      this.send(subscribeFrame(this.topics, topic));
    }
    return () => {
      existing.delete(handler);
      if (existing.size > 0) return;
      this.handlers.delete(topic);
      this.topics = withoutTopic(this.topics, topic);
      this.send({ unsubscribe: topic });
    };
  }

  private setStatus(next: LiveStatus): void {
    if (this.current === next) return;
    this.current = next;
    for (const watcher of this.watchers) watcher();
  }

  private send(frame: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  private async open(): Promise<void> {
    const generation = this.generation;
    this.setStatus("connecting");
    let ticket: string;
    try {
      ticket = (await unwrap(client.POST("/api/v1/socket-tickets"))).ticket;
    } catch (error) {
      if (generation !== this.generation) return;
      if (isProblem(error) && (error.status === 401 || error.status === 403)) { this.setStatus("offline"); return; }
      this.retry(); return;
    }
    if (generation !== this.generation) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/socket?ticket=${encodeURIComponent(ticket)}`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      if (this.socket === socket) this.opened();
      else socket.close(1000);
    });
    socket.addEventListener("message", (event) => {
      if (this.socket === socket) this.received(String(event.data));
    });
    socket.addEventListener("close", (event) => this.closed(socket, event.code));
  }

  private opened(): void {
    this.setStatus("live");
    for (const frame of resumeFrames(this.topics)) this.send(frame);
    clearInterval(this.ping);
    this.ping = setInterval(() => this.send({ ping: 1 }), pingMilliseconds);
  }

  private received(text: string): void {
    // Only a connection that brings something counts as working: one that opens and breaks waits longer.
    this.attempt = 0;
    const message = parseMessage(text);
    if (message === null) return;
    const { topics, deliver } = accept(this.topics, message);
    this.topics = topics;
    if (!deliver) return;
    for (const handler of this.handlers.get(message.topic) ?? []) handler(message);
  }

  private closed(socket: WebSocket, code: number): void {
    if (this.socket !== socket) return;
    this.socket = null;
    clearInterval(this.ping);
    if (!this.running) return;
    if (code === suspended) return endSession("ended");
    if (code === signInAgain) {
      void refreshSession().then((renewed) => {
        if (renewed) this.retry();
      });
      return;
    }
    this.retry();
  }

  private retry(): void {
    if (!this.running) return;
    this.setStatus("offline");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.open(), backoffMilliseconds(this.attempt, Math.random()));
    this.attempt += 1;
  }
}

export const liveSocket = new LiveSocket();
