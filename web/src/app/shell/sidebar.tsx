import { NavLink } from "react-router";
import { useQuery } from "@tanstack/react-query";
import type { MeView } from "@/api/types";
import { Logo } from "@/components/layout/logo";
import { waitingForMeQuery } from "@/features/approvals/api";
import { cx } from "@/lib/cx";
import { type Place, visiblePlaces } from "./navigation";

/** How many decisions wait for the signed-in person. */
function WaitingCount({ className }: { className: string }) {
  const waiting = useQuery(waitingForMeQuery).data ?? 0;
  if (waiting === 0) return null;
  return (
    <span className={cx("tabular flex h-[18px] min-w-[18px] items-center justify-center rounded-full bg-failure-solid px-1 text-[11px] leading-none font-semibold text-white", className)}>
      <span className="sr-only">, </span>
      {waiting > 99 ? "99+" : waiting}
      <span className="sr-only"> waiting</span>
    </span>
  );
}

function NavItem({ place }: { place: Place }) {
  return (
    <NavLink
      to={place.to}
      end={place.to === "/"}
      className={({ isActive }) =>
        cx(
          "flex h-9 items-center gap-2.5 rounded-medium px-2.5 text-small font-medium transition-colors",
          isActive ? "bg-accent-soft text-accent-ink" : "text-muted hover:bg-hover hover:text-ink",
        )
      }
    >
      <place.icon aria-hidden className="size-[18px] shrink-0" />
      {place.label}
      {place.to === "/approvals" && <WaitingCount className="ml-auto" />}
    </NavLink>
  );
}

export function Sidebar({ me }: { me: MeView }) {
  const visible = visiblePlaces(me.permissions, me.tenant != null);
  const manage = visible.filter((place) => place.area === "manage");
  return (
    <aside className="sticky top-0 hidden h-dvh w-58 shrink-0 flex-col border-r border-line bg-sunken md:flex">
      <div className="flex h-14 items-center gap-2.5 px-4">
        <Logo className="size-7 shrink-0" />
        <div className="min-w-0 leading-tight">
          <p className="truncate text-small font-semibold">{me.tenant?.name ?? "Auterity"}</p>
          <p className="truncate text-small text-faint">{me.tenant == null ? "Platform" : "Auterity"}</p>
        </div>
      </div>
      <nav aria-label="Main" className="flex-1 space-y-0.5 overflow-y-auto p-2.5">
        {visible
          .filter((place) => place.area === "work")
          .map((place) => (
            <NavItem key={place.to} place={place} />
          ))}
        {manage.length > 0 && <p className="px-2.5 pt-5 pb-1.5 text-small text-faint">Manage</p>}
        {manage.map((place) => (
          <NavItem key={place.to} place={place} />
        ))}
      </nav>
    </aside>
  );
}

export function BottomBar({ me }: { me: MeView }) {
  const shown = visiblePlaces(me.permissions, me.tenant != null).filter((place) => place.phone === true || me.tenant == null);
  return (
    <nav aria-label="Main" className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden">
      {shown.map((place) => (
        <NavLink
          key={place.to}
          to={place.to}
          end={place.to === "/"}
          className={({ isActive }) =>
            cx("flex h-15 flex-1 flex-col items-center justify-center gap-0.5 text-small font-medium", isActive ? "text-accent-ink" : "text-faint")
          }
        >
          <span className="relative">
            <place.icon aria-hidden className="size-5" />
            {place.to === "/approvals" && <WaitingCount className="absolute -top-1.5 left-3.5" />}
          </span>
          {place.label}
        </NavLink>
      ))}
    </nav>
  );
}
