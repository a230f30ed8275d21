import { lazy, Suspense, useEffect, useState } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { meQuery } from "@/api/me";
import { isProblem } from "@/api/problem";
import { useSession } from "@/api/session";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { Ban } from "lucide-react";
import { LiveUpdates } from "./live-updates";
import { SimulatedBanner } from "./simulated-banner";
import { BottomBar, Sidebar } from "./sidebar";
import { TopBar } from "./top-bar";

const CommandPalette = lazy(() => import("./command-palette"));

function ShellSkeleton() {
  return (
    <div role="status" aria-label="Loading" className="flex min-h-dvh">
      <div className="hidden w-58 space-y-3 border-r border-line bg-sunken p-4 md:block">
        {[0, 1, 2, 3, 4, 5].map((row) => (
          <Skeleton key={row} className="h-7" />
        ))}
      </div>
      <div className="flex-1 space-y-4 p-8 pt-20">
        <Skeleton className="h-8 w-52" />
        <Skeleton className="h-40 rounded-large" />
      </div>
    </div>
  );
}

function Suspended({ name = "This dealership" }: { name?: string | undefined }) {
  return (
    <EmptyState page icon={Ban} title={`${name} is suspended`}>
      Nobody can use it for now, and no workflow runs. Write to the support of Auterity to have it opened again.
    </EmptyState>
  );
}

/** Everything behind the sign-in: who one is decides what is there. */
export function Shell() {
  const session = useSession();
  const location = useLocation();
  const [searching, setSearching] = useState(false);
  const me = useQuery({ ...meQuery, enabled: session.status === "signed_in" });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setSearching((open) => !open);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
  if (session.status === "anonymous") {
    const here = `${location.pathname}${location.search}`;
    const keep = here === "/" || session.reason === "signed_out" ? "" : `?next=${encodeURIComponent(here)}`;
    return <Navigate to={`/sign-in${keep}`} replace />;
  }
  if (isProblem(me.error, "tenant_suspended")) return <Suspended name={session.status === "signed_in" ? session.session.tenant?.name : undefined} />;
  if (me.isError && me.data === undefined) return <ErrorState error={me.error} what="Your account" retry={() => void me.refetch()} />;
  if (session.status === "unknown" || me.data === undefined) return <ShellSkeleton />;
  const { tenant } = me.data;
  if (tenant?.status === "provisioning") return <Navigate to="/welcome" replace />;
  if (tenant?.status === "suspended" || tenant?.status === "deleting") {
    return <Suspended name={tenant.name} />;
  }
  return (
    <div className="flex min-h-dvh">
      <a href="#main" className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-60 focus:rounded-medium focus:bg-surface focus:px-3 focus:py-2">
        Skip to the content
      </a>
      <Sidebar me={me.data} />
      <div className="flex min-w-0 flex-1 flex-col pb-16 md:pb-0">
        <TopBar me={me.data} onSearch={() => setSearching(true)} />
        <SimulatedBanner connections={me.data.connections} />
        <main id="main" tabIndex={-1} className="relative flex min-w-0 flex-1 flex-col outline-none">
          <Suspense fallback={null}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <BottomBar me={me.data} />
      {tenant != null && <LiveUpdates />}
      {searching && (
        <Suspense fallback={null}>
          <CommandPalette me={me.data} open onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </div>
  );
}
