import { FileWarning } from "lucide-react";

/** What is wrong with a file, place by place. */
export function FileFaults({ name, faults }: { name: string; faults: readonly { place: string; message: string }[] }) {
  return (
    <div role="alert" className="rounded-medium bg-failure-soft p-3 text-small text-failure">
      <p className="flex items-center gap-2 font-medium">
        <FileWarning aria-hidden className="size-4 shrink-0" />
        <span className="min-w-0 break-words">{name} can’t be imported</span>
      </p>
      <ul className="mt-2 max-h-60 space-y-1.5 overflow-y-auto">
        {faults.map((fault) => (
          <li key={`${fault.place}|${fault.message}`}>
            <code className="font-mono font-medium break-all">{fault.place}</code>
            <span className="block">{fault.message}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
