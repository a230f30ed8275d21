import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { WebSocket } from "@playwright/test";
import { adfLead } from "./support/lead";
import { linkTo, mailsTo } from "./support/mail";
import { address, admin, choosePassword, postLead, signIn, signOut, signUp } from "./support/people";
import { expect, inDark, onPhone, picture, test } from "./support/test";

const samples = fileURLToPath(new URL("../../infra/local/leads/", import.meta.url));
const dana = admin("Lakeshore Motors", "Dana Whitfield");
const angela = { first: "Angela", last: "Moreno", email: address("angela.moreno") };

interface Frame {
  topic?: string;
  data?: { id?: string; status?: string };
}

test("from the first click to an answered lead", async ({ page, request, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const frames: Frame[] = [];
  page.on("websocket", (socket: WebSocket) => socket.on("framereceived", ({ payload }) => frames.push(JSON.parse(String(payload)) as Frame)));
  let loads = 0;
  page.on("load", () => (loads += 1));
  let tenant = "";
  let hook = "";
  let run = { execution_id: "", lead_id: "" };

  await test.step("sign up", async () => {
    await page.goto("/");
    await page.getByRole("link", { name: "Sign up your dealership" }).click();
    await expect(page.getByRole("heading", { name: "Start with Auterity" })).toBeVisible();
    await picture(page, "sign-up");
    await signUp(page, dana);
    await expect(page.getByText(dana.email)).toBeVisible();
    await picture(page, "check-mail");
  });

  await test.step("the link in the mail opens the dealership", async () => {
    const verified = page.waitForResponse((response) => response.url().endsWith("/signup/verify"));
    await page.goto(await linkTo(request, dana.email, "/verify"));
    await expect(page.getByRole("list", { name: "Rules for the password" })).toBeVisible();
    await picture(page, "verify");
    await choosePassword(page, dana);
    tenant = ((await (await verified).json()) as { tenant: { slug: string } }).tenant.slug;
    expect(tenant).toMatch(/^lakeshore-motors/);
    await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
    await expect(page.getByText("No leads yet")).toBeVisible();
    await expect(page.getByRole("link", { name: /Leads today 0/ })).toBeVisible();
    await expect(page.locator(".recharts-surface").first()).toBeVisible();
    await picture(page, "dashboard-empty");
  });

  await test.step("a template becomes a workflow", async () => {
    await page.getByRole("link", { name: "Choose a template" }).click();
    const templates = page.getByRole("list", { name: "Templates" }).getByRole("listitem");
    await expect.poll(() => templates.count()).toBeGreaterThanOrEqual(12);
    await picture(page, "templates");
    await page.getByRole("link", { name: "Answer a new internet lead" }).click();
    await page.getByLabel("Signature").fill("Dana Whitfield, Lakeshore Motors");
    await page.getByLabel("What replies may say about you").fill("Open Monday to Saturday 9 to 7. Test drives any day, ask for Dana.");
    await expect(page.locator(".react-flow__node")).toHaveCount(11);
    await picture(page, "template");
    await page.getByRole("button", { name: "Create the workflow" }).click();
    await expect(page).toHaveURL(/\/workflows\/[\w-]+/);
    await expect(page.getByText("Your workflow is ready.")).toBeVisible();
  });

  await test.step("publishing gives it an address", async () => {
    await page.getByRole("button", { name: "Publish workflow" }).click();
    await expect(page.getByText("Version 1 is published")).toBeVisible();
    await page.getByRole("button", { name: "Copy address" }).click();
    hook = await page.evaluate(() => navigator.clipboard.readText());
    expect(hook).toMatch(/\/hooks\/\S{20,}$/);
    await picture(page, "canvas");
    await inDark(page, () => picture(page, "canvas-dark"));
  });

  await test.step("a lead comes in and its run is seen without a reload", async () => {
    await page.getByRole("link", { name: "Runs" }).first().click();
    await expect(page.getByText("Nothing has run yet")).toBeVisible();
    await expect.poll(() => frames.some((frame) => frame.topic === "executions")).toBe(true);
    const before = loads;
    run = await postLead(request, hook, adfLead(`CM-${tenant}`, angela));
    const row = page.getByRole("list", { name: "Runs" }).getByRole("link");
    await expect(row).toContainText("Answer a new internet lead");
    await row.click();
    await expect(page).toHaveURL(new RegExp(run.execution_id));
    await expect(page.locator("h1 + span")).toContainText("Succeeded");
    await expect(page.locator(".react-flow__node").filter({ hasText: "Answer the customer" })).toContainText("Succeeded");
    await expect(page.locator(".react-flow__node").filter({ hasText: "Hand the lead to a person" })).toContainText("Skipped");
    expect(loads).toBe(before);
    const told = frames.filter((frame) => frame.data?.id === run.execution_id).map((frame) => frame.data?.status);
    expect(told.at(-1)).toBe("succeeded");
  });

  await test.step("the run tells what it did", async () => {
    await page.locator(".react-flow__node").filter({ hasText: "Read the lead and write a reply" }).click();
    await expect(page.getByRole("complementary", { name: /Step Read the lead/ })).toContainText("needs_human");
    await picture(page, "run");
    await inDark(page, () => picture(page, "run-dark"));
    await onPhone(page, async () => {
      await page.goto(`/executions/${run.execution_id}`);
      await expect(page.getByRole("list", { name: "Steps", exact: true })).toContainText("Answer the customer");
      await picture(page, "run-phone");
    });
    await page.getByRole("tab", { name: /Effects/ }).click();
    const effects = page.getByRole("list", { name: "Effects" });
    await expect(effects.getByRole("listitem")).toHaveCount(2);
    // The model and the mail: neither leaves the house here.
    await expect(effects.getByText("Simulated")).toHaveCount(2);
  });

  await test.step("the lead has a customer, a vehicle, a summary and the answer", async () => {
    await page.getByRole("main").getByRole("link", { name: "Lead", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Angela Moreno", level: 1 })).toBeVisible();
    await expect(page.getByText("(937) 555-0190")).toBeVisible();
    await expect(page.getByText("2026 Ford F-150 XLT SuperCrew 4x4").first()).toBeVisible();
    await expect(page.getByRole("heading", { name: "AI summary" })).toBeVisible();
    await expect(page.getByRole("definition").filter({ hasText: "Test drive" })).toBeVisible();
    await expect(page.getByText("answered in under 1 s").or(page.getByText(/answered in \d/))).toBeVisible();
    const message = page.getByRole("article");
    await expect(message).toContainText("Dana Whitfield, Lakeshore Motors");
    await expect(message).toContainText("Sent");
    await picture(page, "lead");
    await inDark(page, () => picture(page, "lead-dark"));
    await onPhone(page, () => picture(page, "lead-phone"));
  });

  await test.step("the customer has one mail", async () => {
    const mails = await mailsTo(request, angela.email);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toMatch(/^\w+ Angela,/);
    expect(mails[0]?.from[0]?.name).toBe("Lakeshore Motors");
  });

  await test.step("a lead that is sent again is answered once", async () => {
    await postLead(request, hook, adfLead(`CM-${tenant}`, angela));
    await page.reload();
    await expect(page.getByText(/again/i).first()).toBeVisible();
    expect(await mailsTo(request, angela.email)).toHaveLength(1);
  });

  await test.step("the bell tells the team", async () => {
    await page.getByRole("button", { name: "Notifications, 1 unread" }).click();
    await expect(page.getByText("Lead answered: Angela Moreno")).toBeVisible();
    await picture(page, "notifications");
    await page.getByRole("button", { name: "Mark all read" }).click();
    await expect(page.getByRole("button", { name: "Notifications", exact: true })).toBeVisible();
    await page.keyboard.press("Escape");
  });

  await test.step("the dashboard counts it", async () => {
    await page.getByRole("link", { name: "Dashboard" }).first().click();
    await expect(page.getByRole("link", { name: /Leads today 1 1 answered/ })).toBeVisible();
    await expect(page.getByRole("link", { name: /^Angela Moreno/ })).toBeVisible();
  });

  await test.step("the leads of a day arrive while one looks: new, resent, incomplete, in Spanish", async () => {
    for (const file of readdirSync(samples).sort()) await postLead(request, hook, readFileSync(`${samples}${file}`));
    await expect(page.getByRole("link", { name: /Leads today 8 7 answered/ })).toBeVisible();
    await expect(page.locator(".recharts-bar-rectangle").first()).toBeVisible();
    await picture(page, "dashboard");
    await inDark(page, () => picture(page, "dashboard-dark"));
    await onPhone(page, () => picture(page, "dashboard-phone"));
  });

  await test.step("sign out, and in again at the dealership's address", async () => {
    await signOut(page);
    await expect(page.getByLabel("Dealership address")).toHaveValue(tenant);
    await signIn(page, tenant, dana.email, dana.password);
    await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  });
});
