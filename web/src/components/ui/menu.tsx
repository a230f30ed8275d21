import type { ReactNode } from "react";
import { Menu as HeadlessMenu, MenuButton, MenuItem, MenuItems } from "@headlessui/react";
import { EllipsisVertical, type LucideIcon } from "lucide-react";
import { cx } from "@/lib/cx";

export interface MenuAction {
  label: string;
  icon?: LucideIcon;
  onSelect: () => void;
  danger?: boolean;
  disabled?: boolean;
}

interface MenuProps {
  label: string;
  actions: MenuAction[];
  children?: ReactNode;
  buttonClassName?: string;
  header?: ReactNode;
}

const quiet = "rounded-medium text-muted hover:bg-hover hover:text-ink data-open:bg-hover";

export function Menu({ label, actions, children, buttonClassName, header }: MenuProps) {
  return (
    <HeadlessMenu>
      <MenuButton
        aria-label={label}
        className={cx(
          "inline-flex items-center justify-center transition-colors",
          buttonClassName ?? `size-9 ${quiet}`,
        )}
      >
        {children ?? <EllipsisVertical aria-hidden className="size-[18px]" />}
      </MenuButton>
      <MenuItems
        anchor={{ to: "bottom end", gap: 6, padding: 8 }}
        transition
        className="z-50 min-w-48 rounded-large border border-line bg-surface p-1 shadow-float transition duration-100 data-closed:opacity-0 focus:outline-none"
      >
        {header}
        {actions.map((action) => (
          <MenuItem key={action.label} disabled={action.disabled ?? false}>
            <button
              type="button"
              onClick={action.onSelect}
              className={cx(
                "flex w-full items-center gap-2.5 rounded-medium px-3 py-2 text-left text-small data-disabled:opacity-45 data-focus:bg-hover",
                action.danger === true ? "text-failure" : "text-ink",
              )}
            >
              {action.icon !== undefined && <action.icon aria-hidden className="size-4 shrink-0" />}
              {action.label}
            </button>
          </MenuItem>
        ))}
      </MenuItems>
    </HeadlessMenu>
  );
}
