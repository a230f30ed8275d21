import type { APIRequestContext, Page } from "@playwright/test";
import { linkTo } from "./support/mail";
import { address, admin, openDealership, signIn, signOut } from "./support/people";
import { expect, onPhone, picture, test } from "./support/test";

const grace = admin("Harbor Point Honda", "Grace Lindqvist");
const maya = { name: "Maya Okafor", email: address("maya.okafor"), password: "seven lanterns by the river" };
const luis = { name: "Luis Romero", email: address("luis.romero"), password: "a green kettle on the hill" };

async function invite(page: Page, name: string, email: string, role: string): Promise<void> {
  await page.getByRole("button", { name: "Invite a person" }).click();
  const dialog = page.getByRole("dialog", { name: "Invite a person" });
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("E-mail").fill(email);
  await dialog.getByLabel("Role").selectOption(role);
  await dialog.getByRole("button", { name: "Send invitation" }).click();
  await expect(page.getByRole("list", { name: "Invitations" })).toContainText(email);
}

async function accept(page: Page, request: APIRequestContext, person: typeof maya): Promise<void> {
  await page.goto(await linkTo(request, person.email, "/invitation"));
  await expect(page.getByRole("heading", { name: "Join Harbor Point Honda" })).toBeVisible();
  await expect(page.getByText("Grace Lindqvist invites you")).toBeVisible();
  await expect(page.getByLabel("E-mail")).toHaveValue(person.email);
  await expect(page.getByLabel("Your name")).toHaveValue(person.name);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Join the team" }).click();
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
}

test("people join by invitation, see what their role may, and leave", async ({ page, request, anotherBrowser, complaints }) => {
  const { tenant } = await openDealership(page, grace);
  const managers = await anotherBrowser();
  const salespersons = await anotherBrowser();
  const places = (whose: Page) => whose.getByRole("navigation", { name: "Main" }).getByRole("link");

  await test.step("an admin invites", async () => {
    await places(page).filter({ hasText: "Members" }).click();
    await invite(page, maya.name, maya.email, "Manager");
    await invite(page, luis.name, luis.email, "User");
    await accept(managers, request, maya);
    await accept(salespersons, request, luis);
    await page.reload();
    const members = page.getByRole("list", { name: "Members" }).getByRole("listitem");
    await expect(members).toHaveCount(3);
    await expect(page.getByLabel("Role of Maya Okafor")).toHaveValue("manager");
    await picture(page, "members");
    await onPhone(page, () => picture(page, "members-phone"));
  });

  await test.step("a link of an invitation works once", async () => {
    const late = await anotherBrowser();
    complaints.excuse(/status of 4\d\d .*\/invitations\/show$/);
    await late.goto(await linkTo(request, maya.email, "/invitation"));
    await expect(late.getByRole("heading", { name: "This invitation doesn't work" })).toBeVisible();
  });

  await test.step("a manager makes workflows and sees the team, and manages nobody", async () => {
    await expect(places(managers)).toHaveText(["Dashboard", "Leads", "Workflows", "Templates", "Runs", "Approvals", "Members"]);
    await places(managers).filter({ hasText: "Members" }).click();
    await expect(managers.getByRole("list", { name: "Members" }).getByRole("listitem")).toHaveCount(3);
    await expect(managers.getByRole("button", { name: "Invite a person" })).toHaveCount(0);
    await expect(managers.getByRole("button", { name: "Disable" })).toHaveCount(0);
    await managers.goto("/settings/audit-log");
    await expect(managers.getByText("You don't have access to this")).toBeVisible();
    await managers.goto("/workflows?new=1");
    await managers.getByLabel("Name").fill("Weekend leads");
    await managers.getByRole("button", { name: "Create", exact: true }).click();
    await expect(managers.getByText("What starts this workflow?")).toBeVisible();
    await expect(managers.getByRole("button", { name: "Publish" })).toBeVisible();
  });

  await test.step("a salesperson works with leads and looks at workflows", async () => {
    await expect(places(salespersons)).toHaveText(["Dashboard", "Leads", "Workflows", "Templates", "Runs", "Approvals"]);
    await salespersons.goto("/settings/members");
    await expect(salespersons.getByText("You don't have access to this")).toBeVisible();
    await salespersons.goto("/workflows?new=1");
    await expect(salespersons.getByRole("link", { name: /Weekend leads/ })).toBeVisible();
    await expect(salespersons.getByRole("dialog")).toHaveCount(0);
    await expect(salespersons.getByRole("button", { name: "New workflow" })).toHaveCount(0);
    await salespersons.getByRole("link", { name: /Weekend leads/ }).click();
    await expect(salespersons.getByRole("heading", { name: "Weekend leads" })).toBeVisible();
    await expect(salespersons.getByRole("button", { name: "Publish" })).toHaveCount(0);
  });

  await test.step("who is disabled is out at once", async () => {
    complaints.excuse(/status of 401 /);
    await page.getByRole("listitem").filter({ hasText: luis.email }).getByRole("button", { name: "Disable" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
    await expect(page.getByText("Luis Romero is disabled")).toBeVisible();
    // Their socket is closed, so the page knows before they click.
    await expect(salespersons.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await expect(salespersons.getByText("Your session has ended.")).toBeVisible();
    await signIn(salespersons, tenant, luis.email, luis.password);
    await expect(salespersons.getByRole("alert")).toBeVisible();
  });

  await test.step("the audit log has it all", async () => {
    await places(page).filter({ hasText: "Audit log" }).click();
    await expect(page.getByText("Grace Lindqvist").first()).toBeVisible();
    await picture(page, "audit-log");
  });
});

test("a forgotten password is replaced by mail", async ({ page, request, anotherBrowser, complaints }) => {
  complaints.excuse(/status of 401 /);
  const sam = admin("Old Mill Subaru", "Sam Becker");
  const { tenant } = await openDealership(page, sam);
  const elsewhere = await anotherBrowser();
  await elsewhere.goto("/sign-in");
  await signIn(elsewhere, tenant, sam.email, sam.password);
  await expect(elsewhere.getByRole("heading", { name: "Dashboard" })).toBeVisible();

  await signOut(page);
  await page.getByRole("link", { name: "Forgotten your password?" }).click();
  await expect(page.getByLabel("Dealership address")).toHaveValue(tenant);
  await page.getByLabel("E-mail").fill(sam.email);
  await page.getByRole("button", { name: "Send a reset link" }).click();
  await expect(page.getByRole("status")).toContainText(sam.email);
  await page.goto(await linkTo(request, sam.email, "/reset-password"));
  await page.getByLabel("New password").fill("another quiet river entirely");
  await page.getByRole("button", { name: "Save the password" }).click();
  await expect(page.getByRole("heading", { name: "Password saved" })).toBeVisible();

  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, tenant, sam.email, sam.password);
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill("another quiet river entirely");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();

  await expect(elsewhere.getByRole("heading", { name: "Sign in" })).toBeVisible();
});
