import { useParams } from "react-router";
import { UpgradePage } from "@/features/templates/components/upgrade-page";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const { id = "" } = useParams();
  return (
    <Gate permission="workflows:read">
      <UpgradePage key={id} workflowId={id} />
    </Gate>
  );
}
