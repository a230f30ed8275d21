import type { ExecutionView } from "@/api/types";
import { JsonView } from "@/components/ui/json-view";
import { CostPart, ErrorPart, LinksPart, Part } from "./parts";

/** The run as a whole: what shows while no step is chosen. */
export function RunPanel({ view }: { view: ExecutionView }) {
  return (
    <aside aria-label="Run" className="h-full space-y-4 overflow-y-auto p-4">
      <h2 className="sr-only">Run</h2>
      <ErrorPart error={view.error} />
      <LinksPart view={view} />
      <Part title="Input of the run">
        <JsonView value={view.input ?? null} label="input of the run" />
      </Part>
      {view.output != null && (
        <Part title="Output of the run">
          <JsonView value={view.output} label="output of the run" />
        </Part>
      )}
      <CostPart steps={view.steps} />
      <p className="text-small text-faint">Choose a step to see what went in and what came out.</p>
    </aside>
  );
}
