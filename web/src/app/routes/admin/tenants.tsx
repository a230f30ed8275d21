import { Page } from "@/components/ui/page";
import { TenantList } from "@/features/admin/components/tenant-list";
import { Gate } from "@/app/shell/gate";

export function Component() {
  return (
    <Gate permission="tenants:read">
      <Page title="Dealerships" description="Every dealership on the platform.">
        <TenantList />
      </Page>
    </Gate>
  );
}
