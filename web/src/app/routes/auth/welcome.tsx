import { useCallback } from "react";
import { Navigate, useNavigate } from "react-router";
import { useSession } from "@/api/session";
import { AuthLayout } from "@/components/layout/auth-layout";
import { Provisioning } from "@/features/auth/components/provisioning";

export function Component() {
  const session = useSession();
  const navigate = useNavigate();
  const ready = useCallback(() => void navigate("/", { replace: true }), [navigate]);
  if (session.status === "anonymous") return <Navigate to="/sign-in" replace />;
  if (session.status === "unknown") return null;
  const name = session.session.tenant?.name ?? "your dealership";
  return (
    <AuthLayout title={`Setting up ${name}`} description="This takes a few seconds.">
      <Provisioning onReady={ready} />
    </AuthLayout>
  );
}
