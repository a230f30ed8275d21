import { useState } from "react";
import { FlaskConical, X } from "lucide-react";
import type { ConnectionView } from "@/api/types";

const names: Record<string, string> = { ai: "AI", email: "e-mail", crm: "CRM", dms: "DMS", sms: "text messages" };
const key = "auterity.simulated-seen";

function seen(): string {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** Says plainly what isn't real here, so that nobody waits for a mail that never left. */
export function SimulatedBanner({ connections }: { connections: ConnectionView[] }) {
  const simulated = connections.filter((connection) => connection.simulated);
  const list = simulated.map((connection) => `${names[connection.kind] ?? connection.kind} – ${connection.name}`).join(", ");
  const [hidden, setHidden] = useState(() => seen() === list);
  if (simulated.length === 0 || hidden) return null;
  const hide = () => {
    setHidden(true);
    try {
      sessionStorage.setItem(key, list);
    } catch {
      // Then it shows again on the next page load.
    }
  };
  return (
    <aside aria-label="Simulated connections" className="flex items-center gap-2.5 border-b border-line bg-waiting-soft px-4 py-2 text-small text-waiting md:px-8">
      <FlaskConical aria-hidden className="size-4 shrink-0" />
      <p className="min-w-0 flex-1">
        <strong className="font-semibold">Simulated:</strong> {list}. Nothing sent this way leaves Auterity.
      </p>
      <button type="button" aria-label="Hide" onClick={hide} className="rounded-small p-1 hover:bg-surface/60">
        <X aria-hidden className="size-4" />
      </button>
    </aside>
  );
}
