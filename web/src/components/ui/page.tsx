import type { ReactNode } from "react";
import { Link } from "react-router";
import { ChevronRight } from "lucide-react";
import { useTitle } from "@/lib/use-title";

export interface Crumb {
  label: string;
  to: string;
}

interface PageProps {
  title: string;
  crumbs?: Crumb[];
  description?: ReactNode;
  badge?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Breadcrumbs({ crumbs, current }: { crumbs: Crumb[]; current: string }) {
  return (
    <nav aria-label="Breadcrumb" className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1.5 text-small text-faint">
        {crumbs.map((crumb) => (
          <li key={crumb.to} className="flex shrink-0 items-center gap-1.5">
            <Link to={crumb.to} className="rounded-small hover:text-ink">
              {crumb.label}
            </Link>
            <ChevronRight aria-hidden className="size-3.5" />
          </li>
        ))}
        <li aria-current="page" className="truncate text-muted">
          {current}
        </li>
      </ol>
    </nav>
  );
}

/** The frame of an ordinary page: where one is, what it is called, what can be done. */
export function Page({ title, crumbs, description, badge, actions, children }: PageProps) {
  useTitle(title);
  return (
    <div className="mx-auto w-full max-w-6xl px-4 py-5 md:px-8 md:py-8">
      {crumbs !== undefined && <Breadcrumbs crumbs={crumbs} current={title} />}
      <header className="mt-1 mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3 md:mb-6">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="text-display font-semibold tracking-tight break-words">{title}</h1>
            {badge}
          </div>
          {description !== undefined && <div className="mt-1 max-w-2xl text-muted">{description}</div>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
