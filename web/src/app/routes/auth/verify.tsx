import { useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { AuthLayout } from "@/components/layout/auth-layout";
import { ButtonLink } from "@/components/ui/button";
import { FormError } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/states";
import { signupQuery } from "@/features/auth/api";
import { VerifyForm } from "@/features/auth/forms/verify-form";
import { useLinkToken } from "@/lib/link-token";

export function Component() {
  const token = useLinkToken();
  const navigate = useNavigate();
  const signup = useQuery(signupQuery(token));
  const failed = token === "" ? "The link is incomplete. Open it from the mail again." : signup.error?.message;
  if (failed !== undefined) {
    return (
      <AuthLayout title="This link doesn't work">
        <div className="flex flex-col gap-4">
          <FormError>{failed}</FormError>
          <p className="text-muted">A link works once. If you have used it, sign in; if it is too old, sign up again.</p>
          <div className="flex gap-2">
            <ButtonLink to="/sign-in">Sign in</ButtonLink>
            <ButtonLink to="/signup" variant="secondary">
              Sign up again
            </ButtonLink>
          </div>
        </div>
      </AuthLayout>
    );
  }
  if (signup.data === undefined) {
    return (
      <AuthLayout title="Choose your password">
        <Skeleton className="h-64" />
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title="Choose your password" description="With it you confirm that the address is yours, and we set up your dealership.">
      <VerifyForm token={token} signup={signup.data} onDone={() => void navigate("/welcome", { replace: true })} />
    </AuthLayout>
  );
}
