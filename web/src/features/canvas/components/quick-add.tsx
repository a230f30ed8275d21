import { useMemo, useState } from "react";
import { Combobox, ComboboxInput, ComboboxOption, ComboboxOptions } from "@headlessui/react";
import { Search } from "lucide-react";
import type { StepTypesView } from "@/api/types";
import { Dialog } from "@/components/ui/dialog";
import { controlClass } from "@/components/ui/field";
import { NamedIcon } from "@/components/ui/icon";
import { cx } from "@/lib/cx";
import { groupTypes, type PaletteItem } from "../model/palette";

interface QuickAddProps {
  types: StepTypesView;
  open: boolean;
  title: string;
  /** Only steps, where one is to follow another. */
  stepsOnly: boolean;
  onAdd: (item: PaletteItem) => void;
  onClose: () => void;
}

function key(item: PaletteItem): string {
  return `${item.kind}:${item.type}`;
}

function Item({ item }: { item: PaletteItem }) {
  return (
    <ComboboxOption value={item} className="flex cursor-pointer items-center gap-3 rounded-medium px-2.5 py-2 text-small data-focus:bg-hover">
      <span className="flex size-8 shrink-0 items-center justify-center rounded-small bg-hover text-muted">
        <NamedIcon name={item.icon} className="size-4" />
      </span>
      <span className="min-w-0">
        <span className="block truncate font-medium">{item.name}</span>
        <span className="block truncate text-faint">{item.description}</span>
      </span>
    </ComboboxOption>
  );
}

function TypeSearch({ types, stepsOnly, onAdd }: Pick<QuickAddProps, "types" | "stepsOnly" | "onAdd">) {
  const [query, setQuery] = useState("");
  const groups = useMemo(
    () => groupTypes(types, query).map((group) => ({ ...group, items: group.items.filter((item) => !stepsOnly || item.kind === "step") })).filter((group) => group.items.length > 0),
    [types, query, stepsOnly],
  );
  return (
    <Combobox<PaletteItem | null> value={null} onChange={(item) => item !== null && onAdd(item)}>
      <div className="relative">
        <Search aria-hidden className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-faint" />
        <ComboboxInput autoFocus aria-label="Search steps" placeholder="Search steps" onChange={(event) => setQuery(event.target.value)} className={cx(controlClass, "h-10 pr-3 pl-9")} />
      </div>
      <ComboboxOptions static className="-mx-2 mt-3 h-[52dvh] max-h-[28rem] overflow-y-auto">
        {groups.map((group) => (
          <div key={group.title} role="group" aria-label={group.title} className="mb-2">
            <p aria-hidden className="px-2.5 pb-1 text-small font-medium text-faint">
              {group.title}
            </p>
            {group.items.map((item) => (
              <Item key={key(item)} item={item} />
            ))}
          </div>
        ))}
        {groups.length === 0 && <p className="px-2.5 text-small text-muted">No step is called that.</p>}
      </ComboboxOptions>
    </Combobox>
  );
}

/** Every step and trigger, found by typing: the way to build without a mouse. */
export function QuickAdd({ open, title, onClose, ...rest }: QuickAddProps) {
  return (
    <Dialog open={open} onClose={onClose} title={title}>
      <TypeSearch {...rest} />
    </Dialog>
  );
}
