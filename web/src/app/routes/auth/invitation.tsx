import { useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { AuthLayout } from "@/components/layout/auth-layout";
import { ButtonLink } from "@/components/ui/button";
import { FormError } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/states";
import { invitationQuery } from "@/features/auth/api";
import { AcceptForm } from "@/features/auth/forms/accept-form";
import { humanise } from "@/lib/format";
import { useLinkToken } from "@/lib/link-token";

export function Component() {
  const token = useLinkToken();
  const navigate = useNavigate();
  const invitation = useQuery(invitationQuery(token));
  if (token === "" || invitation.isError) {
    return (
      <AuthLayout title="This invitation doesn't work">
        <div className="flex flex-col gap-4">
          <FormError>{invitation.error?.message ?? "The link is incomplete. Open it from the mail again."}</FormError>
          <p className="text-muted">It may be too old, used or taken back. Ask for a new one.</p>
          <ButtonLink to="/sign-in" variant="secondary">
            Sign in
          </ButtonLink>
        </div>
      </AuthLayout>
    );
  }
  if (invitation.data === undefined) {
    return (
      <AuthLayout title="Your invitation">
        <Skeleton className="h-24" />
      </AuthLayout>
    );
  }
  const { tenant_name, invited_by, role, email, name, has_account } = invitation.data;
  const by = `${invited_by} invites you`;
  return (
    <AuthLayout title={`Join ${tenant_name}`} description={`${by} as ${humanise(role).toLowerCase()}.`}>
      <AcceptForm token={token} email={email} dealership={tenant_name} name={name ?? ""} known={has_account} onDone={() => void navigate("/", { replace: true })} />
    </AuthLayout>
  );
}
