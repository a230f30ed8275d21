import { type APIRequestContext, expect, type Page } from "@playwright/test";
import { linkTo } from "./mail";

export interface Person {
  group: string;
  dealership: string;
  name: string;
  email: string;
  password: string;
}

/** Each run has people of its own, so that it can be repeated on the same server. */
const run = Date.now().toString(36);

export function address(name: string): string {
  return `${name}.${run}@lakeshore.example`;
}

export function admin(dealership: string, name: string): Person {
  const local = name.toLowerCase().replaceAll(/[^a-z]+/g, ".");
  return { group: `${dealership} Group`, dealership, name, email: address(local), password: "quiet river seven lanterns" };
}

/** Fills the first form that anybody sees. */
export async function signUp(page: Page, person: Person): Promise<void> {
  await page.getByLabel("Group name").fill(person.group);
  await page.getByLabel("Dealership name").fill(person.dealership);
  await page.getByLabel("Your name").fill(person.name);
  await page.getByLabel("Work e-mail").fill(person.email);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** Fills the form behind the link of the mail. */
export async function choosePassword(page: Page, person: Person): Promise<void> {
  await expect(page.getByLabel("Your name")).toHaveValue(person.name);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: `Set up ${person.dealership}` }).click();
}

export interface Opened {
  tenant: string;
  token: string;
}

/** From the first form to the dashboard, for tests that begin there. */
export async function openDealership(page: Page, person: Person): Promise<Opened> {
  await page.goto("/signup");
  await signUp(page, person);
  await expect(page.getByRole("heading", { name: "Check your mail" })).toBeVisible();
  const verified = page.waitForResponse((response) => response.url().endsWith("/signup/verify"));
  await page.goto(await linkTo(page.request, person.email, "/verify"));
  await choosePassword(page, person);
  const session = (await (await verified).json()) as { tenant: { slug: string }; access_token: string };
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  return { tenant: session.tenant.slug, token: session.access_token };
}

export async function signIn(page: Page, tenant: string, email: string, password: string): Promise<void> {
  await page.getByLabel("Dealership address").fill(tenant);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
}

/** Posts a lead as a provider does: without a browser, without a session. */
export async function postLead(request: APIRequestContext, hook: string, adf: string | Buffer): Promise<{ execution_id: string; lead_id: string }> {
  const answer = await request.post(hook, { headers: { "content-type": "application/x-adf+xml" }, data: adf });
  expect(answer.status(), await answer.text()).toBe(202);
  return (await answer.json()) as { execution_id: string; lead_id: string };
}
