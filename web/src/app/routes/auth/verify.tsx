import { useEffect } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { AuthLayout } from "@/components/layout/auth-layout";
import { ButtonLink } from "@/components/ui/button";
import { FormError } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/states";
import { verifyQuery } from "@/features/auth/api";

export function Component() {
  const [params] = useSearchParams();
  const token = params.get("token") ?? "";
  const navigate = useNavigate();
  const verify = useQuery(verifyQuery(token));
  useEffect(() => {
    if (verify.isSuccess) void navigate("/welcome", { replace: true });
  }, [verify.isSuccess, navigate]);
  const failed = token === "" ? "The link is incomplete. Open it from the mail again." : verify.error?.message;
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
  return (
    <AuthLayout title="Confirming your address">
      <Skeleton className="h-5 w-2/3" />
    </AuthLayout>
  );
}
