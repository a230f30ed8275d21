import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

interface TableProps {
  label: string;
  head: { label: string; className?: string }[];
  children: ReactNode;
}

export function Table({ label, head, children }: TableProps) {
  return (
    <div className="overflow-x-auto">
      <table aria-label={label} className="tabular w-full text-left text-small">
        <thead className="sticky top-0 bg-surface">
          <tr className="border-b border-line">
            {head.map((column) => (
              <th key={column.label} scope="col" className={cx("px-4 py-2.5 font-medium whitespace-nowrap text-faint first:pl-5 last:pr-5", column.className)}>
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">{children}</tbody>
      </table>
    </div>
  );
}

export const cellClass = "px-4 py-3 align-middle first:pl-5 last:pr-5";
