import type { ReactNode } from "react";
import { useTitle } from "@/lib/use-title";
import { Logo } from "./logo";

interface AuthLayoutProps {
  title: string;
  description?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
}

/** The frame of every page that is seen before signing in. */
export function AuthLayout({ title, description, children, footer }: AuthLayoutProps) {
  useTitle(title);
  return (
    <main className="flex min-h-dvh flex-col items-center px-4 py-8 sm:justify-center sm:py-8">
      <div className="w-full max-w-[420px]">
        <div className="mb-5 flex items-center gap-2.5">
          <Logo className="size-8" />
          <span className="text-title font-semibold tracking-tight">Auterity</span>
        </div>
        <div className="rounded-large border border-line bg-surface p-5 shadow-card sm:p-7">
          <h1 className="text-display font-semibold tracking-tight">{title}</h1>
          {description !== undefined && <div className="mt-1.5 text-muted">{description}</div>}
          <div className="mt-6">{children}</div>
        </div>
        {footer !== undefined && <p className="mt-5 text-center text-small text-muted">{footer}</p>}
      </div>
    </main>
  );
}

export const authLinkClass = "font-medium text-accent-ink hover:underline";
