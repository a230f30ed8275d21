import { fileURLToPath } from "node:url";
import { type BrowserContext, expect, type Page, test as base } from "@playwright/test";

/** What browsers complain about; a page that makes them complain fails its test. */
class Complaints {
  private readonly found: string[] = [];
  private readonly excused: RegExp[] = [
    // Whoever opens the page without a session is asked for one: the refresh says no.
    /status of 401 .*\/api\/v1\/auth\/refresh$/,
  ];

  watch(context: BrowserContext): void {
    context.on("weberror", (error) => { this.note(`uncaught: ${error.error().stack ?? error.error().message}`); });
    context.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.note(`${message.type()}: ${message.text()} ${message.location().url}`);
      }
    });
  }

  private note(text: string): void {
    this.found.push(text);
  }

  /** For a refusal that the test provokes. */
  excuse(pattern: RegExp): void {
    this.excused.push(pattern);
  }

  remaining(): string[] {
    return this.found.filter((text) => !this.excused.some((pattern) => pattern.test(text)));
  }
}

interface Fixtures {
  complaints: Complaints;
  /** A browser of another person. */
  anotherBrowser: () => Promise<Page>;
}

export const test = base.extend<Fixtures>({
  complaints: [
    async ({ context }, use) => {
      const complaints = new Complaints();
      complaints.watch(context);
      await use(complaints);
      expect(complaints.remaining(), "complaints of the browser").toEqual([]);
    },
    { auto: true },
  ],
  anotherBrowser: async ({ browser, complaints, contextOptions }, use) => {
    const opened: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext(contextOptions);
      complaints.watch(context);
      opened.push(context);
      return context.newPage();
    });
    for (const context of opened) await context.close();
  },
});

export { expect };

const images = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
const wanted = process.env["AUTERITY_E2E_SCREENSHOTS"] === "1";

/** A picture for the documentation; only when it is asked for, so that tests change no file. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!wanted) return;
  await page.evaluate(() => document.fonts.ready);
  const messages = page.getByRole("region", { name: "Messages" }).getByRole("button", { name: "Dismiss" });
  for (let left = await messages.count(); left > 0; left -= 1) await messages.first().click();
  await page.screenshot({ path: `${images}${name}.png`, animations: "disabled" });
}

/** Colours change over some frames; until then a page is neither light nor dark. */
async function settled(page: Page, theme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
  const moving = () =>
    page.evaluate(async () => {
      for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
      return document.getAnimations().filter((animation) => animation.playState === "running").length;
    });
  await expect.poll(moving).toBe(0);
}

export async function inDark(page: Page, look: () => Promise<void>): Promise<void> {
  await settled(page, "dark");
  await look();
  await settled(page, "light");
}

export async function onPhone(page: Page, look: () => Promise<void>): Promise<void> {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await look();
  if (size !== null) await page.setViewportSize(size);
}
