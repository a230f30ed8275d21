import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import type { ApprovalView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { FormError, SelectField } from "@/components/ui/field";
import { useToast } from "@/components/ui/toast";
import { humanise } from "@/lib/format";
import { colleaguesQuery, useAssign } from "../api";

const roles = ["manager", "dealership_admin", "user"] as const;

interface AssignDialogProps {
  approval: ApprovalView;
  open: boolean;
  onClose: () => void;
}

export function AssignDialog({ approval, open, onClose }: AssignDialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title="Give it to somebody else">
      {open && <AssignForm approval={approval} onClose={onClose} />}
    </Dialog>
  );
}

function AssignForm({ approval, onClose }: Omit<AssignDialogProps, "open">) {
  const colleagues = useQuery(colleaguesQuery);
  const [to, setTo] = useState("");
  const assign = useAssign(approval.id);
  const toast = useToast();
  const submit = () => {
    const role = roles.find((item) => to === `role:${item}`);
    assign.mutate(role === undefined ? { user_id: to.slice("user:".length) } : { role }, {
      onSuccess: () => {
        toast({ title: "Given on", detail: "They have been told." });
        onClose();
      },
    });
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (to !== "") submit();
      }}
    >
      <FormError>{assign.error?.message ?? null}</FormError>
      <SelectField label="To" value={to} onChange={(event) => setTo(event.target.value)}>
        <option value="">Choose</option>
        <optgroup label="Everyone with a role">
          {roles.map((role) => (
            <option key={role} value={`role:${role}`}>
              {humanise(role)}
            </option>
          ))}
        </optgroup>
        {colleagues.data !== undefined && (
          <optgroup label="One person">
            {colleagues.data.map((member) => (
              <option key={member.user_id} value={`user:${member.user_id}`}>
                {member.name} ({humanise(member.role).toLowerCase()})
              </option>
            ))}
          </optgroup>
        )}
      </SelectField>
      <div className="flex justify-end gap-2">
        <Button variant="secondary" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" busy={assign.isPending} disabled={to === ""}>
          Give it on
        </Button>
      </div>
    </form>
  );
}
