import { expect, test } from "vitest";
import { isFiltered, readFilter, searchWords, toBody, toQuery, writeFilter } from "./filters";

const now = Date.parse("2026-11-21T12:34:56.789Z");

test("a filter goes into the address and comes back", () => {
  const params = writeFilter(new URLSearchParams("bulk=b1"), { status: ["failed", "paused"], search: "RAV4 blue", range: "7d" });
  expect(params.get("bulk")).toBe("b1");
  expect(readFilter(params)).toMatchObject({ status: ["paused", "failed"], search: "RAV4 blue", range: "7d" });
  expect(isFiltered(readFilter(writeFilter(params, { status: [], search: "", range: "" })))).toBe(false);
});

test("unknown statuses in the address are left out", () => {
  expect(readFilter(new URLSearchParams("status=failed,nonsense")).status).toEqual(["failed"]);
});

test("the server is asked for whole minutes and the dealership's days", () => {
  expect(toQuery(readFilter(new URLSearchParams("range=1h&business_key=D-1")), now, "UTC")).toEqual({ created_from: "2026-11-21T11:34:00.000Z", business_key: "D-1" });
  const days = readFilter(new URLSearchParams("range=days&from=2026-11-20&to=2026-11-20&status=failed,waiting"));
  expect(toQuery(days, now, "America/Chicago")).toEqual({ status: "waiting,failed", created_from: "2026-11-20T06:00:00.000Z", created_to: "2026-11-21T06:00:00.000Z" });
});

test("another range forgets the days", () => {
  const days = writeFilter(new URLSearchParams(), { range: "days", from: "2026-11-01", to: "2026-11-03" });
  expect(writeFilter(days, { range: "24h" }).toString()).toBe("range=24h");
});

test("a word that is still being typed finds those that begin so", () => {
  expect(searchWords("blue toyo")).toBe("blue toyo*");
  expect([searchWords("937-555-0190"), searchWords("a"), searchWords("VIN JT3"), searchWords(" ")]).toEqual(["937-555-0190", "", "VIN JT3", ""]);
});

test("a replay of many names its statuses one by one", () => {
  expect(toBody(readFilter(new URLSearchParams("status=failed,cancelled&workflow_id=w")), now, "UTC")).toMatchObject({ status: ["failed", "cancelled"], workflow_id: "w", search: null });
});
