import { Navigate, useSearchParams } from "react-router";
import { useMe } from "@/api/me";
import { Page } from "@/components/ui/page";
import { Dashboard } from "@/features/dashboard/components/dashboard";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const me = useMe();
  const [params, setParams] = useSearchParams();
  if (me !== undefined && me.tenant == null) return <Navigate to="/admin/tenants" replace />;
  const days = params.get("days") === "30" ? 30 : 7;
  const firstName = me?.user.name.split(" ")[0];
  return (
    <Gate permission="dashboard:read">
      <Page title="Dashboard" description={firstName === undefined ? undefined : `Good to see you, ${firstName}. Here is today.`}>
        <Dashboard days={days} onDays={(next) => setParams(next === 7 ? {} : { days: String(next) }, { replace: true })} />
      </Page>
    </Gate>
  );
}
