import { useCallback, useMemo, useState } from "react";
import type { TrialView, WorkflowView } from "@/api/types";
import { tryDraft } from "./api";
import { forServer } from "./model/edit";
import { trialStatuses, trialTaken } from "./model/trial";
import type { Draft } from "./use-draft";

/** The draft tried out: what would have happened, shown on the canvas until it is put away. */
export function useTrial(workflow: WorkflowView, draft: Draft) {
  const [result, setResult] = useState<TrialView | null>(null);
  const [input, setInput] = useState<unknown>({});
  const [busy, setBusy] = useState(false);
  const { definition } = draft;
  const run = useCallback(
    async (given: unknown, triggerId: string | null): Promise<void> => {
      setBusy(true);
      try {
        const { pinned = {} } = definition;
        setResult(await tryDraft(workflow.id, { definition: forServer(definition), input: given, pinned, ...(triggerId === null ? {} : { trigger_id: triggerId }) }));
        setInput(given);
      } finally {
        setBusy(false);
      }
    },
    [workflow.id, definition],
  );
  const statuses = useMemo(() => (result === null ? undefined : trialStatuses(result)), [result]);
  const taken = useMemo(() => (result === null ? undefined : trialTaken(result)), [result]);
  return { result, input, busy, run, statuses, taken, clear: useCallback(() => setResult(null), []) };
}

export type Trial = ReturnType<typeof useTrial>;
