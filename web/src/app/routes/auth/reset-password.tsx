import { useState } from "react";
import { AuthLayout } from "@/components/layout/auth-layout";
import { ButtonLink } from "@/components/ui/button";
import { FormError } from "@/components/ui/field";
import { ResetForm } from "@/features/auth/forms/reset-form";
import { useLinkToken } from "@/lib/link-token";

export function Component() {
  const token = useLinkToken();
  const [saved, setSaved] = useState(false);
  if (token === "") {
    return (
      <AuthLayout title="Choose a new password">
        <FormError>The link is incomplete. Open it from the mail again.</FormError>
      </AuthLayout>
    );
  }
  if (saved) {
    return (
      <AuthLayout title="Password saved" description="Every other device has been signed out.">
        <ButtonLink to="/sign-in">Sign in</ButtonLink>
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title="Choose a new password">
      <ResetForm token={token} onDone={() => setSaved(true)} />
    </AuthLayout>
  );
}
