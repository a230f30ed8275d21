import { useParams } from "react-router";
import { RunPage } from "@/features/executions/components/run-page";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const { id = "" } = useParams();
  return (
    <Gate permission="executions:read">
      <RunPage key={id} id={id} />
    </Gate>
  );
}
