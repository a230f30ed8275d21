import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveSocket } from "./socket";

const post = vi.hoisted(() => vi.fn());
vi.mock("../client", () => ({ client: { POST: post }, unwrap: (answer: Promise<unknown>) => answer }));
vi.mock("../session", () => ({ endSession: vi.fn(), refreshSession: vi.fn() }));

/** A connection whose life the test decides. */
class Wire extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 3;
  static made: Wire[] = [];
  readyState = Wire.CONNECTING;
  sent: string[] = [];
  closedWhile: number[] = [];
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    Wire.made.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closedWhile.push(this.readyState);
    this.readyState = Wire.CLOSED;
  }

  opens(): void {
    this.readyState = Wire.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  /** What the other side closes with. */
  ends(code: number): void {
    this.readyState = Wire.CLOSED;
    this.dispatchEvent(new CloseEvent("close", { code }));
  }

  brings(message: object): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }
}

const wire = (number: number): Wire => {
  const found = Wire.made[number];
  if (found === undefined) throw new Error(`no connection ${number}`);
  return found;
};

beforeEach(() => {
  Wire.made = [];
  post.mockResolvedValue({ ticket: "one time" });
  vi.stubGlobal("WebSocket", Wire);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a connection opens with a ticket and asks for what was subscribed", async () => {
  const socket = new LiveSocket();
  socket.subscribe("leads", null, () => undefined);
  socket.start();
  await vi.waitFor(() => expect(Wire.made).toHaveLength(1));
  expect(wire(0).url).toContain("ticket=one%20time");
  expect(socket.status()).toBe("connecting");
  wire(0).opens();
  expect(socket.status()).toBe("live");
  expect(wire(0).sent.join()).toContain("leads");
  socket.stop();
  expect(wire(0).closedWhile).toEqual([Wire.OPEN]);
});

test("what is stopped while it connects closes once it is open, and is heard no more", async () => {
  const heard = vi.fn();
  const socket = new LiveSocket();
  socket.subscribe("leads", null, heard);
  socket.start();
  await vi.waitFor(() => expect(Wire.made).toHaveLength(1));
  socket.stop();
  expect(wire(0).closedWhile).toEqual([]);
  wire(0).opens();
  expect(wire(0).closedWhile).toEqual([Wire.OPEN]);
  expect(wire(0).sent).toEqual([]);
  expect(socket.status()).toBe("idle");
  wire(0).brings({ topic: "leads", seq: 1, data: {} });
  expect(heard).not.toHaveBeenCalled();
});

test("a session that ends before the ticket is there opens nothing", async () => {
  let give: (answer: { ticket: string }) => void = () => undefined;
  post.mockReturnValueOnce(new Promise((resolve) => { give = resolve; }));
  const socket = new LiveSocket();
  socket.start();
  socket.stop();
  give({ ticket: "late" });
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(Wire.made).toEqual([]);
});

test("a process that restarts is left for another one, after a pause, and what was heard goes on", async () => {
  const socket = new LiveSocket();
  socket.subscribe("execution:1", 4, () => undefined);
  socket.start();
  await vi.waitFor(() => expect(Wire.made).toHaveLength(1));
  wire(0).opens();
  vi.useFakeTimers();
  try {
    wire(0).ends(1001);
    expect(socket.status()).toBe("offline");
    await vi.advanceTimersByTimeAsync(200);
    expect(Wire.made).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(400);
    expect(Wire.made).toHaveLength(2);
  } finally {
    vi.useRealTimers();
  }
  wire(1).opens();
  expect(wire(1).sent.join()).toContain('"after":4');
  socket.stop();
});
