import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./index.css";
import { refreshSession } from "./api/session";
import { App } from "./app/app";

async function start(): Promise<void> {
  if (import.meta.env.DEV && import.meta.env["VITE_MOCK"] === "1") {
    const { startMock } = await import("./testing/browser");
    await startMock();
  }
  void refreshSession();
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no root");
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

void start();
