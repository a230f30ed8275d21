import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { renderApp } from "@/testing/render-app";
import { server } from "@/testing/server";

test("a yes needs its answers, and is sent with them", async () => {
  let sent: unknown;
  server.use(http.post("*/api/v1/approvals/ap1/decide", async ({ request }) => {
    sent = await request.json();
    return HttpResponse.json({});
  }));
  const { user, router } = renderApp("/approvals/ap1");
  await user.click(await screen.findByRole("button", { name: "Approve" }));
  expect(await screen.findByText("This is needed.")).toBeInTheDocument();
  expect(sent).toBeUndefined();
  await user.type(screen.getByLabelText("New price"), "39750");
  await user.click(screen.getByRole("button", { name: "Approve" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/approvals"));
  expect(sent).toEqual({ decision: "approved", values: { new_price: 39_750 } });
});

test("a no needs no answers", async () => {
  let sent: unknown;
  server.use(http.post("*/api/v1/approvals/ap1/decide", async ({ request }) => {
    sent = await request.json();
    return HttpResponse.json({});
  }));
  const { user } = renderApp("/approvals/ap1");
  await user.type(await screen.findByLabelText(/Comment/), "Not now.");
  await user.click(screen.getByRole("button", { name: "Reject" }));
  await waitFor(() => expect(sent).toEqual({ decision: "rejected", comment: "Not now." }));
});

test("what somebody else has taken on can't be decided", async () => {
  renderApp("/approvals/ap2");
  expect(await screen.findByText("Marcus Bell has taken this one on.")).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Approve" })).not.toBeInTheDocument();
});

test("the navigation says how many wait", async () => {
  renderApp("/approvals");
  const [count] = await screen.findAllByText("waiting");
  expect(count?.closest("a")).toHaveTextContent("Approvals, 1 waiting");
});

test.each([
  ["open", "Lower the price of the 2023 Tacoma TRD?"],
  ["used", "This link was used"],
  ["old", "This link is too old"],
  ["late", "Too late"],
  ["gone", "No longer needed"],
  ["decided", "Already approved"],
  ["nonsense", "This link doesn't work"],
])("a link that is %s says so without a sign-in", async (token, title) => {
  renderApp(`/approve#token=${token}`, { signedIn: false });
  expect(await screen.findByRole("heading", { name: title })).toBeInTheDocument();
  expect(screen.queryAllByRole("button", { name: "Approve" })).toHaveLength(token === "open" ? 1 : 0);
});

test("a link without its token says so and asks nobody", async () => {
  renderApp("/approve", { signedIn: false });
  expect(await screen.findByRole("heading", { name: "This link doesn't work" })).toBeInTheDocument();
});

test("a link of an older mail opens, with its token moved behind the number sign", async () => {
  const { router } = renderApp("/approve/open", { signedIn: false });
  expect(await screen.findByRole("button", { name: "Approve" })).toBeInTheDocument();
  expect(router.state.location).toMatchObject({ pathname: "/approve", hash: "#token=open" });
});

test("the token travels in the body alone", async () => {
  const asked: string[] = [];
  server.events.on("request:start", ({ request }) => void asked.push(request.url));
  const { user } = renderApp("/approve#token=open", { signedIn: false });
  await user.type(await screen.findByLabelText("New price"), "39750");
  await user.click(screen.getByRole("button", { name: "Approve" }));
  expect(await screen.findByRole("heading", { name: "Approved" })).toBeInTheDocument();
  expect(asked.filter((url) => url.includes("approval-links"))).toHaveLength(2);
  expect(asked.filter((url) => url.includes("open"))).toEqual([]);
});
