import { useQuery } from "@tanstack/react-query";
import { Layers } from "lucide-react";
import { Card, Section } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { rolloutsQuery, templateQuery } from "../api";
import { RolloutCard } from "./rollout-card";
import { RolloutForm } from "./rollout-form";

/** Brings a new version of a template to the whole group, in stages. */
export function RolloutPage({ templateId }: { templateId: string }) {
  const template = useQuery(templateQuery(templateId));
  const rollouts = useQuery(rolloutsQuery(templateId));
  if (template.isError) return <ErrorState error={template.error} what="The template" retry={() => void template.refetch()} />;
  const name = template.data?.name ?? "Template";
  const underWay = rollouts.data?.some((rollout) => rollout.state === "running" || rollout.state === "paused") ?? false;
  return (
    <Page
      title="Roll out"
      crumbs={[{ label: "Templates", to: "/templates" }, { label: name, to: `/templates/${templateId}` }]}
      description="A new version for the dealerships that you administer, step by step. It stops and goes back when runs begin to fail."
    >
      <div className="space-y-4">
        {template.data !== undefined && rollouts.data !== undefined && !underWay && (
          <Section title={`${name}, version ${template.data.version}`}>
            <RolloutForm template={template.data} />
          </Section>
        )}
        {rollouts.isError && <ErrorState error={rollouts.error} what="The rollouts" retry={() => void rollouts.refetch()} />}
        {rollouts.isPending && <Skeleton className="h-64 rounded-large" />}
        {rollouts.data?.map((rollout) => <RolloutCard key={rollout.id} rollout={rollout} />)}
        {rollouts.data?.length === 0 && (
          <Card>
            <EmptyState icon={Layers} title="Nothing has been rolled out yet" />
          </Card>
        )}
      </div>
    </Page>
  );
}
