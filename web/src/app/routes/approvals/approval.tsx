import { useParams } from "react-router";
import { ApprovalPage } from "@/features/approvals/components/approval-page";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const { id = "" } = useParams();
  return (
    <Gate permission="approvals:read">
      <ApprovalPage key={id} id={id} />
    </Gate>
  );
}
