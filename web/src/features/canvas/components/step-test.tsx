import { useState } from "react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { FlaskConical, Pin, PinOff } from "lucide-react";
import type { StepTrialView, TrialEffect } from "@/api/types";
import { Button } from "@/components/ui/button";
import { FormError, TextAreaField } from "@/components/ui/field";
import { JsonView } from "@/components/ui/json-view";
import { StatusPill } from "@/components/ui/status";
import type { StepNode } from "@/lib/graph/definition";
import { pastRunQuery, tryStep } from "../api";
import { forServer, pin } from "../model/edit";
import { definitionStep, scopeFor, scopeOf } from "../model/scope";
import { runsOf } from "../model/trial";
import { useSample } from "../use-sample";
import type { InspectorProps } from "./inspector";
import { PastRunSelect } from "./past-runs";

type StepTestProps = InspectorProps & { step: StepNode };

function Block({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div className="space-y-1.5">
      <h3 className="text-small font-medium">{title}</h3>
      {children}
    </div>
  );
}

function Effect({ effect }: { effect: TrialEffect }) {
  return (
    <Block title="Would send">
      <p className="rounded-medium bg-unknown-soft px-3 py-2 text-small break-words text-unknown">{effect.summary}</p>
      {effect.request != null && <JsonView value={effect.request} label="what would be sent" />}
    </Block>
  );
}

function Result({ result }: { result: StepTrialView }) {
  return (
    <div className="space-y-4" role="status" aria-label="Result of the test">
      <p className="flex flex-wrap items-center gap-2 text-small">
        <StatusPill status={result.status} />
        {result.port != null && result.port !== "out" && <span className="text-muted">Left by “{result.port}”</span>}
      </p>
      {result.error != null && <FormError>{result.error.message}</FormError>}
      {result.effect != null && <Effect effect={result.effect} />}
      {result.output !== undefined && result.output !== null && (
        <Block title="Output">
          <JsonView value={result.output} label="output" />
        </Block>
      )}
      {result.config !== undefined && result.config !== null && (
        <Block title="Settings with values">
          <JsonView value={result.config} label="settings" />
        </Block>
      )}
      {result.logs.length > 0 && (
        <Block title="Log">
          <ul className="space-y-1 text-small">
            {result.logs.map((line, index) => <li key={index}>{line.message}</li>)}
          </ul>
        </Block>
      )}
    </div>
  );
}

/** An output that stands for the step's own while other steps are tried. */
function Pinned({ draft, step, offered }: { draft: StepTestProps["draft"]; step: StepNode; offered: unknown }) {
  const pinned = draft.definition.pinned?.[step.id];
  const [text, setText] = useState<string | null>(null);
  const [fault, setFault] = useState<string>();
  const keep = (output: unknown) => {
    draft.change((current) => pin(current, step.id, output));
    setText(null);
  };
  const save = () => {
    try {
      keep(JSON.parse(text ?? ""));
      setFault(undefined);
    } catch {
      setFault("This isn't JSON. Names and texts stand in double quotes.");
    }
  };
  const begin = () => setText(JSON.stringify(pinned ?? offered ?? {}, null, 2));
  return (
    <section aria-label="Pinned output" className="space-y-2 border-t border-line pt-4">
      <h3 className="flex items-center gap-1.5 text-small font-medium">
        <Pin aria-hidden className="size-4 text-unknown" /> Pinned output
      </h3>
      {text === null ? (
        <>
          {pinned === undefined ? <p className="text-small text-muted">Keep an output, and other steps are tried with it. Real runs never read it.</p> : <JsonView value={pinned} label="pinned output" />}
          <div className="flex flex-wrap gap-2">
            {offered !== undefined && pinned === undefined && (
              <Button size="small" variant="secondary" onClick={() => keep(offered)}>
                <Pin aria-hidden /> Pin this output
              </Button>
            )}
            <Button size="small" variant="secondary" onClick={begin}>
              {pinned === undefined ? "Write one by hand" : "Edit"}
            </Button>
            {pinned !== undefined && (
              <Button size="small" variant="ghost" onClick={() => keep(undefined)}>
                <PinOff aria-hidden /> Unpin
              </Button>
            )}
          </div>
        </>
      ) : (
        <>
          <TextAreaField label="Output (JSON)" rows={7} spellCheck={false} className="font-mono text-small" value={text} error={fault} onChange={(event) => setText(event.target.value)} />
          <div className="flex gap-2">
            <Button size="small" onClick={save}>
              Pin
            </Button>
            <Button size="small" variant="secondary" onClick={() => setText(null)}>
              Cancel
            </Button>
          </div>
        </>
      )}
    </section>
  );
}

/** Tries one step with real data: of the test of the draft, of a past run, or pinned. */
export function StepTest({ draft, workflow, trial, step }: StepTestProps) {
  const { definition } = draft;
  const sample = useSample(workflow, definition, trial);
  const [chosen, setChosen] = useState("");
  const past = useQuery({ ...pastRunQuery(chosen), enabled: chosen !== "" }).data ?? null;
  const attempt = useMutation({
    mutationFn: () => {
      const { tenant } = sample.scope;
      const scope = past === null ? sample.scope : scopeOf({ definition, run: past, trial: null, trialInput: {}, parameters: workflow.parameters, tenant: tenant as Record<string, unknown> });
      return tryStep(workflow.id, { definition: forServer(definition), step_id: step.id, input: scopeFor(definition, scope, step.id), pinned: definition.pinned ?? {} });
    },
  });
  const before = past?.steps.find((item) => definitionStep(item.step_id) === step.id);
  const rehearsed = trial.result === null ? [] : runsOf(trial.result, step.id);
  const [first] = rehearsed;
  const effects = trial.result?.effects.filter((effect) => definitionStep(effect.step_id) === step.id) ?? [];
  const offered = attempt.data?.output ?? before?.output ?? first?.output ?? undefined;
  return (
    <div className="space-y-4 p-4">
      <PastRunSelect workflowId={workflow.id} label="With the data of" value={chosen} none={sample.run === null && trial.result === null ? "Pinned outputs only" : "The last run or test"} onChoose={setChosen} />
      <Button busy={attempt.isPending} onClick={() => attempt.mutate()}>
        <FlaskConical aria-hidden /> Test this step
      </Button>
      <p className="text-small text-faint">Nothing leaves the house: what it would send is shown here.</p>
      <FormError>{attempt.error?.message ?? null}</FormError>
      {attempt.data !== undefined && <Result result={attempt.data} />}
      {attempt.data === undefined && first !== undefined && (
        <>
          <h3 className="text-small font-semibold text-muted">In the test of the draft{rehearsed.length > 1 ? `, first of ${rehearsed.length} times` : ""}</h3>
          <Result result={{ status: first.status, output: first.output, port: first.port ?? null, config: first.input, error: first.error ?? null, effect: effects[0] ?? null, logs: [] }} />
        </>
      )}
      {attempt.data === undefined && first === undefined && before?.output != null && (
        <Block title="Output in that run">
          <JsonView value={before.output} label="output in that run" />
        </Block>
      )}
      <Pinned draft={draft} step={step} offered={offered} />
    </div>
  );
}
