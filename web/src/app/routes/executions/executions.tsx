import { RunsPage } from "@/features/executions/components/runs-page";
import { Gate } from "@/app/shell/gate";

export function Component() {
  return (
    <Gate permission="executions:read">
      <RunsPage />
    </Gate>
  );
}
