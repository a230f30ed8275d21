import { useParams } from "react-router";
import { RolloutPage } from "@/features/templates/components/rollout-page";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const { id = "" } = useParams();
  return (
    <Gate permission="templates:manage">
      <RolloutPage key={id} templateId={id} />
    </Gate>
  );
}
