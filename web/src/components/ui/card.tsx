import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

export function Card({ className, children }: { className?: string; children: ReactNode }) {
  return <div className={cx("rounded-large border border-line bg-surface shadow-card", className)}>{children}</div>;
}

interface SectionProps {
  title: ReactNode;
  action?: ReactNode;
  className?: string;
  bodyClassName?: string;
  children: ReactNode;
}

/** A card with a heading. */
export function Section({ title, action, className, bodyClassName, children }: SectionProps) {
  return (
    <section className={cx("rounded-large border border-line bg-surface shadow-card", className)}>
      <header className="flex min-h-12 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-2 md:px-5">
        <h2 className="text-base font-semibold">{title}</h2>
        {action}
      </header>
      <div className={bodyClassName ?? "p-4 md:p-5"}>{children}</div>
    </section>
  );
}
