import { expect, test } from "vitest";
import { accept, backoffMilliseconds, type LiveMessage, parseMessage, resumeFrames, type Topics, withTopic } from "./resume";

function message(seq: number, type = "event", topic = "execution:1"): LiveMessage {
  return { topic, seq, type, data: null, code: null, detail: null };
}

function run(topics: Topics, messages: LiveMessage[]): { topics: Topics; delivered: number[] } {
  const delivered: number[] = [];
  for (const item of messages) {
    const answer = accept(topics, item);
    topics = answer.topics;
    if (answer.deliver) delivered.push(item.seq ?? 0);
  }
  return { topics, delivered };
}

test("what was seen before is dropped, and a reconnect resumes after the last one", () => {
  const start = withTopic(new Map(), "execution:1", 4);
  const { topics, delivered } = run(start, [message(4), message(5), message(6), message(5), message(7)]);
  expect(delivered).toEqual([5, 6, 7]);
  expect(resumeFrames(topics)).toEqual([{ subscribe: "execution:1", after: 7 }]);
});

test("events and log lines count separately, and the one further behind decides", () => {
  const start = withTopic(new Map(), "execution:1", 0);
  const { topics, delivered } = run(start, [message(3), message(1, "log"), message(1, "log"), message(2, "log")]);
  expect(delivered).toEqual([3, 1, 2]);
  expect(resumeFrames(topics)).toEqual([{ subscribe: "execution:1", after: 2 }]);
});

test("a topic heard from now on takes everything and asks for no replay", () => {
  const start = withTopic(new Map(), "leads", null);
  expect(run(start, [message(9, "lead", "leads"), message(1, "lead", "leads")]).delivered).toEqual([9, 1]);
  expect(resumeFrames(start)).toEqual([{ subscribe: "leads" }]);
});

test("messages of topics that nobody hears, and what isn't a message, are left alone", () => {
  expect(accept(new Map(), message(1)).deliver).toBe(false);
  expect(parseMessage("{")).toBeNull();
  expect(parseMessage("[]")).toBeNull();
});

test("the wait doubles up to fifteen seconds", () => {
  expect([0, 1, 10].map((attempt) => backoffMilliseconds(attempt, 1))).toEqual([500, 1000, 15_000]);
});
