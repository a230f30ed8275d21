import { apiOf, publishWorkflow, runOnceIn, startRun } from "./support/api";
import { admin, openDealership } from "./support/people";
import { expect, inDark, onPhone, picture, test } from "./support/test";
import type { Drawn } from "./support/workflows";

const theo = admin("Prairie View Chevrolet", "Theo Brandt");

const value = (id: string, name: string, cel: string) => ({ id, type: "transform", name, config: { values: { amount: { $cel: cel } } } });

/** Two values before a step that fails while there is no discount, and one after it. */
const offer: Drawn = {
  triggers: [{ id: "start", type: "manual", config: {} }],
  steps: [
    value("price", "Look up the price", "trigger.price"),
    value("discount", "Work out the discount", "trigger.discount"),
    value("offer", "Make the offer", "steps.price.output.amount / steps.discount.output.amount"),
    value("note", "Write it down", "steps.offer.output.amount"),
  ],
  edges: [
    { from: "start", port: "out", to: "price" },
    { from: "price", port: "out", to: "discount" },
    { from: "discount", port: "out", to: "offer" },
    { from: "offer", port: "out", to: "note" },
  ],
  layout: {},
};

test("a failed run is replayed from a step with a result that was put right", async ({ page, request }) => {
  const { token } = await openDealership(page, theo);
  const api = apiOf(request, token);
  const workflow = await publishWorkflow(request, token, "Trade-in offer", offer);
  const failed = await startRun(api, workflow, { price: 12_000, discount: 0 });
  await runOnceIn(api, failed, "failed");
  const node = (name: string) => page.locator(".react-flow__node").filter({ hasText: name });

  await test.step("the run says where it failed, also on its timeline", async () => {
    await page.goto(`/executions/${failed}`);
    await expect(page.getByText("Failed at “Make the offer”")).toBeVisible();
    const timeline = page.getByRole("list", { name: "Steps in time" });
    await expect(timeline.getByRole("listitem")).toHaveCount(4);
    await expect(timeline.getByRole("button", { name: /Make the offer, failed/ })).toBeVisible();
    await expect(node("Make the offer")).toBeVisible();
    await timeline.scrollIntoViewIfNeeded();
    await picture(page, "run-timeline");
    await inDark(page, () => picture(page, "run-timeline-dark"));
  });

  await test.step("replay from the failed step with another discount", async () => {
    await node("Make the offer").click();
    await page.getByRole("button", { name: "Replay from here" }).click();
    const dialog = page.getByRole("dialog", { name: "Replay this run" });
    await expect(dialog.getByText("Happens again:")).toBeVisible();
    await expect(dialog.getByText(/Doesn't happen again:.*2 steps/)).toBeVisible();
    await dialog.getByRole("button", { name: "Edit the result of Work out the discount" }).click();
    await dialog.getByLabel("Result of Work out the discount (JSON)").fill('{"amount": 3}');
    await picture(page, "run-replay");
    await dialog.getByRole("button", { name: "Replay", exact: true }).click();
    await expect(page).not.toHaveURL(new RegExp(failed));
  });

  await test.step("the new run took over what was before and ended well", async () => {
    await expect(page.locator("h1 + span")).toContainText("Succeeded");
    const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    const run = await runOnceIn(api, id, "succeeded");
    expect(run.forked_from).toBe(failed);
    expect(run.steps.find((step) => step.step_id === "offer")?.output).toEqual({ amount: 4000 });
    expect(run.steps.find((step) => step.step_id === "price")?.output).toEqual({ amount: 12_000 });
    await node("Make the offer").click();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("link", { name: "The run that this one repeats" }).click();
    await expect(page).toHaveURL(new RegExp(failed));
  });

  await test.step("runs are found by status and by what came in", async () => {
    await page.goto("/executions");
    const runs = page.getByRole("list", { name: "Runs" }).getByRole("listitem");
    await expect(runs).toHaveCount(2);
    await page.getByRole("group", { name: "Status" }).getByRole("button", { name: "Failed" }).click();
    await expect(runs).toHaveCount(1);
    await expect(page).toHaveURL(/status=failed/);
    await page.getByLabel("Search in what came in").fill("nowhere");
    await expect(page.getByText("No run matches")).toBeVisible();
    await page.getByLabel("Search in what came in").fill("12000");
    await expect(runs).toHaveCount(1);
    await picture(page, "runs-filtered");
    await onPhone(page, () => picture(page, "runs-phone"));
  });

  await test.step("many are replayed at once", async () => {
    await page.getByRole("button", { name: "Replay these" }).click();
    const dialog = page.getByRole("dialog", { name: "Replay these runs" });
    await expect(dialog.getByText("1 run", { exact: true })).toBeVisible();
    await dialog.getByLabel("Begin").selectOption("failed_step");
    await dialog.getByRole("button", { name: "Replay 1 run" }).click();
    await expect(page.getByRole("region", { name: "Replay of many runs" })).toContainText("1 of 1 started", { timeout: 30_000 });
  });
});
