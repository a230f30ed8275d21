import { useNavigate, useParams } from "react-router";
import { TemplatePage } from "@/features/templates/components/template-page";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const { id = "" } = useParams();
  const navigate = useNavigate();
  return (
    <Gate permission="templates:read">
      <TemplatePage id={id} onDone={(workflowId) => void navigate(`/workflows/${workflowId}?from=template`)} />
    </Gate>
  );
}
