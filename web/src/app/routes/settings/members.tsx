import { useSearchParams } from "react-router";
import { UserRoundPlus } from "lucide-react";
import { usePermission } from "@/api/me";
import { Button } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { InvitationList } from "@/features/members/components/invitation-list";
import { InviteDialog } from "@/features/members/components/invite-dialog";
import { MemberList } from "@/features/members/components/member-list";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const [params, setParams] = useSearchParams();
  const manage = usePermission("members:manage");
  const invite = (
    <Button onClick={() => setParams({ invite: "1" })}>
      <UserRoundPlus aria-hidden /> Invite a person
    </Button>
  );
  return (
    <Gate permission="members:read">
      <Page title="Members" description="Who works here, and what they may do." actions={manage ? invite : undefined}>
        <div className="space-y-4">
          <MemberList />
          <InvitationList />
        </div>
        <InviteDialog open={manage && params.get("invite") === "1"} onClose={() => setParams({}, { replace: true })} />
      </Page>
    </Gate>
  );
}
