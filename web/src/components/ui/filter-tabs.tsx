import { cx } from "@/lib/cx";

interface FilterTabsProps {
  label: string;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
}

/** One choice out of a few, as a row that scrolls on phones. */
export function FilterTabs({ label, value, options, onChange }: FilterTabsProps) {
  return (
    <div role="group" aria-label={label} className="-mx-4 flex gap-1 overflow-x-auto px-4 py-1 md:mx-0 md:px-1">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={cx(
            "h-8 shrink-0 rounded-full px-3 text-small font-medium transition-colors",
            option.value === value ? "bg-ink text-page" : "text-muted hover:bg-hover hover:text-ink",
          )}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
