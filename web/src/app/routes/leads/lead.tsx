import { useParams } from "react-router";
import { LeadPage } from "@/features/leads/components/lead-page";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const { id } = useParams();
  return (
    <Gate permission="leads:read">
      <LeadPage id={id ?? ""} />
    </Gate>
  );
}
