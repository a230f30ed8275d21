import { apiOf, publishWorkflow, runOnceIn, startRun } from "./support/api";
import { mailsTo } from "./support/mail";
import { address, admin, openDealership } from "./support/people";
import { expect, inDark, onPhone, picture, test } from "./support/test";
import type { Drawn } from "./support/workflows";

const june = admin("Granite Falls Honda", "June Castellano");
const customer = address("backtest.customer");

/** Writes to customers whose car is worth more than a limit. */
const reminder = (limit: number): Drawn => ({
  triggers: [{ id: "start", type: "manual", config: {} }],
  steps: [
    { id: "worth", type: "condition", name: "Worth a mail?", config: { condition: { $cel: `trigger.value > ${limit}` } } },
    { id: "mail", type: "email.send", name: "Write to the customer", config: { to: { $ref: "trigger.email" }, subject: "Your car", text: { $tpl: "It is worth {{ trigger.value }} dollars." } } },
  ],
  edges: [
    { from: "start", port: "out", to: "worth" },
    { from: "worth", port: "true", to: "mail" },
  ],
  layout: {},
});

test("a draft is tried on past runs and nothing leaves the house", async ({ page, request }) => {
  const { token } = await openDealership(page, june);
  const api = apiOf(request, token);
  const workflow = await publishWorkflow(request, token, "Value reminder", reminder(10_000));
  for (const value of [5000, 15_000, 25_000]) {
    const run = await startRun(api, workflow, { email: customer, value });
    await runOnceIn(api, run, "succeeded");
  }
  await expect.poll(async () => (await mailsTo(request, customer)).length).toBe(2);
  const { draft_revision } = await api.get<{ draft_revision: number }>(`/workflows/${workflow}`);
  await api.put(`/workflows/${workflow}/draft`, { definition: reminder(20_000), draft_revision });

  await test.step("from the workflow to the try", async () => {
    await page.goto(`/workflows/${workflow}`);
    await page.getByRole("button", { name: "More for this workflow" }).click();
    await page.getByRole("menuitem", { name: /past runs/ }).click();
    await expect(page.getByRole("heading", { name: "Try on past runs" })).toBeVisible();
    await expect(page.getByText("Nothing leaves the house.")).toBeVisible();
    await page.getByLabel("Past runs").selectOption("10");
    await page.getByRole("button", { name: "Try the draft" }).click();
  });

  await test.step("it says what would have come out differently", async () => {
    await expect(page.getByText("3 runs tried")).toBeVisible({ timeout: 30_000 });
    const runs = page.getByRole("list", { name: "Runs tried" });
    await expect(runs.getByRole("button", { name: /^Different/ })).toHaveCount(1);
    await expect(runs.getByText("no difference")).toHaveCount(2);
    await runs.getByRole("button", { name: /^Different/ }).click();
    const differences = page.getByRole("list", { name: "Differences" });
    await expect(differences.getByText("Branch", { exact: true }).first()).toBeVisible();
    await expect(differences.getByText("Message", { exact: true })).toBeVisible();
    await picture(page, "backtest");
    await inDark(page, () => picture(page, "backtest-dark"));
    await onPhone(page, () => picture(page, "backtest-phone"));
  });

  await test.step("nothing was sent", async () => {
    expect(await mailsTo(request, customer)).toHaveLength(2);
  });
});
