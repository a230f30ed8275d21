import type { Page } from "@playwright/test";
import { admin, openDealership } from "./support/people";
import { expect, test } from "./support/test";
import { bigDefinition, makeWorkflow } from "./support/workflows";

const longestFrame = 100;

/** Collects the time between frames from now on. */
async function watchFrames(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const frames: number[] = [];
    let last = performance.now();
    let on = true;
    const tick = (now: number) => {
      frames.push(now - last);
      last = now;
      if (on) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    Object.assign(globalThis, {
      stopFrames: () => {
        on = false;
        return frames;
      },
    });
  });
  return () => page.evaluate(() => (globalThis as unknown as { stopFrames: () => number[] }).stopFrames());
}

async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }, moves: number): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  for (let move = 1; move <= moves; move += 1) {
    await page.mouse.move(from.x + ((to.x - from.x) * move) / moves, from.y + ((to.y - from.y) * move) / moves);
  }
}

const attempts = 5;

/**
 * Does a gesture until it went without a long frame. Another program on the machine can only make
 * frames longer, so one smooth attempt shows what the canvas itself needs; all are printed.
 */
async function expectSmooth(page: Page, what: string, gesture: () => Promise<void>): Promise<void> {
  const worst: number[] = [];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const stop = await watchFrames(page);
    await gesture();
    const frames = await stop();
    expect(frames.length, `${what}: frames`).toBeGreaterThan(10);
    worst.push(Math.round(Math.max(...frames)));
    if (Math.max(...frames) <= longestFrame) break;
  }
  process.stdout.write(`    ${what}: longest frame ${worst.join(", then ")} ms\n`);
  expect(Math.min(...worst), `${what}: longest frames of each attempt ${worst.join(", ")} ms`).toBeLessThanOrEqual(longestFrame);
}

test("dragging on a canvas of 300 steps stays smooth", async ({ page, request }) => {
  test.slow();
  const { token } = await openDealership(page, admin("Granite Peak Honda", "Lena Fischer"));
  const id = await makeWorkflow(request, token, "Three hundred steps", bigDefinition(300));
  await page.goto(`/workflows/${id}`);
  const node = (name: string) => page.locator(".react-flow__node").filter({ hasText: new RegExp(`^${name}(?!\\d)`) });
  await expect(page.locator(".react-flow__node").first()).toBeVisible();
  const center = async (name: string) => {
    const box = await node(name).boundingBox();
    if (box === null) throw new Error(`${name} isn't in view`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const visible = await page.locator(".react-flow__node").evaluateAll((nodes) => nodes.map((item) => item.getBoundingClientRect()).map((box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 })));
  const pane = await page.locator(".react-flow__pane").boundingBox();
  if (pane === null) throw new Error("no canvas");
  const middle = { x: pane.x + pane.width / 2, y: pane.y + pane.height / 2 };
  const nearest = visible.toSorted((one, other) => Math.hypot(one.x - middle.x, one.y - middle.y) - Math.hypot(other.x - middle.x, other.y - middle.y))[0] ?? middle;

  let way = 1;
  /** There and back, so that every attempt begins in the same place. */
  const pull = async (from: { x: number; y: number }, by: { x: number; y: number }, moves: number) => {
    const end = { x: from.x + by.x, y: from.y + by.y };
    await (way > 0 ? drag(page, from, end, moves) : drag(page, end, from, moves));
    await page.mouse.up();
    way = -way;
  };

  await test.step("one step is dragged", async () => {
    way = 1;
    await expectSmooth(page, "one step", () => pull(nearest, { x: 120, y: 60 }, 60));
    await expect(page.getByText("Saved")).toBeVisible();
  });

  await test.step("the view is dragged, with every step in it", async () => {
    const out = page.getByRole("button", { name: "Zoom Out" });
    for (let click = 0; click < 10 && (await out.isEnabled()); click += 1) await out.click();
    way = 1;
    await expectSmooth(page, "the view", () => pull({ x: pane.x + pane.width - 60, y: pane.y + 60 }, { x: -120, y: 60 }, 40));
  });

  await test.step("one step is dragged while all are in view", async () => {
    const start = await center("Step 155");
    way = 1;
    await expectSmooth(page, "one of all", () => pull(start, { x: 90, y: 45 }, 40));
  });

  await test.step("several steps are dragged together", async () => {
    await page.locator(".react-flow__pane").click({ position: { x: pane.width - 20, y: 20 } });
    for (const name of ["Step 133", "Step 134", "Step 135", "Step 144", "Step 145"]) await node(name).click({ modifiers: ["Shift"] });
    await expect(page.getByRole("toolbar", { name: "Chosen items" })).toContainText("5 steps");
    const start = await center("Step 134");
    way = 1;
    await expectSmooth(page, "several steps", () => pull(start, { x: 80, y: 40 }, 40));
  });
});
