import { useMemo } from "react";
import { skipToken, useQuery } from "@tanstack/react-query";
import { useMe } from "@/api/me";
import type { ExecutionView, WorkflowView } from "@/api/types";
import type { Definition } from "@/lib/graph/definition";
import { pastRunQuery, pastRunsQuery } from "./api";
import { type Scope, scopeOf } from "./model/scope";
import type { Trial } from "./use-trial";

export interface Sample {
  scope: Scope;
  /** Changes whenever the values do. */
  key: string;
  /** Whether there are any values yet. */
  real: boolean;
  /** The past run that the values come from. */
  run: ExecutionView | null;
}

/** Real values for expressions: of the last run, of what was tried, and what is pinned. */
export function useSample(workflow: WorkflowView, definition: Definition, trial: Trial): Sample {
  const tenant = useMe()?.tenant;
  const last = useQuery(pastRunsQuery(workflow.id)).data?.[0]?.id;
  const run = useQuery({ ...pastRunQuery(last ?? ""), ...(last === undefined ? { queryFn: skipToken } : {}) }).data ?? null;
  const { result, input } = trial;
  const { pinned } = definition;
  return useMemo(() => {
    const scope = scopeOf({ definition, run, trial: result, trialInput: input, parameters: workflow.parameters, tenant: { ...tenant } });
    const real = run !== null || result !== null || Object.keys(pinned ?? {}).length > 0;
    return { scope, key: JSON.stringify(scope), real, run };
    // The values come from the steps' outputs, not from their settings.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [run, result, input, pinned, workflow.parameters, tenant]);
}
