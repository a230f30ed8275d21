import { Workflow } from "lucide-react";
import type { StepTypesView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { NamedIcon } from "@/components/ui/icon";
import { EmptyState } from "@/components/ui/states";
import { type PaletteItem, paletteItems } from "../model/palette";

/** A canvas with nothing on it begins with the question: what starts it? */
export function EmptyBoard({ types, onAdd }: { types: StepTypesView; onAdd: (item: PaletteItem) => void }) {
  return (
    <div className="pointer-events-none absolute inset-0 flex items-center justify-center p-4">
      <EmptyState
        icon={Workflow}
        title="What starts this workflow?"
        className="pointer-events-auto max-w-lg rounded-large border border-line bg-surface shadow-card"
        action={
          <div className="flex flex-wrap justify-center gap-2">
            {paletteItems(types).trigger.map((item) => (
              <Button key={item.type} variant="secondary" size="small" onClick={() => onAdd(item)}>
                <NamedIcon name={item.icon} />
                {item.name}
              </Button>
            ))}
          </div>
        }
      >
        Choose a trigger. Then add what is to be done, one step after the other.
      </EmptyState>
    </div>
  );
}
