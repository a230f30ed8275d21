import { Outlet, ScrollRestoration, useRouteError } from "react-router";
import { ErrorState } from "@/components/ui/states";
import { ToastProvider } from "@/components/ui/toast";

export function Root() {
  return (
    <ToastProvider>
      <ScrollRestoration />
      <Outlet />
    </ToastProvider>
  );
}

/** A page that broke: after a deployment its old file may simply be gone. */
export function Broken() {
  const error = useRouteError();
  return <ErrorState error={error} retry={() => location.reload()} />;
}
