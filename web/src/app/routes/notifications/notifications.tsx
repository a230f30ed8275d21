import { Card } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { NotificationList } from "@/features/notifications/components/notification-list";
import { Gate } from "@/app/shell/gate";

export function Component() {
  return (
    <Gate permission="notifications:read">
      <Page title="Notifications">
        <Card className="overflow-hidden">
          <NotificationList />
        </Card>
      </Page>
    </Gate>
  );
}
