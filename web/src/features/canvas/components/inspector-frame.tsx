import { type ReactNode, useMemo } from "react";
import { Trash2, X } from "lucide-react";
import { Button, IconButton } from "@/components/ui/button";
import { asSchema, fieldsOf } from "@/lib/json-schema/fields";
import { fieldErrors, nodeOf } from "../model/findings";
import type { Draft } from "../use-draft";

interface FrameProps {
  title: string;
  description: string | undefined;
  onClose: () => void;
  onRemove: (() => void) | null;
  /** What is inside brings its own margins. */
  flush?: boolean;
  children: ReactNode;
}

export function Frame({ title, description, onClose, onRemove, flush = false, children }: FrameProps) {
  return (
    <aside aria-label={`Settings of ${title}`} className="flex h-full flex-col">
      <header className="flex items-start justify-between gap-2 border-b border-line py-2.5 pr-2 pl-4">
        <div className="min-w-0 pt-1">
          <h2 className="font-semibold break-words">{title}</h2>
          {description !== undefined && <p className="text-small text-muted">{description}</p>}
        </div>
        <IconButton label="Close settings" onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </header>
      <div className={`min-h-0 flex-1 overflow-y-auto ${flush ? "" : "space-y-5 p-4"}`}>
        {children}
        {onRemove !== null && (
          <Button variant="ghost" size="small" className={`text-failure hover:text-failure ${flush ? "mx-4 mb-4" : ""}`} onClick={onRemove}>
            <Trash2 aria-hidden /> Delete
          </Button>
        )}
      </div>
    </aside>
  );
}

/** What is wrong with the node as a whole; what belongs to a field stands at the field. */
export function NodeFindings({ draft, id, shown }: { draft: Draft; id: string; shown: Record<string, string> }) {
  const messages = Object.values(shown);
  const rest = draft.findings.filter((finding) => nodeOf(finding, draft.definition) === id && !messages.includes(finding.message));
  if (rest.length === 0) return null;
  return (
    <ul className="space-y-1 rounded-medium bg-failure-soft px-3 py-2 text-small text-failure">
      {rest.map((finding) => (
        <li key={`${finding.pointer}${finding.code}`}>{finding.message}</li>
      ))}
    </ul>
  );
}

/** Messages for fields that the form has; the others belong above it. */
export function useConfigErrors(draft: Draft, id: string, schema: unknown): Record<string, string> {
  const { findings, definition } = draft;
  return useMemo(() => {
    const names = fieldsOf(asSchema(schema)).map((field) => field.name);
    return Object.fromEntries(Object.entries(fieldErrors(findings, definition, id)).filter(([path]) => names.includes(path.split(".")[0] ?? "")));
  }, [findings, definition, id, schema]);
}
