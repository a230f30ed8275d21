import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import tailwindcss from "@tailwindcss/vite";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const api = process.env["VITE_API_TARGET"] ?? "http://127.0.0.1:8080";

/** Serves the worker of the mock API while developing; a production build never contains it. */
function mockWorker(): Plugin {
  return {
    name: "mock-worker",
    apply: "serve",
    configureServer(server) {
      const file = fileURLToPath(new URL("./node_modules/msw/lib/mockServiceWorker.js", import.meta.url));
      server.middlewares.use("/mockServiceWorker.js", (_request, response) => {
        void readFile(file).then((content) => {
          response.setHeader("content-type", "text/javascript");
          response.end(content);
        });
      });
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), mockWorker()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  // Fonts and images stay files: the content security policy allows no data: addresses.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 700 },
  server: {
    allowedHosts: [".localhost"],
    proxy: {
      "/api": api,
      "/hooks": api,
      "/socket": { target: api, ws: true },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
    testTimeout: 15_000,
  },
});
