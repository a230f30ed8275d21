import type { ReactNode } from "react";
import { X } from "lucide-react";
import type { ExecutionView } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { JsonView } from "@/components/ui/json-view";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { formatSeconds, secondsBetween } from "@/lib/format";
import { isOver } from "../model/fold";
import { useNow } from "@/lib/use-now";

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="space-y-1.5">
      <h3 className="text-small font-medium text-faint">{title}</h3>
      {children}
    </section>
  );
}

function ErrorPart({ error }: { error: unknown }) {
  if (error == null) return null;
  const { code, message } = error as { code?: string; message?: string };
  if (message === undefined) return <Part title="Error"><JsonView value={error} label="error" /></Part>;
  return (
    <div role="alert" className="rounded-medium bg-failure-soft px-3 py-2.5 text-small text-failure">
      <p className="font-semibold">{message}</p>
      {code !== undefined && <p>Code {code}</p>}
    </div>
  );
}

const notStarted: Record<string, string> = { skipped: "The way here wasn't taken.", not_run: "The run ended before this step." };

interface StepPanelProps {
  view: ExecutionView;
  stepId: string;
  name: string;
  onClose: () => void;
}

/** What went into one step, what came out, and why it failed. */
export function StepPanel({ view, stepId, name, onClose }: StepPanelProps) {
  const now = useNow(1000);
  const step = view.steps.find((item) => item.step_id === stepId);
  const seconds = secondsBetween(step?.started_at, step?.ended_at, now);
  const reached = step?.status ?? "pending";
  const status = reached === "pending" && isOver(view.status) ? "not_run" : reached;
  return (
    <aside aria-label={`Step ${name}`} className="flex h-full flex-col">
      <header className="flex items-start justify-between gap-3 border-b border-line py-3 pr-3 pl-4">
        <div className="min-w-0 space-y-1">
          <h2 className="font-semibold break-words">{name}</h2>
          <p className="tabular flex flex-wrap items-center gap-2 text-small text-muted">
            <StatusPill status={status} />
            {seconds !== null && formatSeconds(seconds)}
            {(step?.attempt ?? 1) > 1 && <span>attempt {step?.attempt}</span>}
          </p>
        </div>
        <IconButton label="Close" onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 space-y-4 overflow-y-auto p-4">
        <ErrorPart error={step?.error} />
        {step?.wake_at != null && (
          <p className="text-small text-waiting">
            Goes on <Time value={step.wake_at} as="datetime" />
          </p>
        )}
        {step?.port != null && step.port !== "out" && <p className="text-small text-muted">Left by “{step.port}”</p>}
        {step?.started_at != null && (
          <p className="text-small text-muted">
            Started <Time value={step.started_at} as="datetime" />
          </p>
        )}
        {step?.output != null && <Part title="Output"><JsonView value={step.output} label="output" /></Part>}
        {step?.input != null && <Part title="Input"><JsonView value={step.input} label="input" /></Part>}
        {step?.started_at == null && <p className="text-small text-muted">{notStarted[status] ?? "This step hasn't started."}</p>}
      </div>
    </aside>
  );
}

export function RunPanel({ view }: { view: ExecutionView }) {
  return (
    <aside aria-label="Run" className="h-full space-y-4 overflow-y-auto p-4">
      <h2 className="sr-only">Run</h2>
      <ErrorPart error={view.error} />
      <Part title="Input of the run">
        <JsonView value={view.input ?? null} label="input of the run" />
      </Part>
      {view.output != null && (
        <Part title="Output of the run">
          <JsonView value={view.output} label="output of the run" />
        </Part>
      )}
      <p className="text-small text-faint">Choose a step to see what went in and what came out.</p>
    </aside>
  );
}
