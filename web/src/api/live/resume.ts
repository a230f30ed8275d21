/** What the live socket remembers about each topic, as pure functions. */

/**
 * A topic heard from a sequence number on can be resumed and has its repeats
 * dropped; one heard "from now on" (`start` null) takes what comes.
 */
export interface TopicState {
  start: number | null;
  /** The last sequence number seen, by message type. */
  last: Readonly<Record<string, number>>;
}

export type Topics = ReadonlyMap<string, TopicState>;

export interface LiveMessage {
  topic: string;
  seq: number | null;
  type: string;
  data: unknown;
  code: string | null;
  detail: string | null;
}

export interface SubscribeFrame {
  subscribe: string;
  after?: number;
}

export function withTopic(topics: Topics, topic: string, after: number | null): Topics {
  return topics.has(topic) ? topics : new Map(topics).set(topic, { start: after, last: {} });
}

export function withoutTopic(topics: Topics, topic: string): Topics {
  const next = new Map(topics);
  next.delete(topic);
  return next;
}

/** Resumes from the type that is furthest behind: repeats are dropped, gaps couldn't be filled. */
export function subscribeFrame(topics: Topics, topic: string): SubscribeFrame {
  const state = topics.get(topic);
  if (state === undefined || state.start === null) return { subscribe: topic };
  const seen = Object.values(state.last);
  return { subscribe: topic, after: seen.length > 0 ? Math.min(...seen) : state.start };
}

/** What to send when a connection opens: every topic, each from where it stopped. */
export function resumeFrames(topics: Topics): SubscribeFrame[] {
  return [...topics.keys()].map((topic) => subscribeFrame(topics, topic));
}

export function parseMessage(text: string): LiveMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const frame = value as Record<string, unknown>;
  if (typeof frame["type"] !== "string") return null;
  return {
    topic: typeof frame["topic"] === "string" ? frame["topic"] : "",
    seq: typeof frame["seq"] === "number" ? frame["seq"] : null,
    type: frame["type"],
    data: frame["data"] ?? null,
    code: typeof frame["code"] === "string" ? frame["code"] : null,
    detail: typeof frame["detail"] === "string" ? frame["detail"] : null,
  };
}

export interface Accepted {
  topics: Topics;
  deliver: boolean;
}

/** Moves a topic's position on and says whether the message is news. */
export function accept(topics: Topics, message: LiveMessage): Accepted {
  const known = topics.get(message.topic);
  if (known === undefined) return { topics, deliver: false };
  if (known.start === null || message.seq === null || message.type === "subscribed") {
    return { topics, deliver: true };
  }
  if (message.seq <= (known.last[message.type] ?? known.start)) return { topics, deliver: false };
  const last = { ...known.last, [message.type]: message.seq };
  return { topics: new Map(topics).set(message.topic, { ...known, last }), deliver: true };
}

/** Waiting time before the next attempt: doubling from half a second to 15, with jitter. */
export function backoffMilliseconds(attempt: number, random: number): number {
  const ceiling = Math.min(500 * 2 ** attempt, 15_000);
  return Math.round(ceiling * (0.5 + random * 0.5));
}
