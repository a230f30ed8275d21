import { lazy, Suspense, useMemo } from "react";
import { useQuery } from "@tanstack/react-query";
import { usePermission } from "@/api/me";
import { stepTypesQuery } from "@/api/step-types";
import { Section } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { readDefinition } from "@/lib/graph/definition";
import { templateQuery } from "../api";
import { TemplateForm } from "./template-form";

const GraphView = lazy(() => import("@/components/graph/graph-view"));
const crumbs = [{ label: "Templates", to: "/templates" }];

interface TemplatePageProps {
  id: string;
  onDone: (workflowId: string) => void;
}

export function TemplatePage({ id, onDone }: TemplatePageProps) {
  const template = useQuery(templateQuery(id));
  const types = useQuery(stepTypesQuery).data;
  const may = usePermission("templates:instantiate");
  const definition = useMemo(() => readDefinition(template.data?.definition), [template.data]);
  if (template.isError) return <ErrorState error={template.error} what="The template" retry={() => void template.refetch()} />;
  if (template.data === undefined) {
    return (
      <Page title="Template" crumbs={crumbs}>
        <Skeleton className="h-96 rounded-large" />
      </Page>
    );
  }
  return (
    <Page title={template.data.name} crumbs={crumbs} description={template.data.description}>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
        <Section title="Make it yours">
          {may ? <TemplateForm key={id} template={template.data} onDone={onDone} /> : <p className="text-muted">Your role can look at templates. A manager can make a workflow of this one.</p>}
        </Section>
        <Section title="What it does" className="overflow-hidden lg:sticky lg:top-18" bodyClassName="h-[28rem] lg:h-[38rem]">
          <Suspense fallback={<Skeleton className="h-full" />}>
            <GraphView label={`Steps of ${template.data.name}`} definition={definition} types={types} />
          </Suspense>
        </Section>
      </div>
    </Page>
  );
}
