import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { LayoutTemplate } from "lucide-react";
import { NamedIcon } from "@/components/ui/icon";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { humanise, plural, triggerName } from "@/lib/format";
import { templatesQuery } from "../api";

const grid = "grid gap-4 sm:grid-cols-2 lg:grid-cols-3";

const starters: Record<string, string> = { adf_lead: "an internet lead", webhook: "a webhook", manual: "hand" };

function starter(type: string): string {
  return starters[type] ?? triggerName(type).toLowerCase();
}

export function TemplateGallery() {
  const templates = useQuery(templatesQuery);
  if (templates.isPending) {
    return (
      <div role="status" aria-label="Loading templates" className={grid}>
        {[0, 1, 2].map((card) => (
          <Skeleton key={card} className="h-48 rounded-large" />
        ))}
      </div>
    );
  }
  if (templates.isError) return <ErrorState error={templates.error} what="The templates" retry={() => void templates.refetch()} />;
  if (templates.data.length === 0) return <EmptyState icon={LayoutTemplate} title="There is no template yet" />;
  return (
    <ul aria-label="Templates" className={grid}>
      {templates.data.map((template) => (
        <li key={template.id} className="relative flex flex-col rounded-large border border-line bg-surface p-5 shadow-card transition-colors hover:border-line-strong">
          <span className="mb-4 flex size-10 items-center justify-center rounded-medium bg-accent-soft text-accent-ink">
            <NamedIcon name={template.icon} className="size-5" />
          </span>
          <h2 className="font-semibold">
            <Link to={`/templates/${template.id}`} className="before:absolute before:inset-0 before:rounded-large">
              {template.name}
            </Link>
          </h2>
          <p className="mt-1 flex-1 text-small text-muted">{template.description}</p>
          <p className="mt-4 text-small text-faint">
            {humanise(template.category)} · {plural(template.step_count, "step")} · started by {template.trigger_types.map(starter).join(" or ")}
          </p>
        </li>
      ))}
    </ul>
  );
}
