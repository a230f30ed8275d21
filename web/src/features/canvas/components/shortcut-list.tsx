import { Dialog } from "@/components/ui/dialog";
import { shortcutList } from "../use-shortcuts";

export function ShortcutList({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts" wide>
      <div className="grid max-h-[70dvh] gap-x-8 gap-y-5 overflow-y-auto sm:grid-cols-2">
        {shortcutList.map((group) => (
          <section key={group.title}>
            <h3 className="mb-1.5 text-small font-semibold">{group.title}</h3>
            <dl className="divide-y divide-line">
              {group.keys.map(([keys, what]) => (
                <div key={keys} className="flex items-baseline justify-between gap-3 py-1.5 text-small">
                  <dt className="text-muted">{what}</dt>
                  <dd className="shrink-0 rounded-small border border-line bg-sunken px-1.5 font-mono">{keys}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <p className="text-small text-faint sm:col-span-2">On a Mac, Cmd stands for Ctrl.</p>
      </div>
    </Dialog>
  );
}
