import { CircleAlert } from "lucide-react";
import type { RolloutView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { cx } from "@/lib/cx";
import { formatNumber, formatShare, plural } from "@/lib/format";
import { useChangeRollout } from "../api";
import { byDealership, type Dealership, stateOf } from "../model/stages";

function Stages({ rollout }: { rollout: RolloutView }) {
  const over = rollout.state === "done";
  return (
    <ol aria-label="Stages" className="flex gap-1">
      {rollout.stages.map((percent, index) => {
        const past = over || index < rollout.stage;
        const now = !over && index === rollout.stage;
        return (
          <li key={percent} aria-current={now ? "step" : undefined} className="min-w-0 flex-1">
            <div className={cx("h-1.5 rounded-full", past ? "bg-success" : now ? (rollout.state === "halted" ? "bg-failure-solid" : "bg-running") : "bg-hover")} />
            <span className={cx("tabular mt-1 block truncate text-small", now ? "font-medium" : "text-muted")}>
              {percent} %{past && <span className="sr-only"> done</span>}
              {now && <span className="sr-only"> now</span>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function DealershipRow({ dealership, limit }: { dealership: Dealership; limit: number }) {
  const { runs, failed } = dealership;
  const share = runs === 0 ? null : failed / runs;
  const notes = dealership.targets.filter((target) => target.state === "skipped" || (target.detail != null && target.detail !== ""));
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-3 text-small md:grid-cols-[minmax(0,1fr)_9rem_10rem_7rem] md:px-5">
      <span className="min-w-0 font-medium break-words">{dealership.name}</span>
      <span className="tabular justify-self-end text-muted max-md:order-3 max-md:justify-self-start md:justify-self-start">
        {dealership.upgraded} of {plural(dealership.targets.length, "workflow")}
      </span>
      <span className={cx("tabular max-md:order-4 max-md:justify-self-end", share !== null && share > limit ? "font-medium text-failure" : "text-muted")}>
        {share === null ? "no run yet" : `${formatShare(share)} failed of ${formatNumber(runs)}`}
      </span>
      <StatusPill status={stateOf(dealership)} className="justify-self-end" />
      {notes.map((target) => (
        <span key={target.workflow_id} className="order-5 col-span-full flex gap-1.5 text-waiting">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>
            “{target.workflow_name}” {target.state === "skipped" ? "was left as it is" : "was not rolled back"}
            {target.detail != null && target.detail !== "" && `: ${target.detail}`}
          </span>
        </span>
      ))}
    </li>
  );
}

export function RolloutCard({ rollout }: { rollout: RolloutView }) {
  const change = useChangeRollout(rollout.id);
  const toast = useToast();
  const act = (action: "pause" | "resume" | "cancel") => change.mutate(action, { onError: (error) => toast({ title: "That didn't work", detail: error.message, tone: "failure" }) });
  const share = rollout.runs === 0 ? null : rollout.failed / rollout.runs;
  const going = rollout.can_change && rollout.state === "running";
  const resting = rollout.can_change && (rollout.state === "paused" || rollout.state === "halted");
  const rollingBack = rollout.targets.some((target) => target.state === "rolling_back");
  return (
    <Card className="overflow-hidden">
      <div className="space-y-3 px-4 py-4 md:px-5">
        <div className="flex flex-wrap items-center gap-2">
          <h3 className="font-semibold">To version {rollout.to_version}</h3>
          <StatusPill status={rollout.state} />
          <span className="text-small text-muted">
            begun by {rollout.created_by.name}, <Time value={rollout.created_at} />
          </span>
          <span className="ml-auto flex gap-2">
            {going && (
              <Button size="small" variant="secondary" disabled={change.isPending} onClick={() => act("pause")}>
                Pause
              </Button>
            )}
            {resting && (
              <Button size="small" variant="secondary" disabled={change.isPending || rollingBack} onClick={() => act("resume")}>
                {rollout.state === "halted" ? "Begin again" : "Resume"}
              </Button>
            )}
            {(going || resting) && (
              <Button size="small" variant="secondary" disabled={change.isPending} onClick={() => act("cancel")}>
                Cancel
              </Button>
            )}
          </span>
        </div>
        {rollout.reason != null && rollout.reason !== "" && (
          <p role="alert" className="flex gap-2 rounded-medium bg-failure-soft px-3 py-2 text-small text-failure">
            <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" /> {rollout.reason}
          </p>
        )}
        {!rollout.can_change && <p className="text-small text-muted">It also reaches dealerships that you don't administer, so someone who does steers it.</p>}
        <Stages rollout={rollout} />
        <p className="tabular text-small text-muted">
          {share === null ? "No run of the new version has ended yet." : `${formatShare(share)} of ${plural(rollout.runs, "run")} failed; it stops above ${formatShare(rollout.max_error_rate)} once ${plural(rollout.min_runs, "run")} ended.`}
        </p>
      </div>
      <ul aria-label="Dealerships" className="divide-y divide-line border-t border-line">
        {byDealership(rollout.targets).map((dealership) => (
          <DealershipRow key={dealership.id} dealership={dealership} limit={rollout.max_error_rate} />
        ))}
        {rollout.targets.length === 0 && <li className="px-4 py-6 text-center text-small text-muted">No workflow of your group is made from an older version.</li>}
      </ul>
    </Card>
  );
}
