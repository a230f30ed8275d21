import { expect, test } from "vitest";
import type { VehicleView } from "@/api/types";
import { laterWords, recordFacts, statedFacts } from "./model";

const vehicle: VehicleView = {
  id: "v1", label: "2023 Ford F-150 XLT", make: "Ford", model: "F-150", trim: "XLT", year: 2023,
  stock_number: "F100", condition: "used", price: 34995, price_currency: "USD", interest: "buy",
  stated: { label: "2023 Ford F-150", stock_number: "f-100", condition: "New", price: 34995, offer: 30000.5, price_currency: "USD", exterior_color: "Red" },
};
const texts = (facts: { label: string; value: string }[]) => facts.map((fact) => `${fact.label}: ${fact.value}`);

test("the customer's words stand apart from the record, and what is alike is told once", () => {
  expect(texts(statedFacts(vehicle))).toEqual(["Interest: Buy", "Offers: $30,000.50", "Color: Red", "Condition: New"]);
  expect(texts(recordFacts(vehicle))).toEqual(["Vehicle: 2023 Ford F-150 XLT", "Price: $34,995", "Condition: Used", "Stock number: F100", "Trim: XLT"]);
});

test("another price and another number than the record's are shown as the customer's", () => {
  const stated = { ...vehicle.stated, label: "Ford", stock_number: "F200", price: 33000 };
  const facts = texts(statedFacts({ ...vehicle, stated }));
  expect(facts).toContain("Saw it for: $33,000");
  expect(facts).toContain("Stock number: F200");
});

test("a lead from before has a record alone", () => {
  expect(texts(statedFacts({ ...vehicle, stated: null, interest: null }))).toEqual([]);
});

test("only what the customer wrote again counts as words", () => {
  const at = "2026-12-01T08:00:00Z";
  const items = laterWords([
    { at, kind: "received", title: "Received", detail: "x" },
    { at, kind: "request", title: "Wrote again", detail: "I am back" },
    { at, kind: "request", title: "Wrote again", detail: null },
  ]);
  expect(items.map((item) => item.detail)).toEqual(["I am back"]);
});
