import { CheckCircle2, CircleAlert, TriangleAlert, X } from "lucide-react";
import { IconButton } from "@/components/ui/button";
import { fieldOf, nodeOf } from "../model/findings";
import type { Draft } from "../use-draft";

interface ProblemListProps {
  draft: Draft;
  onSelect: (id: string) => void;
  onClose: () => void;
}

/** Everything that stands between the draft and being published. */
export function ProblemList({ draft, onSelect, onClose }: ProblemListProps) {
  const { findings, definition } = draft;
  const name = (id: string) => definition.steps.find((step) => step.id === id)?.name ?? "Trigger";
  return (
    <aside aria-label="Problems" className="flex h-full flex-col">
      <header className="flex items-center justify-between border-b border-line py-2.5 pr-2 pl-4">
        <h2 className="font-semibold">Problems</h2>
        <IconButton label="Close problems" onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </header>
      {findings.length === 0 ? (
        <p className="flex items-center gap-2 p-4 text-success">
          <CheckCircle2 aria-hidden className="size-5" /> Nothing is wrong. It can be published.
        </p>
      ) : (
        <ul className="min-h-0 flex-1 divide-y divide-line overflow-y-auto">
          {findings.map((finding) => {
            const id = nodeOf(finding, definition);
            const field = fieldOf(finding);
            const warning = finding.severity === "warning";
            const Icon = warning ? TriangleAlert : CircleAlert;
            const content = (
              <>
                <Icon aria-label={warning ? "Warning" : "Error"} className={`mt-0.5 size-4 shrink-0 ${warning ? "text-waiting" : "text-failure"}`} />
                <span className="min-w-0 break-words">
                  {id !== null && <span className="block font-medium">{name(id)}</span>}
                  {field !== null && <span className="text-muted">{field}: </span>}
                  {finding.message}
                </span>
              </>
            );
            const shape = "flex w-full gap-2.5 px-4 py-3 text-left text-small";
            return (
              <li key={`${finding.pointer}|${finding.code}|${finding.message}`}>
                {id === null ? (
                  <p className={shape}>{content}</p>
                ) : (
                  <button type="button" onClick={() => onSelect(id)} className={`${shape} hover:bg-hover`}>
                    {content}
                  </button>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </aside>
  );
}
