import { useNavigate } from "react-router";
import { useQueryClient } from "@tanstack/react-query";
import { LogOut, Monitor, Moon, Search, Sun } from "lucide-react";
import { usePermission } from "@/api/me";
import type { MeView } from "@/api/types";
import { Logo } from "@/components/layout/logo";
import { IconButton } from "@/components/ui/button";
import { Menu, type MenuAction } from "@/components/ui/menu";
import { signOut } from "@/features/auth/api";
import { NotificationBell } from "@/features/notifications/components/bell";
import { humanise } from "@/lib/format";
import { useTheme } from "@/lib/theme";
import { visiblePlaces } from "./navigation";

function ThemeMenu() {
  const { choice, choose } = useTheme();
  const Icon = choice === "dark" ? Moon : choice === "light" ? Sun : Monitor;
  const mark = (name: string, value: string) => (choice === value ? `${name} (chosen)` : name);
  return (
    <Menu
      label={`Theme: ${choice}`}
      actions={[
        { label: mark("Light", "light"), icon: Sun, onSelect: () => choose("light") },
        { label: mark("Dark", "dark"), icon: Moon, onSelect: () => choose("dark") },
        { label: mark("As the system", "system"), icon: Monitor, onSelect: () => choose("system") },
      ]}
    >
      <Icon aria-hidden className="size-[18px]" />
    </Menu>
  );
}

function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  return `${parts[0]?.charAt(0) ?? ""}${parts.length > 1 ? (parts.at(-1)?.charAt(0) ?? "") : ""}`.toUpperCase();
}

function AccountMenu({ me }: { me: MeView }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const more: MenuAction[] = visiblePlaces(me.permissions, me.tenant != null)
    .filter((place) => place.phone !== true)
    .map((place) => ({ label: place.label, icon: place.icon, onSelect: () => void navigate(place.to) }));
  const leave: MenuAction = {
    label: "Sign out",
    icon: LogOut,
    onSelect: () => void signOut().catch(() => undefined).finally(() => queries.clear()),
  };
  return (
    <Menu
      label={`${initials(me.user.name)}, account of ${me.user.name}`}
      buttonClassName="ml-1 size-8 rounded-full bg-accent-soft text-small font-semibold text-accent-ink"
      header={
        <div className="border-b border-line px-3 pt-1.5 pb-2.5 text-small">
          <p className="truncate font-semibold">{me.user.name}</p>
          <p className="truncate text-muted">{me.user.email}</p>
          <p className="text-faint">{humanise(me.role)}</p>
        </div>
      }
      actions={[...more, leave]}
    >
      <span aria-hidden>{initials(me.user.name)}</span>
    </Menu>
  );
}

export function TopBar({ me, onSearch }: { me: MeView; onSearch: () => void }) {
  const hears = usePermission("notifications:read") && me.tenant != null;
  return (
    <header className="sticky top-0 z-30 flex h-14 shrink-0 items-center gap-1 border-b border-line bg-page/95 px-4 backdrop-blur-sm md:px-8">
      <Logo className="size-7 md:hidden" />
      <p className="ml-2 min-w-0 flex-1 truncate text-small font-semibold md:hidden">{me.tenant?.name ?? "Auterity"}</p>
      <button
        type="button"
        onClick={onSearch}
        className="hidden h-9 w-72 items-center gap-2.5 rounded-medium border border-line-strong bg-surface px-3 text-small text-faint transition-colors hover:border-faint md:flex"
      >
        <Search aria-hidden className="size-4" />
        Search or jump to
        <kbd className="ml-auto rounded-small border border-line bg-sunken px-1.5 font-sans text-small text-faint">Ctrl K</kbd>
      </button>
      <div className="md:ml-auto md:flex-1" />
      <IconButton label="Search" onClick={onSearch} className="md:hidden">
        <Search aria-hidden />
      </IconButton>
      <ThemeMenu />
      {hears && <NotificationBell />}
      <AccountMenu me={me} />
    </header>
  );
}
