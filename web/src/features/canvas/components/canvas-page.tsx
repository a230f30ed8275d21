import { useQuery } from "@tanstack/react-query";
import { stepTypesQuery } from "@/api/step-types";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { workflowQuery } from "../api";
import { Canvas } from "./canvas";

export function CanvasPage({ id }: { id: string }) {
  const workflow = useQuery({ ...workflowQuery(id), refetchOnWindowFocus: false });
  const types = useQuery(stepTypesQuery);
  if (workflow.isError) return <ErrorState error={workflow.error} what="The workflow" retry={() => void workflow.refetch()} />;
  if (types.isError) return <ErrorState error={types.error} what="The step types" retry={() => void types.refetch()} />;
  if (workflow.data === undefined || types.data === undefined) {
    return (
      <div role="status" aria-label="Loading the workflow" className="flex flex-1 flex-col gap-3 p-4">
        <Skeleton className="h-12" />
        <Skeleton className="min-h-96 flex-1" />
      </div>
    );
  }
  return <Canvas key={id} workflow={workflow.data} types={types.data} />;
}
