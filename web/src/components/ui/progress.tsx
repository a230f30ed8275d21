import { formatNumber } from "@/lib/format";

/** How much of a long work is done. */
export function Progress({ label, value, total }: { label: string; value: number; total: number }) {
  const share = total === 0 ? 0 : Math.min(1, value / total);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={Math.min(value, total)}
      aria-valuetext={`${formatNumber(value)} of ${formatNumber(total)}`}
      className="mt-2 h-1.5 overflow-hidden rounded-full bg-hover"
    >
      <div className="h-full rounded-full bg-accent transition-[width]" style={{ width: `${share * 100}%` }} />
    </div>
  );
}
