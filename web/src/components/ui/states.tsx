import type { ReactNode } from "react";
import { CloudOff, type LucideIcon, Lock, SearchX, TriangleAlert } from "lucide-react";
import { isProblem } from "@/api/problem";
import { cx } from "@/lib/cx";
import { Button, ButtonLink } from "./button";

export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cx("skeleton rounded-small", className)} />;
}

/** Rows of a list that is on its way. */
export function SkeletonRows({ rows = 6, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="divide-y divide-line">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex items-center gap-4 px-4 py-3.5 md:px-5">
          <Skeleton className="size-8 rounded-full" />
          <div className="flex-1 space-y-2">
            <Skeleton className="h-3.5 w-2/5" />
            <Skeleton className="h-3 w-3/5" />
          </div>
          <Skeleton className="h-6 w-20 rounded-full" />
        </div>
      ))}
    </div>
  );
}

interface EmptyProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
  /** The state is the whole page, so its title is the page's heading. */
  page?: boolean;
}

export function EmptyState({ icon: Icon, title, children, action, className, page = false }: EmptyProps) {
  const Title = page ? "h1" : "p";
  return (
    <div className={cx("flex flex-col items-center gap-3 px-6 py-12 text-center", className)}>
      <span className="flex size-11 items-center justify-center rounded-large bg-accent-soft text-accent-ink">
        <Icon aria-hidden className="size-5" />
      </span>
      <div className="max-w-md space-y-1">
        <Title className="font-semibold">{title}</Title>
        {children !== undefined && <div className="text-small text-muted">{children}</div>}
      </div>
      {action}
    </div>
  );
}

interface ErrorProps {
  error: unknown;
  retry?: (() => void) | undefined;
  what?: string;
}

/** What failed, and what to do about it. */
export function ErrorState({ error, retry, what = "This page" }: ErrorProps) {
  if (isProblem(error) && error.status === 403 && error.code !== "tenant_suspended") return <NoPermission />;
  if (isProblem(error) && error.status === 404) {
    return (
      <EmptyState icon={SearchX} title="It isn't here" action={<ButtonLink to="/" variant="secondary">Go to the dashboard</ButtonLink>}>
        It was removed, or the address is wrong.
      </EmptyState>
    );
  }
  const offline = isProblem(error) && error.status === 0;
  return (
    <div role="alert">
      <EmptyState
        icon={offline ? CloudOff : TriangleAlert}
        title={offline ? "Auterity can't be reached" : `${what} couldn't be loaded`}
        action={retry !== undefined && <Button variant="secondary" onClick={retry}>Try again</Button>}
      >
        {error instanceof Error ? error.message : "Something unexpected happened."}
        {isProblem(error) && error.problem.request_id !== "" && (
          <p className="mt-1 text-faint">Reference {error.problem.request_id}</p>
        )}
      </EmptyState>
    </div>
  );
}

export function NoPermission() {
  return (
    <EmptyState icon={Lock} page title="You don't have access to this" action={<ButtonLink to="/" variant="secondary">Go to the dashboard</ButtonLink>}>
      Your role doesn't include this page. A dealership admin can change your role under Members.
    </EmptyState>
  );
}
