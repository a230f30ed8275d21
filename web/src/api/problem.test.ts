import { expect, test } from "vitest";
import { mapProblem, pointerToPath, problemFrom } from "./problem";

const invalid = problemFrom(
  {
    type: "about:blank",
    title: "Invalid",
    code: "validation_failed",
    errors: [
      { pointer: "/email", code: "invalid", detail: "Not an address." },
      { pointer: "/parameters/reply_to", code: "required", detail: "Needed." },
    ],
  },
  422,
);

test("a pointer becomes a field path", () => {
  expect(pointerToPath("/parameters/a~1b/0")).toBe("parameters.a/b.0");
});

test("messages land on their fields and the rest stays general", () => {
  expect(mapProblem(invalid, ["email"])).toEqual({ fields: { email: "Not an address." }, general: "Needed." });
  expect(mapProblem(invalid, ["email", "reply_to"], "parameters")).toEqual({
    fields: { email: "Not an address.", reply_to: "Needed." },
    general: null,
  });
});

test("a failure without a problem body still says something", () => {
  expect(problemFrom("<html>", 502)).toMatchObject({ status: 502, code: "http_502" });
  expect(mapProblem(new Error("x"), []).general).not.toBeNull();
});
