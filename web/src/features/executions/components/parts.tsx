import type { ReactNode } from "react";
import { Link } from "react-router";
import { Hourglass } from "lucide-react";
import type { WaitView } from "@/api/types";
import type { EffectView, ExecutionView, StepRunView } from "@/api/types";
import { JsonView } from "@/components/ui/json-view";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { formatNumber, formatSeconds, plural, secondsBetween } from "@/lib/format";
import { describeWait } from "../model/describe";
import type { Attempt } from "../model/timeline";

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="space-y-1.5">
      <h3 className="text-small font-medium text-faint">{title}</h3>
      {children}
    </section>
  );
}

export function ErrorPart({ error }: { error: unknown }) {
  if (error == null) return null;
  const { code, message } = error as { code?: string; message?: string };
  if (message === undefined) return <Part title="Error"><JsonView value={error} label="error" /></Part>;
  return (
    <div role="alert" className="rounded-medium bg-failure-soft px-3 py-2.5 text-small text-failure">
      <p className="font-semibold break-words">{message}</p>
      {code !== undefined && <p>Code {code}</p>}
    </div>
  );
}

/** Where one goes to end a wait, when a person can. */
export function waitLink(wait: WaitView): { to: string; label: string } | null {
  if (wait.kind === "approval") return { to: `/approvals/${wait.name}`, label: "Open the decision" };
  if (wait.kind === "child") return { to: `/executions/${wait.name}`, label: "Open its run" };
  return null;
}

export function WaitText({ wait }: { wait: WaitView }) {
  return (
    <>
      {describeWait(wait)}
      {wait.until != null && (
        <>
          {" "}
          until <Time value={wait.until} as="datetime" />
        </>
      )}
    </>
  );
}

export function WaitPart({ step }: { step: StepRunView }) {
  if (step.wait != null) {
    const link = waitLink(step.wait);
    return (
      <div className="flex gap-2 rounded-medium bg-waiting-soft px-3 py-2.5 text-small text-waiting">
        <Hourglass aria-hidden className="mt-0.5 size-4 shrink-0" />
        <div className="min-w-0 break-words">
          <p className="font-medium">
            <WaitText wait={step.wait} />
          </p>
          {step.wait.kind === "event" && (
            <p>
              Event “{step.wait.name}”{step.wait.key !== "" && <>, key {step.wait.key}</>}
            </p>
          )}
          {link !== null && (
            <Link to={link.to} className="font-semibold underline">
              {link.label}
            </Link>
          )}
        </div>
      </div>
    );
  }
  if (step.wake_at == null) return null;
  return (
    <p className="text-small text-waiting">
      Goes on <Time value={step.wake_at} as="datetime" />
    </p>
  );
}

export interface Tokens {
  calls: number;
  input: number;
  output: number;
  simulated: boolean;
}

export function tokensOf(steps: readonly StepRunView[]): Tokens {
  const sum: Tokens = { calls: 0, input: 0, output: 0, simulated: false };
  for (const call of steps.flatMap((step) => step.ai_calls)) {
    sum.calls += 1;
    sum.input += call.input_tokens;
    sum.output += call.output_tokens;
    sum.simulated ||= call.simulated;
  }
  return sum;
}

export function CostPart({ steps }: { steps: readonly StepRunView[] }) {
  const sum = tokensOf(steps);
  if (sum.calls === 0) return null;
  const models = [...new Set(steps.flatMap((step) => step.ai_calls).map((call) => call.model))];
  return (
    <Part title="Cost">
      <p className="tabular text-small">
        {plural(sum.calls, "AI call")}: {formatNumber(sum.input)} tokens in, {formatNumber(sum.output)} out
      </p>
      <p className="text-small break-words text-muted">
        {models.join(", ")}
        {sum.simulated && " · simulated, costs nothing"}
      </p>
    </Part>
  );
}

export function AttemptsPart({ attempts, now }: { attempts: Attempt[]; now: number }) {
  if (attempts.length < 2) return null;
  return (
    <Part title="Attempts">
      <ol className="space-y-1 text-small">
        {attempts.map((attempt) => (
          <li key={attempt.number} className="tabular">
            <span className="font-medium">{attempt.number}.</span> <Time value={attempt.from} as="time" />, {formatSeconds(secondsBetween(attempt.from, attempt.to, now) ?? 0)}
            {attempt.error !== null && <span className="block break-words text-failure">{attempt.error}</span>}
          </li>
        ))}
      </ol>
    </Part>
  );
}

export function EffectsPart({ effects }: { effects: EffectView[] }) {
  if (effects.length === 0) return null;
  return (
    <Part title="Done outside">
      <ul className="space-y-1.5 text-small">
        {effects.map((effect) => (
          <li key={effect.key} className="flex items-start gap-2">
            <StatusPill status={effect.state} />
            <span className="min-w-0 pt-0.5 break-words text-muted">{effect.summary === "" ? effect.kind : effect.summary}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** Runs that this one comes from or has started. */
export function LinksPart({ view }: { view: ExecutionView }) {
  const children = view.children;
  const links = [
    ...(view.forked_from == null ? [] : [{ to: `/executions/${view.forked_from}`, label: "The run that this one repeats" }]),
    ...(view.parent_execution_id == null ? [] : [{ to: `/executions/${view.parent_execution_id}`, label: "The run that started this one" }]),
    ...children.slice(0, 20).map((id, index) => ({ to: `/executions/${id}`, label: children.length === 1 ? "The run that this one started" : `Run ${index + 1} that this one started` })),
  ];
  if (links.length === 0) return null;
  return (
    <Part title="Related runs">
      <ul className="space-y-1 text-small">
        {links.map((link) => (
          <li key={link.to}>
            <Link to={link.to} className="font-medium text-accent-ink hover:underline">
              {link.label}
            </Link>
          </li>
        ))}
        {children.length > 20 && <li className="text-muted">and {plural(children.length - 20, "more run")} that it started</li>}
      </ul>
    </Part>
  );
}
