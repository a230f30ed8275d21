import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { answeredLead } from "./support/answered-lead";
import { linkTo } from "./support/mail";
import { admin, openDealership, signUp } from "./support/people";
import { expect, inDark, onPhone, test } from "./support/test";

const ines = admin("Cedar Valley Mazda", "Ines Duarte");

async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations
    .filter((violation) => violation.impact === "serious" || violation.impact === "critical")
    .map((violation) => ({ rule: violation.id, nodes: violation.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary ?? ""}`) }));
  expect.soft(bad, `faults of ${where}`).toEqual([]);
}

/** How far the page is wider than the window. */
async function expectNoOverflow(page: Page, where: string): Promise<void> {
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await expect.configure({ soft: true }).poll(overflow, { message: `${where} is wider than the phone`, timeout: 3000 }).toBeLessThanOrEqual(0);
}

/** Opens a page and looks at it in light, in dark and on a phone. */
async function look(page: Page, path: string, ready: (page: Page) => Promise<void>): Promise<void> {
  await page.goto(path);
  await ready(page);
  await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
  await expectAccessible(page, `${path} in light`);
  await inDark(page, () => expectAccessible(page, `${path} in dark`));
  await onPhone(page, async () => {
    await ready(page);
    await expectNoOverflow(page, path);
  });
}

const heading = (name: string | RegExp) => (page: Page) => expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();

test("pages before the sign-in are accessible", async ({ page, request }) => {
  test.slow();
  await look(page, "/sign-in", heading("Sign in"));
  await look(page, "/signup", heading("Start with Auterity"));
  await look(page, "/forgotten-password", heading("Forgotten password"));
  await look(page, "/reset-password#token=unknown", heading("Choose a new password"));
  const ruth = admin("Quarry Road Kia", "Ruth Adeyemi");
  await page.goto("/signup");
  await signUp(page, ruth);
  await look(page, await linkTo(request, ruth.email, "/verify"), () => expect(page.getByLabel("Your name")).toHaveValue(ruth.name));
});

test("every screen is accessible, in light and dark, and fits a phone", async ({ page, request }) => {
  test.slow();
  const { token } = await openDealership(page, ines);
  const made = await answeredLead(request, token);
  await look(page, "/", async () => {
    await heading("Dashboard")(page);
    await expect(page.getByText("Priya Raghunathan")).toBeVisible();
  });
  await look(page, "/leads", () => expect(page.getByRole("list", { name: "Leads" }).getByRole("listitem")).toHaveCount(1));
  await look(page, `/leads/${made.lead}`, heading("Priya Raghunathan"));
  await look(page, "/workflows", () => expect(page.getByRole("link", { name: /Answer a new internet lead/ })).toBeVisible());
  await look(page, `/workflows/${made.workflow}`, () => expect(page.locator(".react-flow__node").first()).toBeVisible());
  await look(page, "/templates", () => expect(page.getByRole("link", { name: "Recall notice" })).toBeVisible());
  await look(page, "/templates/answer-internet-lead", () => expect(page.getByRole("button", { name: "Create the workflow" })).toBeVisible());
  await look(page, "/executions", () => expect(page.getByRole("list", { name: "Runs" }).getByRole("listitem")).toHaveCount(1));
  await look(page, `/executions/${made.run}?step=read`, () => expect(page.getByText("needs_human").first()).toBeVisible());
  await look(page, `/executions/${made.run}?tab=events`, () => expect(page.getByRole("list", { name: "Events" })).toBeVisible());
  await look(page, "/approvals", heading("Approvals"));
  await look(page, `/workflows/${made.workflow}/backtests`, heading("Try on past runs"));
  await look(page, "/templates/answer-internet-lead/rollouts", heading("Roll out"));
  await look(page, "/notifications", () => expect(page.getByText("Lead answered: Priya Raghunathan")).toBeVisible());
  await look(page, "/settings/members?invite=1", () => expect(page.getByRole("heading", { name: "Invite a person" })).toBeVisible());
  await look(page, "/settings/audit-log", heading("Audit log"));
  await look(page, "/nowhere", heading("There is no such page"));
});

test("a step's settings on the canvas are accessible", async ({ page, request }) => {
  const { token } = await openDealership(page, admin("Ridgeline Jeep", "Omar Haddad"));
  const { workflow } = await answeredLead(request, token);
  await page.goto(`/workflows/${workflow}`);
  await page.locator(".react-flow__node").filter({ hasText: "Read the lead" }).click();
  await expect(page.getByRole("complementary", { name: /Settings of/ })).toBeVisible();
  await expectAccessible(page, "the settings in light");
  await inDark(page, () => expectAccessible(page, "the settings in dark"));
});
