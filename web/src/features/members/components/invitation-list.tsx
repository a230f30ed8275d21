import { useQuery } from "@tanstack/react-query";
import { usePermission } from "@/api/me";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { invitationsQuery, useRevokeInvitation } from "../api";
import { roleLabel } from "./roles";

export function InvitationList() {
  const manage = usePermission("members:manage");
  const invitations = useQuery(invitationsQuery);
  const revoke = useRevokeInvitation();
  const toast = useToast();
  if (invitations.data === undefined || invitations.data.length === 0) return null;
  return (
    <Section title="Invitations" bodyClassName="">
      <ul aria-label="Invitations" className="divide-y divide-line">
        {invitations.data.map((invitation) => (
          <li key={invitation.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 md:px-5">
            <div className="min-w-0 flex-1 basis-56">
              <p className="truncate font-medium">{invitation.name ?? invitation.email}</p>
              <p className="truncate text-small text-muted">
                {invitation.email}, {roleLabel(invitation.role).toLowerCase()}
              </p>
            </div>
            <p className="text-small text-faint">
              Until <Time value={invitation.expires_at} as="datetime" />
            </p>
            <StatusPill status={invitation.status} />
            {manage && (
              <Button
                variant="ghost"
                size="small"
                onClick={() =>
                  revoke.mutate(invitation.id, {
                    onSuccess: () => toast({ title: "Invitation taken back", detail: "Its link no longer works." }),
                    onError: (error) => toast({ title: "It wasn't taken back", detail: error.message, tone: "failure" }),
                  })
                }
              >
                Revoke
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
