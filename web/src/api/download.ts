import { send } from "./client";
import { problemFrom } from "./problem";

/** Fetches a file with the session's token and gives it to the browser to keep. */
export async function download(path: string, name: string): Promise<void> {
  const response = await send(new Request(new URL(path, globalThis.location.origin)));
  if (!response.ok) throw problemFrom(await response.json().catch(() => null), response.status);
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read it by the next turn.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
