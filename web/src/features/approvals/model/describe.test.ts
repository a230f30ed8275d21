import { expect, test } from "vitest";
import type { ApprovalView } from "@/api/types";
import { assigneeName, factText, isOverdue, whyNot } from "./describe";

const view = { state: "pending", can_decide: false, assignee: { role: "manager" }, claimed_by: null } as unknown as ApprovalView;

test("whose decision it is", () => {
  expect(assigneeName(view)).toBe("managers");
  expect(assigneeName({ assignee: { role: "manager", user: { id: "u", name: "Maya Okafor" } } })).toBe("Maya Okafor");
});

test("why one can't decide", () => {
  expect(whyNot(view, "me")).toBe("The decision is for managers.");
  expect(whyNot({ ...view, claimed_by: { id: "u", name: "Maya" } }, "me")).toBe("Maya has taken this one on.");
  expect(whyNot({ ...view, can_decide: true }, "me")).toBeNull();
  expect(whyNot({ ...view, state: "approved" }, "me")).toBeNull();
});

test("facts are read by people", () => {
  expect([factText(null), factText(true), factText(24_900), factText("Blue")]).toEqual(["–", "Yes", "24900", "Blue"]);
});

test("a decision is overdue after its time only", () => {
  expect(isOverdue("2026-11-21T10:00:00Z", Date.parse("2026-11-21T10:00:01Z"))).toBe(true);
  expect(isOverdue(null, 0)).toBe(false);
});
