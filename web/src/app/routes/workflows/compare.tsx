import { useParams } from "react-router";
import { Gate } from "@/app/shell/gate";
import { ComparePage } from "@/features/canvas/components/compare-page";

export function Component() {
  const { id = "" } = useParams();
  return (
    <Gate permission="workflows:read">
      <ComparePage key={id} id={id} />
    </Gate>
  );
}
