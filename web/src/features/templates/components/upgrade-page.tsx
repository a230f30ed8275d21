import { useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { usePermission } from "@/api/me";
import type { TemplateChoice, TemplateLink } from "@/api/types";
import { mapProblem } from "@/api/problem";
import { SchemaForm } from "@/components/schema-form/schema-form";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card, Section } from "@/components/ui/card";
import { FormError } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { useToast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { readDefinition } from "@/lib/graph/definition";
import { checkValues } from "@/lib/json-schema/check";
import { asSchema, defaultsOf, fieldsOf } from "@/lib/json-schema/fields";
import { templateLinkQuery, useUpgrade, workflowQuery } from "../api";
import { choiceOf, groupChanges, undecided } from "../model/changes";
import { ChangeView } from "./change-view";

type Ready = TemplateLink & { upgrade: NonNullable<TemplateLink["upgrade"]> };

export function UpgradePage({ workflowId }: { workflowId: string }) {
  const workflow = useQuery(workflowQuery(workflowId));
  const link = useQuery(templateLinkQuery(workflowId));
  const definition = useMemo(() => readDefinition(workflow.data?.draft), [workflow.data?.draft]);
  const name = workflow.data?.name ?? "Workflow";
  const failed = workflow.isError ? workflow : link.isError ? link : null;
  if (failed !== null) return <ErrorState error={failed.error} what="The comparison" retry={() => void failed.refetch()} />;
  const crumbs = [{ label: "Workflows", to: "/workflows" }, { label: name, to: `/workflows/${workflowId}` }];
  if (workflow.data === undefined || link.data === undefined) {
    return (
      <Page title="Newer version of the template" crumbs={crumbs}>
        <Skeleton className="h-96 rounded-large" />
      </Page>
    );
  }
  const { upgrade } = link.data;
  return (
    <Page
      title="Newer version of the template"
      crumbs={crumbs}
      description={
        upgrade == null
          ? `${link.data.template_name}, version ${link.data.version}`
          : `${link.data.template_name}: version ${link.data.version} becomes version ${upgrade.to_version} in your draft. Nothing changes for running workflows until you publish.`
      }
    >
      {upgrade == null ? (
        <Card>
          <EmptyState icon={CircleCheck} title="You have the newest version" action={<ButtonLink to={`/workflows/${workflowId}`} variant="secondary">Back to the workflow</ButtonLink>}>
            {link.data.overrides.length === 0 ? "The workflow is as the template made it." : `You changed ${plural(link.data.overrides.length, "part")} of it; they stay.`}
          </EmptyState>
        </Card>
      ) : (
        <Compare workflowId={workflowId} link={{ ...link.data, upgrade }} definition={definition} />
      )}
    </Page>
  );
}

/** Parameters that the workflow has no answer for yet. */
function newParameters(link: Ready) {
  const schema = asSchema(link.upgrade.parameters_schema);
  const fresh = fieldsOf(schema).filter((field) => link.parameters[field.name] === undefined && (field.required || "default" in field.schema));
  const asked = new Set(fresh.map((field) => field.name));
  const properties = Object.entries(asSchema(schema["properties"])).filter(([name]) => asked.has(name));
  return { schema: { ...schema, properties: Object.fromEntries(properties), required: ((schema["required"] ?? []) as string[]).filter((name) => asked.has(name)) }, names: [...asked] };
}

function Compare({ workflowId, link, definition }: { workflowId: string; link: Ready; definition: ReturnType<typeof readDefinition> }) {
  const { upgrade } = link;
  const [choices, setChoices] = useState<Record<string, TemplateChoice>>({});
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<string | null>(null);
  const fresh = newParameters(link);
  const [parameters, setParameters] = useState(() => defaultsOf(fresh.schema));
  const mayWrite = usePermission("workflows:write");
  const run = useUpgrade(workflowId);
  const navigate = useNavigate();
  const toast = useToast();
  const open = undecided(upgrade.changes, choices);
  const submit = () => {
    const faults = checkValues(fresh.schema, parameters);
    setErrors(faults);
    setProblem(Object.keys(faults).length > 0 ? "The new version asks for something. It is marked below." : null);
    if (Object.keys(faults).length > 0) return;
    run.mutate(
      { to_version: upgrade.to_version, resolutions: choices, ...(Object.keys(parameters).length === 0 ? {} : { parameters }) },
      {
        onSuccess: () => {
          toast({ title: `The draft is version ${upgrade.to_version} of the template now`, detail: "Look at it and publish it when it is right." });
          void navigate(`/workflows/${workflowId}`);
        },
        onError: (error) => {
          const mapped = mapProblem(error, fresh.names, "parameters");
          setErrors(mapped.fields);
          setProblem(mapped.general);
        },
      },
    );
  };
  return (
    <div className="space-y-4">
      <FormError>{problem}</FormError>
      <Section title="What is new">
        <ul className="space-y-2">
          {upgrade.release_notes.map((item) => (
            <li key={item.version} className="flex gap-3 text-small">
              <span className="tabular w-20 shrink-0 font-medium">Version {item.version}</span>
              <span className="min-w-0 text-muted">{item.release_notes}</span>
            </li>
          ))}
        </ul>
      </Section>
      {fresh.names.length > 0 && (
        <Section title="New questions">
          <SchemaForm schema={fresh.schema} value={parameters} onChange={setParameters} context={{ root: fresh.schema, paths: null, errors, disabled: !mayWrite || run.isPending }} />
        </Section>
      )}
      {groupChanges(upgrade.changes, definition).map((group) => (
        <Section key={group.id} title={group.title} bodyClassName="">
          <ul aria-label={group.title} className="divide-y divide-line">
            {group.changes.map((change) => (
              <ChangeView
                key={change.path}
                change={change}
                choice={choiceOf(change, choices)}
                onChoose={mayWrite ? (choice) => setChoices((current) => ({ ...current, [change.path]: choice })) : null}
              />
            ))}
          </ul>
        </Section>
      ))}
      {mayWrite ? (
        <div className="sticky bottom-15 flex flex-wrap items-center justify-end gap-3 rounded-large border border-line bg-surface px-4 py-3 shadow-float md:bottom-4">
          <p role="status" className="min-w-0 flex-1 basis-64 text-small text-muted">
            {open.length > 0 ? `${plural(open.length, "part")} changed on both sides: choose which one stands.` : link.overrides.length > 0 ? `Your ${plural(link.overrides.length, "own change")} elsewhere ${link.overrides.length === 1 ? "stays" : "stay"}.` : "Ready."}
          </p>
          <ButtonLink to={`/workflows/${workflowId}`} variant="secondary">
            Cancel
          </ButtonLink>
          <Button busy={run.isPending} disabled={open.length > 0} onClick={submit}>
            Upgrade the draft
          </Button>
        </div>
      ) : (
        <p className="text-muted">Your role can compare. A manager can upgrade.</p>
      )}
    </div>
  );
}
