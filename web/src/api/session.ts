import { useSyncExternalStore } from "react";
import type { SessionView } from "./types";

/**
 * Who is signed in. The access token lives in this module's memory only; the
 * refresh token is a cookie that scripts can't read.
 */
export type SessionState =
  | { status: "unknown" }
  | { status: "anonymous"; reason: "signed_out" | "ended" | "none" }
  | { status: "signed_in"; session: SessionView };

let state: SessionState = { status: "unknown" };
const listeners = new Set<() => void>();
let pending: Promise<boolean> | null = null;
let renewal: ReturnType<typeof setTimeout> | undefined;

function set(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

export function currentSession(): SessionState {
  return state;
}

export function accessToken(): string | null {
  return state.status === "signed_in" ? state.session.access_token : null;
}

export function startSession(session: SessionView): void {
  clearTimeout(renewal);
  const early = Math.max(session.expires_in - 60, 15) * 1000;
  renewal = setTimeout(() => void refreshSession(), early);
  set({ status: "signed_in", session });
}

export function endSession(reason: "signed_out" | "ended" | "none"): void {
  clearTimeout(renewal);
  set({ status: "anonymous", reason });
}

async function requestRefresh(): Promise<boolean> {
  const before = state.status;
  let response: Response;
  try {
    response = await fetch(new URL("/api/v1/auth/refresh", location.origin), {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json", "X-Auterity-Csrf": "1" },
      body: "{}",
    });
  } catch {
    // Offline isn't signed out: keep what there is, unless the page has only just loaded.
    if (before === "unknown") endSession("none");
    return false;
  }
  if (response.ok) {
    startSession((await response.json()) as SessionView);
    return true;
  }
  if (response.status === 401 || response.status === 403 || before === "unknown") {
    endSession(before === "signed_in" ? "ended" : "none");
  }
  return false;
}

/** Renews the session from the cookie. Concurrent callers share one request. */
export function refreshSession(): Promise<boolean> {
  pending ??= requestRefresh().finally(() => {
    pending = null;
  });
  return pending;
}

export function useSession(): SessionState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    currentSession,
  );
}
