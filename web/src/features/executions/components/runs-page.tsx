import { useState } from "react";
import { useSearchParams } from "react-router";
import { RotateCcw } from "lucide-react";
import { usePermission } from "@/api/me";
import { Button } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { readFilter, type RunFilter, writeFilter } from "../model/filters";
import { BulkReplayDialog, BulkReplayProgress } from "./bulk-replay";
import { ExecutionFilters } from "./execution-filters";
import { ExecutionList } from "./execution-list";

function without(params: URLSearchParams, name: string): URLSearchParams {
  const next = new URLSearchParams(params);
  next.delete(name);
  return next;
}

/** All runs, found by what is in the address. */
export function RunsPage() {
  const [params, setParams] = useSearchParams();
  const [replaying, setReplaying] = useState(false);
  const mayReplay = usePermission("executions:replay");
  const filter = readFilter(params);
  const change = (next: Partial<RunFilter>) => setParams((current) => writeFilter(current, next), { replace: true });
  const bulk = params.get("bulk");
  const actions = mayReplay && (
    <Button variant="secondary" onClick={() => setReplaying(true)}>
      <RotateCcw aria-hidden /> Replay these
    </Button>
  );
  return (
    <Page title="Runs" description="Every run of every workflow, with each step it took." actions={actions}>
      {bulk !== null && <BulkReplayProgress id={bulk} onClose={() => setParams((current) => without(current, "bulk"), { replace: true })} />}
      <ExecutionFilters filter={filter} onChange={change} />
      <ExecutionList filter={filter} onClear={() => setParams({}, { replace: true })} />
      <BulkReplayDialog
        filter={filter}
        open={replaying}
        onClose={() => setReplaying(false)}
        onStarted={(id) => {
          setReplaying(false);
          setParams((current) => { const next = new URLSearchParams(current); next.set("bulk", id); return next; }, { replace: true });
        }}
      />
    </Page>
  );
}
