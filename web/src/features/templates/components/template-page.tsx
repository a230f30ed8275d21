import { lazy, Suspense, useMemo } from "react";
import { useQuery } from "@tanstack/react-query";
import { Layers } from "lucide-react";
import { usePermission } from "@/api/me";
import type { TemplateVersion } from "@/api/types";
import { stepTypesQuery } from "@/api/step-types";
import { ButtonLink } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { Pill } from "@/components/ui/status";
import { readDefinition } from "@/lib/graph/definition";
import { templateQuery } from "../api";
import { TemplateForm } from "./template-form";

const GraphView = lazy(() => import("@/components/graph/graph-view"));
const crumbs = [{ label: "Templates", to: "/templates" }];

function Versions({ versions }: { versions: TemplateVersion[] }) {
  if (versions.length < 2) return null;
  return (
    <Section title="Versions" bodyClassName="">
      <ol aria-label="Versions" className="divide-y divide-line">
        {versions.map((item) => (
          <li key={item.version} className="flex gap-3 px-4 py-3 text-small md:px-5">
            <span className="tabular w-20 shrink-0 font-medium">Version {item.version}</span>
            <span className="min-w-0 text-muted">{item.release_notes === "" ? "The first one." : item.release_notes}</span>
          </li>
        ))}
      </ol>
    </Section>
  );
}

interface TemplatePageProps {
  id: string;
  onDone: (workflowId: string) => void;
}

export function TemplatePage({ id, onDone }: TemplatePageProps) {
  const template = useQuery(templateQuery(id));
  const types = useQuery(stepTypesQuery).data;
  const may = usePermission("templates:instantiate");
  const mayManage = usePermission("templates:manage");
  const definition = useMemo(() => readDefinition(template.data?.definition), [template.data]);
  if (template.isError) return <ErrorState error={template.error} what="The template" retry={() => void template.refetch()} />;
  if (template.data === undefined) {
    return (
      <Page title="Template" crumbs={crumbs}>
        <Skeleton className="h-96 rounded-large" />
      </Page>
    );
  }
  const versions = template.data.versions;
  return (
    <Page
      title={template.data.name}
      crumbs={crumbs}
      description={template.data.description}
      badge={<Pill>Version {template.data.version}</Pill>}
      actions={
        mayManage && (
          <ButtonLink to={`/templates/${id}/rollouts`} variant="secondary">
            <Layers aria-hidden /> Roll out
          </ButtonLink>
        )
      }
    >
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
        <Section title="Make it yours">
          {may ? <TemplateForm key={id} template={template.data} onDone={onDone} /> : <p className="text-muted">Your role can look at templates. A manager can make a workflow of this one.</p>}
        </Section>
        <div className="space-y-4 lg:sticky lg:top-18">
          <Section title="What it does" className="overflow-hidden" bodyClassName="h-[28rem] lg:h-[34rem]">
            <Suspense fallback={<Skeleton className="h-full" />}>
              <GraphView label={`Steps of ${template.data.name}`} definition={definition} types={types} />
            </Suspense>
          </Section>
          <Versions versions={versions} />
        </div>
      </div>
    </Page>
  );
}
