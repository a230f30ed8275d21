import { defineConfig } from "@playwright/test";

const browser = process.env["AUTERITY_TEST_CHROMIUM"] || "/usr/bin/chromium";

/** Journeys against a running server; `make test` starts one and says where it is. */
export default defineConfig({
  testDir: "./e2e",
  outputDir: "./test-results",
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    baseURL: process.env["AUTERITY_TEST_APP_URL"] ?? "http://localhost:8080",
    viewport: { width: 1360, height: 850 },
    locale: "en-US",
    timezoneId: "America/New_York",
    reducedMotion: "reduce",
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: browser,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
