import { expect, test } from "vitest";
import { passwordRules } from "./password-rules";

const personal = ["ann.smith@acme.example", "Ann Smith", "Acme Motors"];
const met = (password: string) => passwordRules(password, personal).map((rule) => rule.met);

test("a phrase meets every rule", () => {
  expect(met("quiet river seven lanterns")).toEqual([true, true, true]);
});

test("nothing is met before anything is typed", () => {
  expect(met("")).toEqual([false, false, false]);
});

test("each rule fails by itself", () => {
  expect(met("seven77")).toEqual([false, true, true]);
  expect(met("x".repeat(129))).toEqual([false, false, true]);
  expect(met("zzzzzzzzzz")).toEqual([true, false, true]);
  for (const password of ["Acme-Motors1!", "annsmith2026", "ann.smith", "Auterity2026"]) expect(met(password)[2]).toBe(false);
});

test("characters are counted, not code units", () => {
  expect(met("🚗🚗🔑🔑🚙🚙🏁")[0]).toBe(false);
  expect(met("🚗🚗🔑🔑🚙🚙🏁🏁")[0]).toBe(true);
});

test("what the page does not know it does not claim", () => {
  expect(passwordRules("ann.smith")).toHaveLength(2);
});
