import { useEffect } from "react";
import { useQuery } from "@tanstack/react-query";
import { CheckCircle2, LoaderCircle } from "lucide-react";
import { meQuery } from "@/api/me";
import { ErrorState } from "@/components/ui/states";
import { cx } from "@/lib/cx";

const pollMilliseconds = 700;

/** Watches the dealership being set up and says when it is there. */
export function Provisioning({ onReady }: { onReady: () => void }) {
  const me = useQuery({
    ...meQuery,
    staleTime: 0,
    refetchInterval: (query) => (query.state.data?.tenant?.status === "active" ? false : pollMilliseconds),
  });
  const ready = me.data !== undefined && me.data.tenant?.status !== "provisioning";
  useEffect(() => {
    if (ready) onReady();
  }, [ready, onReady]);
  if (me.isError) return <ErrorState error={me.error} what="Your dealership" retry={() => void me.refetch()} />;
  const steps = [
    { label: "E-mail address confirmed", done: true },
    { label: "Setting up your dealership's own database", done: ready },
    { label: "Opening the dashboard", done: false },
  ];
  const current = steps.findIndex((step) => !step.done);
  return (
    <div role="status" aria-live="polite">
      <progress className="sr-only" max={steps.length} value={current} aria-label="Setting up" />
      <div aria-hidden className="mb-5 h-1.5 overflow-hidden rounded-full bg-hover">
        <div className="h-full rounded-full bg-accent transition-[width]" style={{ width: `${(current / steps.length) * 100}%` }} />
      </div>
      <ol className="space-y-3">
        {steps.map((step, index) => (
          <li key={step.label} className={cx("flex items-center gap-2.5", index > current && "text-faint")}>
            {step.done ? (
              <CheckCircle2 aria-hidden className="size-5 text-success" />
            ) : (
              <LoaderCircle aria-hidden className={cx("size-5", index === current ? "spin-slow text-running" : "text-faint")} />
            )}
            {step.label}
          </li>
        ))}
      </ol>
    </div>
  );
}
