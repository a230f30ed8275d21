import type { PathOption } from "@/lib/json-schema/paths";

/** A path with whose value it is, its type and an example. */
export function PathLine({ option }: { option: PathOption }) {
  return (
    <>
      <span className="flex items-baseline gap-2">
        <span className="min-w-0 flex-1 truncate font-mono">{option.path}</span>
        {option.type !== null && <span className="shrink-0 text-faint">{option.type}</span>}
      </span>
      <span className="block truncate text-faint">
        {option.group}
        {option.hint !== null && ` · ${option.hint}`}
      </span>
    </>
  );
}
