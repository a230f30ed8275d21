import { useParams } from "react-router";
import { CanvasPage } from "@/features/canvas/components/canvas-page";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const { id = "" } = useParams();
  return (
    <Gate permission="workflows:read">
      <CanvasPage id={id} />
    </Gate>
  );
}
