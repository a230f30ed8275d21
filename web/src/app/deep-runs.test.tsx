import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { me } from "@/testing/data/people";
import { renderApp } from "@/testing/render-app";
import { server } from "@/testing/server";

test("the rounds of a loop are turned page by page", async () => {
  const { user, router } = renderApp("/executions/e-loop?step=send");
  const panel = await screen.findByRole("complementary", { name: "Step Send the notice" });
  expect(within(panel).getByText(", round 78")).toBeInTheDocument();
  await user.click(within(panel).getByRole("button", { name: "Round after" }));
  expect(await screen.findByText(", round 79")).toBeInTheDocument();
  expect(router.state.location.search).toContain("step=send%5B78%5D");
  await user.selectOptions(screen.getByLabelText("Rounds by status"), "failed");
  expect(await screen.findByText(", round 78")).toBeInTheDocument();
});

test("of a thousand rows the timeline draws those on screen", async () => {
  renderApp("/executions/e-loop");
  const rows = await screen.findByRole("list", { name: "Steps in time" });
  const drawn = within(rows).getAllByRole("listitem");
  expect(drawn.length).toBeLessThan(60);
  expect(drawn[0]).toHaveAttribute("aria-setsize", "686");
});

test("a replay takes over results, one of them changed", async () => {
  let sent: unknown;
  server.use(http.post("*/api/v1/executions/:id/replay", async ({ request }) => {
    sent = await request.json();
    return HttpResponse.json({ execution_id: "e-live" }, { status: 202 });
  }));
  const { user, router } = renderApp("/executions/e-loop?step=each");
  await user.click(await screen.findByRole("button", { name: "Replay from here" }));
  const dialog = await screen.findByRole("dialog", { name: "Replay this run" });
  expect(within(dialog).getByText(/5 mails, 1 AI call/)).toBeInTheDocument();
  await user.click(within(dialog).getByRole("button", { name: "Edit the result of Find the owners" }));
  const field = within(dialog).getByLabelText("Result of Find the owners (JSON)");
  await user.clear(field);
  await user.click(field);
  await user.paste('{"count": 1}');
  await user.click(within(dialog).getByRole("button", { name: "Replay" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/executions/e-live"));
  expect(sent).toEqual({ from_step: "each", version: "same", input: null, outputs: { find: { count: 1 } } });
});

test("who may only look is offered nothing else", async () => {
  server.use(http.get("*/api/v1/me", () => HttpResponse.json({ ...me, role: "user", permissions: ["executions:read", "approvals:read", "workflows:read"] })));
  renderApp("/executions/e-loop?step=each");
  await screen.findByRole("complementary", { name: "Step For each owner" });
  for (const name of ["Replay", "Retry", "Replay from here", "Cancel", "Pause"]) expect(screen.queryByRole("button", { name })).not.toBeInTheDocument();
  expect(screen.queryByRole("tab", { name: "Files" })).not.toBeInTheDocument();
});

test("the filters of the runs live in the address", async () => {
  const { user, router } = renderApp("/executions?status=failed");
  await waitFor(() => expect(within(screen.getByRole("list", { name: "Runs" })).getAllByRole("listitem")).toHaveLength(2));
  await user.click(screen.getByRole("button", { name: "Paused" }));
  await waitFor(() => expect(within(screen.getByRole("list", { name: "Runs" })).getAllByRole("listitem")).toHaveLength(3));
  await user.type(screen.getByLabelText("Search in what came in"), "phone");
  await waitFor(() => expect(router.state.location.search).toBe("?status=failed%2Cpaused&search=phone"));
});
