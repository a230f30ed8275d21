import { useParams } from "react-router";
import { ComparePage } from "@/features/canvas/components/compare-page";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const { id = "" } = useParams();
  return (
    <Gate permission="workflows:read">
      <div className="relative flex min-h-0 flex-1 flex-col">
        <ComparePage key={id} id={id} />
      </div>
    </Gate>
  );
}
