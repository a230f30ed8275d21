import { Link, Navigate, useLocation } from "react-router";
import { authLinkClass, AuthLayout } from "@/components/layout/auth-layout";
import { CheckMail } from "@/features/auth/components/check-mail";

interface State {
  signupId: string;
  email: string;
}

export function Component() {
  const state = useLocation().state as State | null;
  if (state === null) return <Navigate to="/signup" replace />;
  return (
    <AuthLayout
      title="Check your mail"
      description="One more step: confirm that the address is yours."
      footer={
        <>
          Wrong address?{" "}
          <Link to="/signup" className={authLinkClass}>
            Start again
          </Link>
        </>
      }
    >
      <CheckMail signupId={state.signupId} email={state.email} />
    </AuthLayout>
  );
}
