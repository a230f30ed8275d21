import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { RotateCcw, TriangleAlert, X } from "lucide-react";
import { useTimeZone } from "@/api/me";
import type { BulkReplayView } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { FormError, SelectField } from "@/components/ui/field";
import { Progress } from "@/components/ui/progress";
import { Skeleton } from "@/components/ui/states";
import { formatNumber, plural } from "@/lib/format";
import { bulkReplayQuery, runCountQuery, useCancelBulkReplay, useStartBulkReplay } from "../bulk-api";
import type { RunFilter } from "../model/filters";

interface BulkReplayProps {
  filter: RunFilter;
  open: boolean;
  onClose: () => void;
  onStarted: (id: string) => void;
}

export function BulkReplayDialog({ filter, open, onClose, onStarted }: BulkReplayProps) {
  return (
    <Dialog open={open} onClose={onClose} title="Replay these runs">
      {open && <BulkForm filter={filter} onClose={onClose} onStarted={onStarted} />}
    </Dialog>
  );
}

function BulkForm({ filter, onClose, onStarted }: Omit<BulkReplayProps, "open">) {
  const zone = useTimeZone();
  const onlyFailed = filter.status.length === 1 && filter.status[0] === "failed";
  const [from, setFrom] = useState<"start" | "failed_step">(onlyFailed ? "failed_step" : "start");
  const count = useQuery(runCountQuery(filter, zone));
  const start = useStartBulkReplay(zone);
  const known = count.data;
  const submit = () => start.mutate({ filter, from }, { onSuccess: (made) => onStarted(made.id) });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <FormError>{start.error?.message ?? count.error?.message ?? null}</FormError>
      {known === undefined ? <Skeleton className="h-6 w-48" /> : (
        <p>
          <strong className="tabular font-semibold">{known.more ? `More than ${plural(known.count, "run")}` : plural(known.count, "run")}</strong> {known.count === 1 && !known.more ? "matches" : "match"} the filters of the list.
          {" "}{from === "start" ? "Those that are still under way are repeated too." : "Of them, those that failed or were cancelled are repeated."}
        </p>
      )}
      <SelectField label="Begin" value={from} onChange={(event) => setFrom(event.target.value as "start" | "failed_step")}>
        <option value="start">At the start</option>
        <option value="failed_step">At the step that failed</option>
      </SelectField>
      <p className="flex gap-2.5 rounded-medium bg-waiting-soft px-3 py-2.5 text-small text-waiting">
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        {from === "start"
          ? "Every step runs again: customers may get the same mails and texts a second time, and AI calls are paid again."
          : "Steps that succeeded are taken over. The failed step and all after it run, and what they send goes out."}
      </p>
      <p className="text-small text-muted">The replays run after everything else that waits, so that new leads aren&apos;t held up.</p>
      <div className="flex justify-end gap-2">
        <Button variant="secondary" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" busy={start.isPending} disabled={known === undefined || known.count === 0}>
          {known === undefined || known.more ? "Replay them" : `Replay ${plural(known.count, "run")}`}
        </Button>
      </div>
    </form>
  );
}

const titles: Record<BulkReplayView["state"], string> = {
  queued: "The replays are about to begin",
  running: "Runs are being replayed",
  done: "The replays have been started",
  failed: "The replays stopped",
  cancelled: "The rest was cancelled",
};

/** How far a replay of many is; stays until it is put away. */
export function BulkReplayProgress({ id, onClose }: { id: string; onClose: () => void }) {
  const bulk = useQuery(bulkReplayQuery(id));
  const cancel = useCancelBulkReplay(id);
  if (bulk.data === undefined) return bulk.isError ? null : <Skeleton className="mb-4 h-16 rounded-large" />;
  const { state, total, started, refused, error } = bulk.data;
  const over = state !== "queued" && state !== "running";
  return (
    <section aria-label="Replay of many runs" className="mb-4 rounded-large border border-line bg-surface px-4 py-3 shadow-card">
      <div className="flex items-center gap-3">
        <RotateCcw aria-hidden className="size-5 shrink-0 text-accent-ink" />
        <p role="status" className="min-w-0 flex-1">
          <span className="font-medium">{titles[state]}</span>
          <span className="tabular block text-small text-muted">
            {formatNumber(started)} of {formatNumber(total)} started{refused > 0 && `, ${formatNumber(refused)} couldn't be`}
          </span>
        </p>
        {over ? (
          <IconButton label="Hide" onClick={onClose}>
            <X aria-hidden />
          </IconButton>
        ) : (
          <Button variant="secondary" size="small" busy={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel the rest
          </Button>
        )}
      </div>
      {error != null && <p role="alert" className="text-small text-failure">{error}</p>}
      <Progress label="Replays started" value={started + refused} total={total} />
    </section>
  );
}
