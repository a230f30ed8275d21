import { expect, test } from "vitest";
import { formatDateTime, formatDay, formatRelative, formatSeconds, humanise, secondsBetween } from "./format";
import { tenantFromHost } from "./tenant-address";

test("durations say their two largest units", () => {
  expect([0.032, 9.44, 59.6, 185, 7800, 100_000].map(formatSeconds)).toEqual(["32 ms", "9.4 s", "1 min", "3 min 5 s", "2 h 10 min", "1 d 3 h"]);
});

test("moments are told in the dealership's time zone", () => {
  expect(formatDateTime("2026-11-22T03:30:00Z", "America/Chicago")).toBe("Nov 21, 2026, 9:30 PM");
  expect(formatDay("2026-11-21")).toBe("Nov 21");
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(formatRelative("2026-11-21T11:55:00Z", now)).toBe("5 minutes ago");
  expect(formatRelative("2026-10-01T11:55:00Z", now)).toBe("Oct 1, 2026");
});

test("a duration that hasn't begun is none", () => {
  expect(secondsBetween(null, null, 0)).toBeNull();
  expect(secondsBetween("2026-11-21T12:00:00Z", "2026-11-21T12:00:09Z", 0)).toBe(9);
});

test("names become words", () => {
  expect(humanise("needs_review")).toBe("Needs review");
});

test("the dealership is read from the host where it stands there", () => {
  expect(["sunrise.localhost", "localhost", "sunrise.auterity.example", "auterity.example", "127.0.0.1", "app.auterity.example"].map(tenantFromHost)).toEqual([
    "sunrise", null, "sunrise", null, null, null,
  ]);
});
