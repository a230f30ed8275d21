import { useState } from "react";
import type { StepTypesView } from "@/api/types";
import { NamedIcon } from "@/components/ui/icon";
import { SearchField } from "@/components/ui/search-field";
import { dragType, groupTypes, type PaletteItem } from "../model/palette";

interface PaletteProps {
  types: StepTypesView;
  onAdd: (item: PaletteItem) => void;
}

function Item({ item, onAdd }: { item: PaletteItem; onAdd: (item: PaletteItem) => void }) {
  return (
    <button
      type="button"
      draggable
      title={item.description}
      onDragStart={(event) => {
        event.dataTransfer.setData(dragType, JSON.stringify({ kind: item.kind, type: item.type }));
        event.dataTransfer.effectAllowed = "copy";
      }}
      onClick={() => onAdd(item)}
      className="flex w-full items-center gap-2.5 rounded-medium px-2 py-1.5 text-left text-small hover:bg-hover"
    >
      <span className="flex size-7 shrink-0 items-center justify-center rounded-small bg-hover text-muted">
        <NamedIcon name={item.icon} className="size-4" />
      </span>
      <span className="min-w-0 truncate">{item.name}</span>
    </button>
  );
}

/** Everything that can be put on the canvas: by a click or by dragging. */
export function Palette({ types, onAdd }: PaletteProps) {
  const [query, setQuery] = useState("");
  const groups = groupTypes(types, query);
  return (
    <div className="flex h-full flex-col">
      <div className="p-3">
        <SearchField label="Search steps" value={query} onChange={(event) => setQuery(event.target.value)} />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
        {groups.map((group) => (
          <div key={group.title} role="group" aria-label={group.title} className="mb-3">
            <h2 className="px-2 pb-1 text-small font-medium text-faint">{group.title}</h2>
            {group.items.map((item) => (
              <Item key={`${item.kind}:${item.type}`} item={item} onAdd={onAdd} />
            ))}
          </div>
        ))}
        {groups.length === 0 && <p className="px-2 text-small text-muted">No step is called that.</p>}
      </div>
    </div>
  );
}
