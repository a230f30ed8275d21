import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test, vi } from "vitest";
import { me, session } from "@/testing/data/people";
import { problem } from "@/testing/handlers";
import { renderApp } from "@/testing/render-app";
import { server } from "@/testing/server";

vi.mock("@/api/live/socket", () => ({
  liveSocket: { start: () => undefined, stop: () => undefined, status: () => "live", watch: () => () => undefined, subscribe: () => () => undefined },
}));

test("signing in leads to where one wanted to go", async () => {
  const { user, router } = renderApp("/leads", { signedIn: false });
  await user.type(await screen.findByLabelText("Dealership address"), "sunrise-toyota");
  await user.type(screen.getByLabelText("E-mail"), "dana@sunrisetoyota.test");
  await user.type(screen.getByLabelText("Password"), "correct horse battery");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByRole("heading", { name: "Leads" })).toBeVisible();
  expect(router.state.location.pathname).toBe("/leads");
});

test("a wrong password says so and keeps what was typed", async () => {
  const { user } = renderApp("/sign-in", { signedIn: false });
  await user.clear(await screen.findByLabelText("Dealership address"));
  await user.type(screen.getByLabelText("Dealership address"), "sunrise-toyota");
  await user.type(screen.getByLabelText("E-mail"), "dana@sunrisetoyota.test");
  await user.type(screen.getByLabelText("Password"), "wrong password");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("isn't right");
  expect(screen.getByLabelText("E-mail")).toHaveValue("dana@sunrisetoyota.test");
});

test("the server's complaint about a field stands at the field", async () => {
  server.use(
    http.post("*/api/v1/signup", () => problem(422, "validation_failed", "Invalid", { errors: [{ pointer: "/email", code: "taken", detail: "This address has an account already." }] })),
  );
  const { user } = renderApp("/signup", { signedIn: false });
  await user.type(await screen.findByLabelText("Group name"), "Sunrise Group");
  await user.type(screen.getByLabelText("Dealership name"), "Sunrise Toyota");
  await user.type(screen.getByLabelText("Your name"), "Dana Whitfield");
  await user.type(screen.getByLabelText("Work e-mail"), "dana@sunrisetoyota.test");
  expect(screen.queryByLabelText("Password")).not.toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Continue" }));
  await waitFor(() => expect(screen.getByLabelText("Work e-mail")).toHaveAccessibleDescription("This address has an account already."));
  expect(screen.getByLabelText("Work e-mail")).toBeInvalid();
});

test("opening the link of a sign-up decides nothing; the form behind it does", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post("*/api/v1/signup/verify", async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(session, { status: 201 });
    }),
  );
  const { user, router } = renderApp("/verify#token=abc123", { signedIn: false });
  expect(await screen.findByLabelText("Your name")).toHaveValue("Dana Whitfield");
  expect(sent).toEqual([]);
  await user.type(screen.getByLabelText("Password"), "Sunrise-Toyota1");
  expect(screen.getByRole("list", { name: "Rules for the password" })).toHaveTextContent("dealership (not met yet)");
  await user.clear(screen.getByLabelText("Password"));
  await user.type(screen.getByLabelText("Password"), "quiet river seven lanterns");
  await user.click(screen.getByRole("button", { name: "Set up Sunrise Toyota" }));
  await waitFor(() => expect(router.state.location.pathname).not.toBe("/verify"));
  expect(sent).toEqual([{ token: "abc123", name: "Dana Whitfield", password: "quiet river seven lanterns" }]);
});

test("a link without its token says so", async () => {
  renderApp("/verify?token=abc123", { signedIn: false });
  expect(await screen.findByText("The link is incomplete. Open it from the mail again.")).toBeVisible();
});

test("the dashboard shows figures, leads and failures", async () => {
  renderApp("/");
  expect(await screen.findByRole("link", { name: /Leads today 14 12 answered/ })).toBeVisible();
  expect(screen.getByText("Angela Moreno")).toBeVisible();
  expect(screen.getByText("The phone system answered 503 three times.")).toBeVisible();
  expect(screen.getByRole("complementary", { name: "Simulated connections" })).toHaveTextContent("AI – simulated model");
});

test("a template asks its questions before it becomes a workflow", async () => {
  const { user } = renderApp("/templates/answer-internet-lead");
  await user.click(await screen.findByRole("button", { name: "Create the workflow" }));
  expect(screen.getByLabelText("Answers go to")).toBeInvalid();
  await user.type(screen.getByLabelText("Answers go to"), "sales@sunrisetoyota.test");
  await user.click(screen.getByRole("button", { name: "Create the workflow" }));
  expect(await screen.findByRole("button", { name: "Publish workflow" })).toBeVisible();
});

test("a run shows an effect that a person has to settle", async () => {
  renderApp("/executions/e-unknown?tab=effects");
  const effects = await screen.findByRole("list", { name: "Effects" });
  expect(within(effects).getByText("Unknown")).toBeVisible();
  expect(await within(effects).findByRole("button", { name: "It was sent" })).toBeVisible();
});

test("a page that the role doesn't have says so, and isn't offered", async () => {
  server.use(http.get("*/api/v1/me", () => HttpResponse.json({ ...me, role: "user", permissions: ["leads:read", "dashboard:read"] })));
  renderApp("/settings/members");
  expect(await screen.findByText("You don't have access to this")).toBeVisible();
  expect(screen.queryByRole("link", { name: "Members" })).not.toBeInTheDocument();
});

test("a lead that waits for review gets its customer and is taken, or is dismissed", async () => {
  const { user } = renderApp("/leads/l4");
  const review = await screen.findByRole("region", { name: "Review" });
  expect(review).toHaveTextContent("call me is no phone number");
  await user.type(within(review).getByLabelText("E-mail"), "nonsense");
  await user.click(within(review).getByRole("button", { name: "Save and take it" }));
  expect(within(review).getByLabelText("E-mail")).toBeInvalid();
  await user.clear(within(review).getByLabelText("E-mail"));
  await user.type(within(review).getByLabelText("Name"), "Ann Lee");
  await user.click(within(review).getByRole("button", { name: "Save and take it" }));
  expect(await screen.findByText("The lead is yours")).toBeVisible();
  expect(screen.queryByRole("region", { name: "Review" })).not.toBeInTheDocument();
});

test("a lead shows what the customer says beside what is on record", async () => {
  renderApp("/leads/l1");
  const words = await screen.findAllByText("I am back, and ready to buy. Does it have the towing package?");
  expect(words[0]).toBeVisible();
  expect(screen.getByText("The customer says")).toBeVisible();
  expect(screen.getByText("$32,500")).toBeVisible();
});

test("an address that leads nowhere says so", async () => {
  renderApp("/nowhere");
  expect(await screen.findByText("There is no such page")).toBeVisible();
});
