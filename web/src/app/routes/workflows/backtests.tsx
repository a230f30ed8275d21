import { useParams } from "react-router";
import { BacktestPage } from "@/features/backtests/components/backtest-page";
import { Gate } from "@/app/shell/gate";

export function Component() {
  const { id = "" } = useParams();
  return (
    <Gate permission="workflows:read">
      <BacktestPage key={id} workflowId={id} />
    </Gate>
  );
}
