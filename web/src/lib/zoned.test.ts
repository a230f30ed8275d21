import { expect, test } from "vitest";
import { dayStart } from "./zoned";

test("a day begins at the dealership's midnight", () => {
  expect(dayStart("2026-11-21", 0, "America/Chicago")).toBe("2026-11-21T06:00:00.000Z");
  expect(dayStart("2026-07-04", 0, "America/Chicago")).toBe("2026-07-04T05:00:00.000Z");
  expect(dayStart("2026-11-21", 1, "Asia/Kolkata")).toBe("2026-11-21T18:30:00.000Z");
});

test("also on the days when clocks change", () => {
  expect(dayStart("2026-03-08", 0, "America/New_York")).toBe("2026-03-08T05:00:00.000Z");
  expect(dayStart("2026-03-08", 1, "America/New_York")).toBe("2026-03-09T04:00:00.000Z");
  expect(dayStart("2026-11-01", 1, "America/New_York")).toBe("2026-11-02T05:00:00.000Z");
});

test("what is no day gives nothing", () => {
  expect(dayStart("", 0, "UTC")).toBeNull();
  expect(dayStart("2026-13-45", 0, "UTC")).toBeNull();
});
