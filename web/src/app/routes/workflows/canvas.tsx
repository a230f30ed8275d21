import { useParams } from "react-router";
import { usePermission } from "@/api/me";
import { CanvasPage } from "@/features/canvas/components/canvas-page";
import { TemplateBanner } from "@/features/templates/components/template-banner";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const { id = "" } = useParams();
  const mayWrite = usePermission("workflows:write");
  return (
    <Gate permission="workflows:read">
      <TemplateBanner workflowId={id} mayUpgrade={mayWrite} />
      <div className="relative flex min-h-0 flex-1 flex-col">
        <CanvasPage id={id} />
      </div>
    </Gate>
  );
}
