import { Link, useNavigate } from "react-router";
import { authLinkClass, AuthLayout } from "@/components/layout/auth-layout";
import { SignUpForm } from "@/features/auth/forms/sign-up-form";

export function Component() {
  const navigate = useNavigate();
  return (
    <AuthLayout
      title="Start with Auterity"
      description="Leads answered in seconds, and every step in plain sight."
      footer={
        <>
          Already have an account?{" "}
          <Link to="/sign-in" className={authLinkClass}>
            Sign in
          </Link>
        </>
      }
    >
      <SignUpForm onDone={(signupId, email) => void navigate("/check-mail", { state: { signupId, email } })} />
    </AuthLayout>
  );
}
