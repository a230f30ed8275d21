import { admin, openDealership } from "./support/people";
import { expect, picture, test } from "./support/test";

const nina = admin("Summit Ridge Kia", "Nina Petrov");

test("a workflow is built from nothing, published, run by hand and watched", async ({ page, complaints }) => {
  await openDealership(page, nina);
  const node = (name: string) => page.locator(".react-flow__node").filter({ hasText: name });
  const add = (name: string) => page.getByRole("group", { name: "Logic" }).getByRole("button", { name, exact: true }).click();
  const settings = page.getByRole("complementary", { name: /Settings of/ });

  await test.step("begin with the trigger", async () => {
    await page.getByRole("link", { name: "Workflows" }).first().click();
    await page.getByRole("button", { name: "New workflow" }).click();
    await page.getByLabel("Name").fill("Big deals");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await expect(page.getByText("What starts this workflow?")).toBeVisible();
    await picture(page, "canvas-empty");
    await page.getByRole("button", { name: "Started by hand" }).last().click();
    await expect(node("Started by hand")).toBeVisible();
  });

  await test.step("add steps, each after the one before", async () => {
    await add("Set values");
    await add("Wait");
    await settings.getByRole("spinbutton", { name: "Seconds to wait" }).fill("2");
    await add("Condition");
    await expect(page.locator(".react-flow__node")).toHaveCount(4);
    await expect(page.locator(".react-flow__edge")).toHaveCount(3);
  });

  await test.step("what is missing is said where it is missing", async () => {
    await expect(page.getByRole("button", { name: /\d problems?/ })).toBeVisible();
    complaints.excuse(/status of 422 .*\/publish$/);
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await expect(page.getByText("It can't be published yet")).toBeVisible();
    const problems = page.getByRole("complementary", { name: "Problems" });
    await expect(problems.getByRole("listitem").filter({ hasText: "Condition" }).first()).toBeVisible();
    await picture(page, "canvas-problems");
    await problems.getByRole("button").filter({ hasText: "Condition" }).first().click();
    await settings.getByRole("textbox", { name: "Condition", exact: true }).fill("steps.transform.output.amount > 1000");
    await node("Set values").click();
    await settings.getByRole("button", { name: "Add", exact: true }).click();
    await settings.getByLabel("Name of entry 1 of Values").fill("amount");
    await settings.getByLabel("Name of entry 1 of Values").blur();
    await settings.getByRole("button", { name: "How Value of amount is given: Fixed value" }).click();
    await page.getByRole("menuitem", { name: "From a step" }).click();
    await settings.getByRole("combobox", { name: "Value of amount" }).fill("trigger.amount");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: "Valid" })).toBeVisible();
  });

  await test.step("publish and run it", async () => {
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await expect(page.getByText("Version 1 is published")).toBeVisible();
    await page.getByRole("button", { name: "Run now" }).click();
    const dialog = page.getByRole("dialog", { name: "Run now" });
    await dialog.getByLabel("Input (JSON)").fill('{"amount": 1500}');
    await dialog.getByRole("button", { name: "Run", exact: true }).click();
    await expect(page).toHaveURL(/\/executions\//);
  });

  await test.step("the nodes change while one looks", async () => {
    let loads = 0;
    page.on("load", () => (loads += 1));
    await expect(node("Set values")).toContainText("Succeeded");
    await expect(node("Wait")).toContainText("Waiting");
    await expect(node("Condition")).toContainText("Pending");
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await picture(page, "run-waiting");
    await expect(node("Wait")).toContainText("Succeeded");
    await expect(node("Condition")).toContainText("Succeeded");
    await expect(page.getByText("Live", { exact: true })).toHaveCount(0);
    expect(loads).toBe(0);
    await node("Condition").click();
    await expect(page.getByText("Left by “true”")).toBeVisible();
    await page.getByRole("tab", { name: /Events/ }).click();
    await expect(page.getByRole("list", { name: "Events" })).toContainText("Set values");
  });
});
