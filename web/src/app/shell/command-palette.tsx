import { useState } from "react";
import { useNavigate } from "react-router";
import { Combobox, ComboboxInput, ComboboxOption, ComboboxOptions, Dialog, DialogBackdrop, DialogPanel } from "@headlessui/react";
import { CornerDownLeft, Search } from "lucide-react";
import type { MeView } from "@/api/types";
import { type Command, useCommands } from "./use-commands";

interface PaletteProps {
  me: MeView;
  open: boolean;
  onClose: () => void;
}

export default function CommandPalette({ me, open, onClose }: PaletteProps) {
  return (
    <Dialog open={open} onClose={onClose} aria-label="Search or jump to" className="relative z-50">
      <DialogBackdrop className="fixed inset-0 bg-[#1a1712]/45" />
      <div className="fixed inset-0 flex items-start justify-center p-3 pt-[10vh]">
        <DialogPanel className="w-full max-w-xl overflow-hidden rounded-large bg-surface shadow-float dark:border dark:border-line">
          <Palette me={me} onClose={onClose} />
        </DialogPanel>
      </div>
    </Dialog>
  );
}

function Palette({ me, onClose }: { me: MeView; onClose: () => void }) {
  const [query, setQuery] = useState("");
  const navigate = useNavigate();
  const { commands, searching } = useCommands(me, query);
  const run = (command: Command | null) => {
    if (command === null) return;
    onClose();
    if (command.to !== undefined) void navigate(command.to);
    command.run?.();
  };
  return (
    <Combobox<Command> onChange={run} immediate>
      <div className="relative border-b border-line">
        <Search aria-hidden className="absolute top-4 left-4 size-5 text-faint" />
        <ComboboxInput
          autoFocus
          aria-label="Search or jump to"
          placeholder="A customer, a workflow, a page"
          onChange={(event) => setQuery(event.target.value)}
          className="h-13 w-full bg-transparent pr-4 pl-12 text-base outline-none"
        />
      </div>
      <ComboboxOptions static className="max-h-[50vh] overflow-y-auto p-2">
        {commands.map((command) => (
          <ComboboxOption
            key={command.id}
            value={command}
            className="group flex cursor-pointer items-center gap-3 rounded-medium px-3 py-2 text-small data-focus:bg-hover"
          >
            <command.icon aria-hidden className="size-[18px] shrink-0 text-faint" />
            <span className="min-w-0 flex-1 truncate font-medium">{command.label}</span>
            <span className="shrink-0 text-faint">{command.kind}</span>
            <CornerDownLeft aria-hidden className="invisible size-4 text-faint group-data-focus:visible" />
          </ComboboxOption>
        ))}
      </ComboboxOptions>
      {commands.length === 0 && (
        <p role="status" className="px-5 pb-5 text-small text-muted">
          {searching ? "Searching" : "Nothing found. Try a name, an e-mail address or a phone number."}
        </p>
      )}
    </Combobox>
  );
}
