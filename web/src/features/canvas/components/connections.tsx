import { X } from "lucide-react";
import type { StepTypesView } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { Select } from "@/components/ui/field";
import { compensatePort, portsOf } from "@/lib/graph/definition";
import { connect, connectFault, removeEdges } from "../model/edit";
import type { Draft } from "../use-draft";

interface ConnectionsProps {
  draft: Draft;
  types: StepTypesView;
  id: string;
  editable: boolean;
}

/** Where a node leads to: the same as drawing lines, for keyboards and phones. */
export function Connections({ draft, types, id, editable }: ConnectionsProps) {
  const { definition, change } = draft;
  const step = definition.steps.find((item) => item.id === id);
  const own = step === undefined ? ["out"] : portsOf(step, types.steps.find((type) => type.type === step.type));
  const undone = definition.edges.some((edge) => edge.from === id && edge.port === compensatePort);
  const ports = undone ? [...own, compensatePort] : own;
  const name = (to: string) => definition.steps.find((item) => item.id === to)?.name ?? to;
  return (
    <fieldset className="space-y-2 border-t border-line pt-4">
      <legend className="sr-only">Next steps</legend>
      <p aria-hidden className="text-small font-medium">
        Next steps
      </p>
      {ports.map((port) => {
        const targets = definition.edges.filter((edge) => edge.from === id && edge.port === port);
        const possible = definition.steps.filter((item) => connectFault(definition, { from: id, port, to: item.id }) === null);
        return (
          <div key={port} className="space-y-1.5">
            {ports.length > 1 && <p className="text-small text-muted">{port === compensatePort ? "Undone by, if a later step fails" : `On “${port}”`}</p>}
            {targets.map((edge) => (
              <p key={edge.to} className="flex items-center justify-between gap-2 rounded-medium bg-hover pl-3 text-small">
                <span className="min-w-0 truncate">{name(edge.to)}</span>
                {editable && (
                  <IconButton label={`No longer lead to ${name(edge.to)}`} onClick={() => change((current) => removeEdges(current, [edge]))}>
                    <X aria-hidden />
                  </IconButton>
                )}
              </p>
            ))}
            {targets.length === 0 && !editable && <p className="text-small text-faint">Ends here</p>}
            {editable && possible.length > 0 && (
              <Select
                aria-label={ports.length > 1 ? `Add a next step on ${port}` : "Add a next step"}
                value=""
                onChange={(event) => {
                  const to = event.target.value;
                  if (to !== "") change((current) => connect(current, { from: id, port, to }));
                }}
              >
                <option value="">{targets.length === 0 ? "Ends here. Lead to…" : "Lead also to…"}</option>
                {possible.map((item) => (
                  <option key={item.id} value={item.id}>
                    {item.name}
                  </option>
                ))}
              </Select>
            )}
          </div>
        );
      })}
    </fieldset>
  );
}
