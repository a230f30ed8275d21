import { useState } from "react";
import { CircleHelp, FlaskConical } from "lucide-react";
import { usePermission } from "@/api/me";
import type { EffectView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Pill, StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { humanise } from "@/lib/format";
import { useSettleEffect } from "../api";

interface Choice {
  key: string;
  outcome: "sent" | "not_sent";
}

function Settle({ executionId, effect }: { executionId: string; effect: EffectView }) {
  const [choice, setChoice] = useState<Choice | null>(null);
  const settle = useSettleEffect(executionId);
  const toast = useToast();
  const confirm = () => {
    if (choice === null) return;
    settle.mutate(choice, {
      onSuccess: () => toast({ title: "Settled", detail: "The run goes on from there." }),
      onError: (error) => toast({ title: "It couldn't be settled", detail: error.message, tone: "failure" }),
      onSettled: () => setChoice(null),
    });
  };
  return (
    <div className="mt-2 rounded-medium bg-unknown-soft p-3 text-unknown">
      <p className="flex gap-2">
        <CircleHelp aria-hidden className="mt-0.5 size-4 shrink-0" />
        Nobody can say whether this left before the connection broke. Look at the receiving side, then settle it.
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button size="small" variant="secondary" onClick={() => setChoice({ key: effect.key, outcome: "sent" })}>
          It was sent
        </Button>
        <Button size="small" variant="secondary" onClick={() => setChoice({ key: effect.key, outcome: "not_sent" })}>
          It wasn't sent
        </Button>
      </div>
      <Confirm
        open={choice !== null}
        onClose={() => setChoice(null)}
        onConfirm={confirm}
        busy={settle.isPending}
        title={choice?.outcome === "sent" ? "It was sent?" : "It wasn't sent?"}
        action={choice?.outcome === "sent" ? "It was sent" : "It wasn't sent"}
      >
        {choice?.outcome === "sent" ? "The run goes on as if the answer had come." : "The step counts as failed and may be tried again, which sends it then."}
      </Confirm>
    </div>
  );
}

const kinds: Record<string, string> = { ai: "AI", ai_call: "AI", email: "E-mail", sms: "Text message", http: "Web request" };

interface EffectListProps {
  executionId: string;
  effects: EffectView[];
  stepName: (id: string) => string;
}

export function EffectList({ executionId, effects, stepName }: EffectListProps) {
  const maySettle = usePermission("executions:settle");
  if (effects.length === 0) {
    return <p className="px-4 py-8 text-center text-small text-muted md:px-5">This run hasn't touched anything outside: no mail, no model, no call.</p>;
  }
  return (
    <ul aria-label="Effects" className="divide-y divide-line text-small">
      {effects.map((effect) => (
        <li key={effect.key} className="px-4 py-3 md:px-5">
          <div className="flex flex-wrap items-center gap-2">
            <span className="font-medium">{kinds[effect.kind] ?? humanise(effect.kind)}</span>
            <span className="text-muted">{stepName(effect.step_id)}</span>
            {effect.simulated && (
              <Pill tone="waiting">
                <FlaskConical aria-hidden className="size-3.5" /> Simulated
              </Pill>
            )}
            <StatusPill status={effect.state} className="ml-auto" />
          </div>
          {effect.summary !== "" && <p className="mt-0.5 break-words text-muted">{effect.summary}</p>}
          <p className="text-faint">
            <Time value={effect.updated_at} as="datetime" />
            {effect.provider_ref != null && <span className="break-all"> · reference {effect.provider_ref}</span>}
          </p>
          {effect.state === "unknown" && maySettle && <Settle executionId={executionId} effect={effect} />}
        </li>
      ))}
    </ul>
  );
}
