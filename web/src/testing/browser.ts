import { ws } from "msw";
import { setupWorker } from "msw/browser";
import { liveEvents } from "./data/runs";
import { handlers } from "./handlers";

const stepMilliseconds = 1500;
const socket = ws.link(`ws://${location.host}/socket`);

const live = socket.addEventListener("connection", ({ client }) => {
  client.addEventListener("message", (message) => {
    const { subscribe, after = 0 } = JSON.parse(typeof message.data === "string" ? message.data : "{}") as { subscribe?: string; after?: number };
    if (subscribe === undefined) return;
    client.send(JSON.stringify({ topic: subscribe, type: "subscribed", seq: after }));
    if (subscribe !== "execution:e-live") return;
    liveEvents
      .filter((event) => event.seq > after)
      .forEach((event, index) => {
        setTimeout(() => {
          client.send(JSON.stringify({ topic: subscribe, seq: event.seq, type: "event", data: { ...event, at: new Date().toISOString() } }));
        }, (index + 1) * stepMilliseconds);
      });
  });
});

/** Answers the app's requests in the browser: `VITE_MOCK=1 npm run dev`. */
export async function startMock(): Promise<void> {
  await setupWorker(...handlers, live).start({ onUnhandledRequest: "bypass", quiet: true });
}
