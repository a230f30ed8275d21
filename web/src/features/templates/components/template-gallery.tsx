import { Link, useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { LayoutTemplate, SearchX } from "lucide-react";
import { FilterTabs } from "@/components/ui/filter-tabs";
import { NamedIcon } from "@/components/ui/icon";
import { SearchField } from "@/components/ui/search-field";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { humanise, plural, triggerName } from "@/lib/format";
import { useSearchText } from "@/lib/use-search-text";
import { templatesQuery } from "../api";
import { categoriesOf, findTemplates } from "../model/gallery";

const grid = "grid gap-4 sm:grid-cols-2 lg:grid-cols-3";

const starters: Record<string, string> = { adf_lead: "an internet lead", webhook: "a webhook", manual: "hand", schedule: "the clock", record: "a change of data", event: "an event" };

function starter(type: string): string {
  return starters[type] ?? triggerName(type).toLowerCase();
}

export function TemplateGallery() {
  const templates = useQuery(templatesQuery);
  const [params, setParams] = useSearchParams();
  const { typed, setTyped } = useSearchText("q");
  const category = params.get("category") ?? "";
  const choose = (value: string) =>
    setParams(
      (current) => {
        const next = new URLSearchParams(current);
        if (value === "") next.delete("category");
        else next.set("category", value);
        return next;
      },
      { replace: true },
    );
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
  const found = findTemplates(templates.data, category, typed);
  const options = [
    { value: "", label: `All ${templates.data.length}` },
    ...categoriesOf(templates.data).map(({ name, count }) => ({ value: name, label: `${humanise(name)} ${count}` })),
  ];
  return (
    <>
      <div className="mb-4 flex flex-col gap-3 md:flex-row md:items-center md:justify-between">
        <FilterTabs label="Category" value={category} options={options} onChange={choose} />
        <SearchField label="Search templates" className="md:w-72" value={typed} onChange={(event) => setTyped(event.target.value)} />
      </div>
      {found.length === 0 && <EmptyState icon={SearchX} title="No template fits">Try fewer words or another category.</EmptyState>}
      <ul aria-label="Templates" className={grid}>
        {found.map((template) => (
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
    </>
  );
}
