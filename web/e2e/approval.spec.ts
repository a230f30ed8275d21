import { apiOf, publishWorkflow, runOnceIn, startRun } from "./support/api";
import { mailsTo } from "./support/mail";
import { admin, openDealership } from "./support/people";
import { expect, inDark, onPhone, picture, test } from "./support/test";
import type { Drawn } from "./support/workflows";

const rosa = admin("Willow Creek Subaru", "Rosa Delgado");

/** Asks an admin for a new price, and says what came of it. */
const priceReview: Drawn = {
  triggers: [{ id: "start", type: "manual", config: {} }],
  steps: [
    {
      id: "ask",
      type: "approval",
      name: "Ask for the new price",
      config: {
        title: { $tpl: "Lower the price of the {{ trigger.vehicle }}?" },
        body: "It has stood on the lot for 94 days.",
        facts: [
          { label: "Price now", value: { $ref: "trigger.price" } },
          { label: "Days on the lot", value: "94" },
        ],
        form: { type: "object", required: ["new_price"], properties: { new_price: { type: "integer", title: "New price", minimum: 1000 } } },
        assignee: { role: "dealership_admin" },
        links: true,
      },
    },
    { id: "lowered", type: "transform", name: "Lower the price", config: { values: { decided: { $ref: "steps.ask.output" } } } },
    { id: "kept", type: "transform", name: "Keep the price", config: { values: { kept: true } } },
  ],
  edges: [
    { from: "start", port: "out", to: "ask" },
    { from: "ask", port: "approved", to: "lowered" },
    { from: "ask", port: "rejected", to: "kept" },
  ],
  layout: {},
};

test("a decision is made on a phone, and another one with the link in a mail", async ({ page, request, anotherBrowser, complaints }) => {
  const { token } = await openDealership(page, rosa);
  const api = apiOf(request, token);
  const workflow = await publishWorkflow(request, token, "Price review", priceReview);
  const run = await startRun(api, workflow, { vehicle: "2023 Outback", price: "$31,900" });
  await runOnceIn(api, run, "waiting");

  await onPhone(page, async () => {
    await test.step("the number in the bar says that something waits", async () => {
      await page.goto("/");
      const place = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /Approvals/ });
      await expect(place).toContainText("1");
      await place.click();
      const row = page.getByRole("list", { name: "Approvals" }).getByRole("link");
      await expect(row).toContainText("Lower the price of the 2023 Outback?");
      await picture(page, "approvals-phone");
      await row.click();
    });

    await test.step("what one decides on is there, and a yes needs its answers", async () => {
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Lower the price of the 2023 Outback?");
      await expect(page.getByText("$31,900")).toBeVisible();
      await picture(page, "approval-phone");
      const approve = page.getByRole("button", { name: "Approve" });
      const box = await approve.boundingBox();
      expect(box?.height ?? 0, "large enough for a thumb").toBeGreaterThanOrEqual(44);
      await approve.click();
      await expect(page.getByText("Some answers are missing")).toBeVisible();
      await page.getByLabel("New price").fill("29900");
      await page.getByLabel(/Comment/).fill("Before the weekend, please.");
      await approve.click();
      await expect(page.getByText("Nothing waits for you")).toBeVisible();
      await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /^Approvals$/ })).toBeVisible();
    });
  });

  await test.step("the run goes on with what was decided", async () => {
    const ended = await runOnceIn(api, run, "succeeded");
    expect(JSON.stringify(ended.steps.find((step) => step.step_id === "lowered")?.output)).toContain("29900");
    await page.goto("/approvals?state=decided");
    await page.getByRole("list", { name: "Approvals" }).getByRole("link").click();
    await expect(page.getByText("Before the weekend, please.")).toBeVisible();
    await expect(page.getByText(/Approved by Rosa Delgado/)).toBeVisible();
  });

  await test.step("a link shows first, decides once, and needs no sign-in", async () => {
    const second = await startRun(api, workflow, { vehicle: "2021 Forester", price: "$24,500" });
    await runOnceIn(api, second, "waiting");
    let link = "";
    await expect
      .poll(async () => {
        const mails = await mailsTo(request, rosa.email);
        link = mails.filter((mail) => mail.text.includes("2021 Forester")).map((mail) => /https?:\/\/\S+\/approve#\S+/.exec(mail.text)?.[0] ?? "").at(-1) ?? "";
        return link;
      }, { message: "mail with a link", timeout: 20_000 })
      .not.toBe("");
    const stranger = await anotherBrowser();
    await stranger.setViewportSize({ width: 390, height: 844 });
    const { pathname, hash } = new URL(link);
    await stranger.goto(pathname + hash);
    await expect(stranger.getByRole("heading", { name: "Lower the price of the 2021 Forester?" })).toBeVisible();
    await picture(stranger, "approval-link-phone");
    await inDark(stranger, () => picture(stranger, "approval-link-phone-dark"));
    await stranger.reload();
    await expect(stranger.getByRole("button", { name: "Reject" })).toBeVisible();
    expect((await runOnceIn(api, second, "waiting")).status, "looking decides nothing").toBe("waiting");
    await stranger.getByRole("button", { name: "Reject" }).click();
    await expect(stranger.getByRole("heading", { name: "Rejected" })).toBeVisible();
    const ended = await runOnceIn(api, second, "succeeded");
    expect(ended.steps.find((step) => step.step_id === "kept")?.status).toBe("succeeded");
    complaints.excuse(/status of 4\d\d .*\/approval-links\//);
    // In the form of older mails.
    await stranger.goto("about:blank");
    await stranger.goto(`/approve/${new URLSearchParams(hash.slice(1)).get("token") ?? ""}`);
    await expect(stranger.getByRole("heading", { name: /Already rejected|This link was used/ })).toBeVisible();
  });
});
