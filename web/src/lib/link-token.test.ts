import { expect, test } from "vitest";
import { readLinkToken } from "./link-token";

test("the token of a link stands behind the number sign", () => {
  expect(readLinkToken("#token=abc123")).toBe("abc123");
  expect(readLinkToken("#a=1&token=abc123")).toBe("abc123");
});

test("a link without a token has an empty one", () => {
  for (const hash of ["", "#", "#token=", "#abc123"]) expect(readLinkToken(hash)).toBe("");
});
