import { type InputHTMLAttributes } from "react";
import { Search } from "lucide-react";
import { cx } from "@/lib/cx";
import { controlClass } from "./field";

interface SearchFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
}

export function SearchField({ label, className, ...rest }: SearchFieldProps) {
  return (
    <div className={cx("relative", className)}>
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-faint" />
      <input type="search" aria-label={label} placeholder={label} {...rest} className={cx(controlClass, "h-10 pr-3 pl-9 md:h-9")} />
    </div>
  );
}
