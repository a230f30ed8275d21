import { Pill, type Tone } from "@/components/ui/status";
import type { Mark } from "@/components/graph/to-flow";
import { cx } from "@/lib/cx";
import type { Definition } from "@/lib/graph/definition";
import type { Comparison, ValueChange } from "../model/compare";

const looks: Record<Mark, { label: string; tone: Tone }> = {
  added: { label: "Added", tone: "success" },
  removed: { label: "Removed", tone: "failure" },
  changed: { label: "Changed", tone: "waiting" },
};

function written(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function Value({ label, value, tone }: { label: string; value: unknown; tone: string }) {
  if (value === undefined || value === null) return null;
  return (
    <pre aria-label={label} className={cx("max-h-48 overflow-auto rounded-small px-2 py-1 font-mono text-small break-words whitespace-pre-wrap", tone)}>
      {written(value)}
    </pre>
  );
}

function Changes({ changes }: { changes: readonly ValueChange[] }) {
  return (
    <dl className="space-y-3">
      {changes.map((change) => (
        <div key={change.path}>
          <dt className="mb-1 font-mono text-small break-all text-muted">{change.path}</dt>
          <dd className="space-y-1">
            <Value label="Before" value={change.before} tone="bg-failure-soft text-failure" />
            <Value label="After" value={change.after} tone="bg-success-soft text-success" />
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface ChangeListProps {
  comparison: Comparison;
  names: Definition | null;
  older: Definition | null;
  step: string;
  onSelect: (id: string) => void;
}

/** Every difference in words; a changed step opens to what changed in it. */
export function ChangeList({ comparison, names, older, step, onSelect }: ChangeListProps) {
  const name = (id: string) => [...(names?.steps ?? []), ...(older?.steps ?? [])].find((item) => item.id === id)?.name ?? id;
  return (
    <div className="divide-y divide-line">
      <ul aria-label="Changed steps" className="divide-y divide-line">
        {comparison.nodes.map((node) => (
          <li key={node.id} className={cx("p-4", step === node.id && "bg-accent-soft/40")}>
            <div className="flex items-center gap-2">
              <button type="button" onClick={() => onSelect(node.id)} className="min-w-0 flex-1 truncate text-left font-medium hover:underline">
                {node.title}
              </button>
              <Pill tone={looks[node.mark].tone}>{looks[node.mark].label}</Pill>
            </div>
            {node.changes.length > 0 && (
              <details className="mt-2" open={step === node.id || comparison.nodes.length <= 3}>
                <summary className="cursor-pointer text-small text-muted">What changed</summary>
                <div className="mt-2">
                  <Changes changes={node.changes} />
                </div>
              </details>
            )}
          </li>
        ))}
      </ul>
      {comparison.edges.length > 0 && (
        <section aria-label="Changed connections" className="p-4">
          <h2 className="mb-2 text-small font-semibold">Connections</h2>
          <ul className="space-y-1.5">
            {comparison.edges.map(({ edge, mark }) => (
              <li key={`${mark}|${edge.from}|${edge.port}|${edge.to}`} className="flex items-center gap-2 text-small">
                <span className="min-w-0 flex-1 break-words">
                  {name(edge.from)}
                  {edge.port === "out" ? "" : ` (${edge.port})`} → {name(edge.to)}
                </span>
                <Pill tone={looks[mark].tone}>{looks[mark].label}</Pill>
              </li>
            ))}
          </ul>
        </section>
      )}
      {comparison.settings.length > 0 && (
        <section aria-label="Changed settings" className="p-4">
          <h2 className="mb-2 text-small font-semibold">Workflow settings</h2>
          <Changes changes={comparison.settings} />
        </section>
      )}
    </div>
  );
}
