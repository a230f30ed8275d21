import { Page } from "@/components/ui/page";
import { AuditList } from "@/features/audit/components/audit-list";
import { Gate } from "@/app/shell/gate";

export function Component() {
  return (
    <Gate permission="audit:read">
      <Page title="Audit log" description="Who did what, and when. Entries can't be changed or removed.">
        <AuditList />
      </Page>
    </Gate>
  );
}
