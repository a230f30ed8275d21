import { CopyButton } from "./copy-button";

/** A value as people read it; long ones scroll inside. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <div className="relative">
      <div className="absolute top-2 right-2">
        <CopyButton text={text} label={`Copy ${label}`} compact />
      </div>
      <pre
        role="region"
        // A region that scrolls must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-label={label}
        className="max-h-96 overflow-auto rounded-medium border border-line bg-sunken p-3 pr-12 font-mono text-small break-words whitespace-pre-wrap"
      >
        {text}
      </pre>
    </div>
  );
}
