import type { Page } from "@playwright/test";
import { admin, openDealership } from "./support/people";
import { expect, picture, test } from "./support/test";

const elena = admin("Harbor View Subaru", "Elena Sorensen");

const node = (page: Page, name: string) => page.locator(".react-flow__node").filter({ hasText: name });
const settings = (page: Page) => page.getByRole("complementary", { name: /Settings of/ });

async function newWorkflow(page: Page, name: string): Promise<void> {
  await page.goto("/workflows");
  await page.getByRole("button", { name: "New workflow" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await expect(page.getByText("What starts this workflow?")).toBeVisible();
}

/** Adds by the search that a key opens. */
async function addByKey(page: Page, name: string): Promise<void> {
  await page.keyboard.press("/");
  await page.getByRole("combobox", { name: "Search steps" }).fill(name);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toHaveCount(0);
}

async function published(page: Page, version: number): Promise<void> {
  await expect(page.getByRole("button", { name: "Valid" })).toBeVisible();
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await expect(page.getByText(`Version ${version} is published`)).toBeVisible();
}

/** The view moves a step that was just added out from under the settings. */
async function viewStandsStill(page: Page): Promise<void> {
  const place = () => page.locator(".react-flow__viewport").getAttribute("style");
  await expect(async () => {
    const before = await place();
    await page.waitForTimeout(400);
    expect(await place()).toBe(before);
  }).toPass();
}

test("a workflow is built by mouse, tested and published", async ({ page }) => {
  await openDealership(page, elena);
  await newWorkflow(page, "Price check");

  await test.step("drag a step from the palette, and draw the line", async () => {
    await page.getByRole("button", { name: "Started by hand" }).last().click();
    await expect(node(page, "Started by hand")).toBeVisible();
    await page.keyboard.press("Escape");
    const canvas = page.locator(".react-flow__pane");
    await page.getByRole("group", { name: "Logic" }).getByRole("button", { name: "Set values", exact: true }).dragTo(canvas, { targetPosition: { x: 300, y: 420 } });
    await expect(node(page, "Set values")).toBeVisible();
    await expect(page.locator(".react-flow__edge")).toHaveCount(0);
    await expect(settings(page).getByRole("tab", { name: "Settings" })).toBeVisible();
    await viewStandsStill(page);
    await node(page, "Started by hand").locator(".react-flow__handle.source").hover();
    const to = await node(page, "Set values").locator(".react-flow__handle.target").boundingBox();
    if (to === null) throw new Error("no handle");
    await page.mouse.down();
    await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 12 });
    await page.mouse.up();
    await expect(page.locator(".react-flow__edge")).toHaveCount(1);
  });

  await test.step("say what it does, with a path that completes itself", async () => {
    await node(page, "Set values").click();
    await settings(page).getByRole("button", { name: "Add", exact: true }).click();
    await settings(page).getByLabel("Name of entry 1 of Values").fill("greeting");
    await settings(page).getByLabel("Name of entry 1 of Values").blur();
    await settings(page).getByRole("button", { name: "How Value of greeting is given: Fixed value" }).click();
    await page.getByRole("menuitem", { name: "Text with values" }).click();
    const text = settings(page).getByRole("textbox", { name: "Value of greeting" });
    await text.pressSequentially("Hello from {{ tenant.na");
    await expect(page.getByRole("option", { name: /tenant\.name/ })).toBeVisible();
    await page.keyboard.press("Enter");
    await expect(text).toHaveValue("Hello from {{ tenant.name }}");
  });

  await test.step("several at once: duplicate, undo, a note", async () => {
    await page.locator(".react-flow__pane").click({ position: { x: 40, y: 40 } });
    await page.keyboard.press("ControlOrMeta+a");
    await expect(page.getByRole("toolbar", { name: "Chosen items" })).toContainText("2 steps");
    await page.keyboard.press("ControlOrMeta+d");
    await expect(page.locator(".react-flow__node")).toHaveCount(4);
    await page.keyboard.press("ControlOrMeta+z");
    await expect(page.locator(".react-flow__node")).toHaveCount(2);
    await page.keyboard.press("n");
    await page.getByLabel("Text of the note").fill("Ask Ann about the wording.");
    await page.keyboard.press("Escape");
    await expect(page.locator(".react-flow__node-note")).toContainText("Ask Ann");
    await page.keyboard.press("Escape");
  });

  await test.step("test one step: its output is shown and can be pinned", async () => {
    await node(page, "Set values").click();
    await settings(page).getByRole("tab", { name: "Test" }).click();
    await settings(page).getByRole("button", { name: "Test this step" }).click();
    const result = settings(page).getByRole("status", { name: "Result of the test" });
    await expect(result).toContainText("Succeeded");
    await expect(result.getByRole("region", { name: "output", exact: true })).toContainText("Hello from Harbor View Subaru");
    await picture(page, "canvas-step-test");
    await settings(page).getByRole("button", { name: "Pin this output" }).click();
    await expect(node(page, "Set values").getByText("Pinned output")).toBeAttached();
  });

  await test.step("test the draft: the canvas shows what would have happened", async () => {
    await page.getByRole("button", { name: "Test draft" }).click();
    await page.getByRole("dialog", { name: "Test the draft" }).getByRole("button", { name: "Test", exact: true }).click();
    await expect(page.getByRole("region", { name: "Tested draft" })).toContainText("Nothing would leave the house");
    await expect(node(page, "Set values")).toContainText("Succeeded");
    await page.getByRole("button", { name: "Put the test away" }).click();
    await published(page, 1);
  });

  await test.step("a change is seen beside the published version", async () => {
    await node(page, "Set values").click();
    await settings(page).getByRole("tab", { name: "Settings" }).click();
    await settings(page).getByLabel("Name", { exact: true }).fill("Greet");
    await page.getByRole("button", { name: "More for this workflow" }).click();
    await page.getByRole("menuitem", { name: "Compare versions" }).click();
    await expect(page.getByRole("heading", { name: "1 difference" })).toBeVisible();
    await expect(page.getByRole("list", { name: "Changed steps" })).toContainText("Greet");
    await picture(page, "canvas-compare");
  });
});

test("a workflow is built by keyboard alone, and copied into another", async ({ page }) => {
  await openDealership(page, admin("Harbor View Volvo", "Tomas Lind"));
  await newWorkflow(page, "By keys");
  const nodes = page.locator(".react-flow__node");

  await test.step("add steps by searching", async () => {
    await page.locator(".react-flow__pane").click({ position: { x: 20, y: 20 } });
    await addByKey(page, "Started by hand");
    await expect(nodes).toHaveCount(1);
    await expect(node(page, "Started by hand")).toBeFocused();
    await addByKey(page, "Set values");
    await expect(node(page, "Set values")).toBeFocused();
    await addByKey(page, "Condition");
    await expect(nodes).toHaveCount(3);
    await expect(page.locator(".react-flow__edge")).toHaveCount(2);
  });

  await test.step("go about with the arrow keys and open a step", async () => {
    await expect(node(page, "Condition")).toBeFocused();
    await page.keyboard.press("ArrowUp");
    await expect(node(page, "Set values")).toBeFocused();
    await page.keyboard.press("ArrowUp");
    await expect(node(page, "Started by hand")).toBeFocused();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect(settings(page).getByLabel("Name", { exact: true })).toHaveValue("Set values");
    await page.keyboard.press("?");
    await expect(page.getByRole("heading", { name: "Keyboard shortcuts" })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
  });

  await test.step("delete, undo, connect", async () => {
    await expect(node(page, "Set values")).toBeFocused();
    await page.keyboard.press("Delete");
    await expect(nodes).toHaveCount(2);
    await page.keyboard.press("ControlOrMeta+z");
    await expect(nodes).toHaveCount(3);
    await node(page, "Started by hand").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("c");
    const dialog = page.getByRole("dialog", { name: /^Connect/ });
    await dialog.getByLabel("To").selectOption({ label: "Condition" });
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await expect(dialog.getByRole("button", { name: "Connect" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page.locator(".react-flow__edge")).toHaveCount(3);
    await expect(page.getByRole("dialog")).toHaveCount(0);
  });

  await test.step("copy into another workflow", async () => {
    await page.locator(".react-flow__pane").click({ position: { x: 20, y: 20 } });
    await page.keyboard.press("ControlOrMeta+a");
    await expect(page.getByRole("toolbar", { name: "Chosen items" })).toContainText("3 steps");
    await page.keyboard.press("ControlOrMeta+c");
    await expect(page.getByText("3 items copied")).toBeVisible();
    await newWorkflow(page, "Copied");
    await page.locator(".react-flow__pane").click({ position: { x: 20, y: 20 } });
    await page.keyboard.press("ControlOrMeta+v");
    await expect(nodes).toHaveCount(3);
    await expect(page.locator(".react-flow__edge")).toHaveCount(3);
    await page.keyboard.press("ControlOrMeta+s");
    await expect(page.getByText("Saved")).toBeVisible();
    await page.reload();
    await expect(nodes).toHaveCount(3);
  });
});
