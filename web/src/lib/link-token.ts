import { useLocation } from "react-router";

/** The secret of a link in a mail. It stands behind `#`, which browsers send to no server: no proxy, log or referrer keeps it. */
export function readLinkToken(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token") ?? "";
}

export function useLinkToken(): string {
  return readLinkToken(useLocation().hash);
}
