import { expect, test } from "vitest";
import { folded } from "./folded";

test("every spelling of a name is found", () => {
  for (const [a, b] of [["José", "JOSE"], ["Jose\u0301", "jose"], ["O’Neil", "o'neil"], ["Groß", "GROSS"], ["Ann‑Marie", "ann marie"], ["Søn", "son"]] as const) {
    expect(folded(a)).toBe(folded(b));
  }
});
