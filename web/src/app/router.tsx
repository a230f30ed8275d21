import { createBrowserRouter, type RouteObject } from "react-router";
import { Broken, Root } from "./root";
import { Shell } from "./shell/shell";

export const routes: RouteObject[] = [
  {
    Component: Root,
    ErrorBoundary: Broken,
    HydrateFallback: () => null,
    children: [
      { path: "/sign-in", lazy: () => import("./routes/auth/sign-in") },
      { path: "/signup", lazy: () => import("./routes/auth/sign-up") },
      { path: "/check-mail", lazy: () => import("./routes/auth/check-mail") },
      { path: "/verify", lazy: () => import("./routes/auth/verify") },
      { path: "/welcome", lazy: () => import("./routes/auth/welcome") },
      { path: "/forgotten-password", lazy: () => import("./routes/auth/forgotten-password") },
      { path: "/reset-password", lazy: () => import("./routes/auth/reset-password") },
      { path: "/approve", lazy: () => import("./routes/approvals/link") },
      { path: "/approve/:token", lazy: () => import("./routes/approvals/old-link") },
      { path: "/invitation", lazy: () => import("./routes/auth/invitation") },
      {
        Component: Shell,
        children: [
          {
            ErrorBoundary: Broken,
            children: [
              { path: "/", lazy: () => import("./routes/dashboard/dashboard") },
              { path: "/leads", lazy: () => import("./routes/leads/leads") },
              { path: "/leads/:id", lazy: () => import("./routes/leads/lead") },
              { path: "/workflows", lazy: () => import("./routes/workflows/workflows") },
              { path: "/workflows/:id", lazy: () => import("./routes/workflows/canvas") },
              { path: "/workflows/:id/backtests", lazy: () => import("./routes/workflows/backtests") },
              { path: "/workflows/:id/compare", lazy: () => import("./routes/workflows/compare") },
              { path: "/workflows/:id/upgrade", lazy: () => import("./routes/workflows/upgrade") },
              { path: "/templates", lazy: () => import("./routes/templates/templates") },
              { path: "/templates/:id", lazy: () => import("./routes/templates/template") },
              { path: "/templates/:id/rollouts", lazy: () => import("./routes/templates/rollouts") },
              { path: "/executions", lazy: () => import("./routes/executions/executions") },
              { path: "/executions/:id", lazy: () => import("./routes/executions/execution") },
              { path: "/approvals", lazy: () => import("./routes/approvals/approvals") },
              { path: "/approvals/:id", lazy: () => import("./routes/approvals/approval") },
              { path: "/notifications", lazy: () => import("./routes/notifications/notifications") },
              { path: "/settings/members", lazy: () => import("./routes/settings/members") },
              { path: "/settings/audit-log", lazy: () => import("./routes/settings/audit-log") },
              { path: "/admin/tenants", lazy: () => import("./routes/admin/tenants") },
              { path: "*", lazy: () => import("./routes/not-found") },
            ],
          },
        ],
      },
    ],
  },
];

export function makeRouter() {
  return createBrowserRouter(routes);
}
