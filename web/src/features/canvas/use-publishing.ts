import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { isProblem } from "@/api/problem";
import type { Finding, WorkflowView } from "@/api/types";
import { useToast } from "@/components/ui/toast";
import { usePublish, workflowQuery } from "./api";
import type { Draft } from "./use-draft";

interface Outcomes {
  onRefused: () => void;
  /** The trigger that has an address now, if one does. */
  onPublished: (hook: string | null) => void;
}

/** Saves, publishes and says what came of it. */
export function usePublishing(workflow: WorkflowView, draft: Draft, { onRefused, onPublished }: Outcomes) {
  const queries = useQueryClient();
  const publish = usePublish(workflow.id);
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const refused = (error: unknown) => {
    const errors = isProblem(error) ? (error.problem.errors ?? []) : [];
    if (errors.length > 0) {
      draft.setFindings(errors.map((item): Finding => ({ severity: "error", pointer: item.pointer, code: item.code, message: item.detail, step_id: null })));
      toast({ title: "It can't be published yet", detail: "The problems are marked on the canvas.", tone: "failure" });
      onRefused();
      return;
    }
    toast({ title: "It wasn't published", detail: error instanceof Error ? error.message : undefined, tone: "failure" });
  };
  const run = async () => {
    setBusy(true);
    try {
      if (!(await draft.flush())) return;
      const version = await publish.mutateAsync();
      const fresh = await queries.query({ ...workflowQuery(workflow.id), staleTime: 0 });
      const hook = fresh.triggers.find((trigger) => trigger.has_url);
      toast({
        title: `Version ${version.version} is published`,
        detail: hook === undefined ? "It can be run from here." : "The trigger has its address: copy it from the panel.",
      });
      onPublished(hook?.id ?? null);
    } catch (error) {
      refused(error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, publish: () => void run() };
}
