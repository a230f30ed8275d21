import { Link, Navigate, useNavigate, useSearchParams } from "react-router";
import { useSession } from "@/api/session";
import { authLinkClass, AuthLayout } from "@/components/layout/auth-layout";
import { SignInForm } from "@/features/auth/forms/sign-in-form";

/** Only places inside the app: an address from outside could lead elsewhere. */
function safeNext(next: string | null): string {
  return next !== null && next.startsWith("/") && !next.startsWith("//") ? next : "/";
}

export function Component() {
  const session = useSession();
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const next = safeNext(params.get("next"));
  if (session.status === "signed_in") return <Navigate to={next} replace />;
  const ended = session.status === "anonymous" && session.reason === "ended";
  return (
    <AuthLayout
      title="Sign in"
      description={ended ? "Your session has ended. Sign in to go on where you were." : undefined}
      footer={
        <>
          New here?{" "}
          <Link to="/signup" className={authLinkClass}>
            Sign up your dealership
          </Link>
        </>
      }
    >
      <SignInForm onDone={() => void navigate(next, { replace: true })} />
    </AuthLayout>
  );
}
