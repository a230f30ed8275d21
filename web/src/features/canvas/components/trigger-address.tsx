import { useState } from "react";
import { Lock, RefreshCw } from "lucide-react";
import { usePermission } from "@/api/me";
import type { TriggerView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";
import { FormError, SelectField } from "@/components/ui/field";
import { useToast } from "@/components/ui/toast";
import { formatDateTime } from "@/lib/format";
import { useRotateAddress } from "../api";

const hooked = ["webhook", "adf_lead"];

interface TriggerAddressProps {
  workflowId: string;
  type: string;
  trigger: TriggerView | undefined;
  published: boolean;
}

/** Where a trigger listens. The address is a secret: only those who may edit the workflow see it. */
export function TriggerAddress({ workflowId, type, trigger, published }: TriggerAddressProps) {
  const mayRotate = usePermission("workflows:publish");
  const [rotating, setRotating] = useState(false);
  if (trigger?.has_url !== true) {
    if (!hooked.includes(type)) return null;
    return <p className="rounded-medium bg-hover px-3 py-2 text-small text-muted">{published ? "Publish again to get the address of this trigger." : "It gets its own address once the workflow is published."}</p>;
  }
  if (trigger.url == null && !mayRotate) return <Masked />;
  return (
    <section aria-label="Address" className="space-y-2 rounded-medium bg-accent-soft p-3">
      <p className="text-small font-medium text-accent-ink">Send {type === "adf_lead" ? "leads" : "requests"} to this address</p>
      <p className={trigger.url == null ? "text-small" : "font-mono text-small break-all"}>{trigger.url ?? "It can't be shown any more. Rotate it to get a new one."}</p>
      <p className="text-small text-muted">Whoever has it can start this workflow. Give it to nobody but the sender.</p>
      {trigger.previous_url_until != null && <p className="text-small text-muted">The address before it works until {formatDateTime(trigger.previous_url_until)}.</p>}
      <div className="flex flex-wrap gap-2">
        {trigger.url != null && <CopyButton text={trigger.url} label="Copy address" />}
        {mayRotate && (
          <Button variant="secondary" size="small" onClick={() => setRotating(true)}>
            <RefreshCw aria-hidden /> Rotate
          </Button>
        )}
      </div>
      <Dialog open={rotating} onClose={() => setRotating(false)} title="Rotate the address">
        {rotating && <RotateForm workflowId={workflowId} triggerId={trigger.id} onClose={() => setRotating(false)} />}
      </Dialog>
    </section>
  );
}

function Masked() {
  return (
    <section aria-label="Address" className="space-y-1 rounded-medium bg-hover p-3">
      <p className="flex items-center gap-2 font-mono text-small">
        <Lock aria-hidden className="size-4 shrink-0 text-muted" />
        <span aria-hidden>••••••••••••</span>
        <span className="sr-only">Hidden</span>
      </p>
      <p className="text-small text-muted">The address is a secret. Those who may edit workflows see it here.</p>
    </section>
  );
}

function RotateForm({ workflowId, triggerId, onClose }: { workflowId: string; triggerId: string; onClose: () => void }) {
  const rotate = useRotateAddress(workflowId, triggerId);
  const toast = useToast();
  const [days, setDays] = useState("7");
  const submit = () =>
    rotate.mutate(Number(days), {
      onSuccess: () => {
        toast({ title: "There is a new address", detail: days === "0" ? "The old one has ended." : "Give it to the sender before the old one ends." });
        onClose();
      },
    });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <FormError>{rotate.error?.message ?? null}</FormError>
      <p className="text-muted">The trigger gets a new address. Whoever sends to the old one has to be given the new one.</p>
      <SelectField
        label="The old address"
        hint={days === "0" ? "What is sent there from now on is refused and starts nothing." : undefined}
        value={days}
        disabled={rotate.isPending}
        onChange={(event) => setDays(event.target.value)}
      >
        <option value="7">works for 7 more days</option>
        <option value="0">ends now, because others have seen it</option>
      </SelectField>
      <div className="flex justify-end gap-2">
        <Button variant="secondary" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" variant={days === "0" ? "danger" : "primary"} busy={rotate.isPending}>
          Rotate address
        </Button>
      </div>
    </form>
  );
}
