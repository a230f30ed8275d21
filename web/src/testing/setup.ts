import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll } from "vitest";
import { endSession } from "@/api/session";
import { server } from "./server";

// Route files load on demand, which takes a while on a busy machine.
configure({ asyncUtilTimeout: 6000 });

class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
globalThis.ResizeObserver = Observer;
globalThis.matchMedia = (query: string) =>
  ({ matches: query.includes("min-width"), media: query, addEventListener: () => undefined, removeEventListener: () => undefined }) as unknown as MediaQueryList;
globalThis.scrollTo = () => undefined;
Element.prototype.getAnimations = () => [];

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  server.resetHandlers();
  endSession("none");
});
afterAll(() => server.close());
