import { ChevronRight } from "lucide-react";
import type { NodeStatus } from "@/components/graph/to-flow";
import { StatusPill } from "@/components/ui/status";
import { cx } from "@/lib/cx";
import type { Definition } from "@/lib/graph/definition";
import { layOut } from "@/lib/graph/layout";

interface StepListProps {
  definition: Definition;
  statuses: ReadonlyMap<string, NodeStatus>;
  selected: string | null;
  onSelect: (id: string) => void;
}

/** The run's steps from top to bottom: what a phone shows instead of the graph. */
export function StepList({ definition, statuses, selected, onSelect }: StepListProps) {
  const place = layOut(definition);
  const ordered = [...definition.steps].sort((a, b) => {
    const [one, other] = [place[a.id], place[b.id]];
    return (one?.y ?? 0) - (other?.y ?? 0) || (one?.x ?? 0) - (other?.x ?? 0);
  });
  return (
    <ol aria-label="Steps" className="divide-y divide-line">
      {ordered.map((step) => {
        const status = statuses.get(step.id);
        return (
          <li key={step.id}>
            <button
              type="button"
              aria-pressed={step.id === selected}
              onClick={() => onSelect(step.id)}
              className={cx("flex min-h-13 w-full items-center gap-3 px-4 py-2 text-left", step.id === selected && "bg-hover")}
            >
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{step.name}</span>
                {status?.detail != null && <span className="tabular block text-small text-faint">{status.detail}</span>}
              </span>
              <StatusPill status={status?.status ?? "pending"} />
              <ChevronRight aria-hidden className="size-4 text-faint" />
            </button>
          </li>
        );
      })}
    </ol>
  );
}
