import { useState } from "react";
import { Link } from "react-router";
import { authLinkClass, AuthLayout } from "@/components/layout/auth-layout";
import { ForgottenForm } from "@/features/auth/forms/forgotten-form";

export function Component() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const back = (
    <Link to="/sign-in" className={authLinkClass}>
      Back to sign in
    </Link>
  );
  if (sentTo !== null) {
    return (
      <AuthLayout title="Check your mail" footer={back}>
        <p role="status" className="text-muted">
          If <strong className="text-ink">{sentTo}</strong> has an account there, a link to a new password is on its way.
        </p>
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title="Forgotten password" description="We'll mail you a link to choose a new one." footer={back}>
      <ForgottenForm onDone={setSentTo} />
    </AuthLayout>
  );
}
