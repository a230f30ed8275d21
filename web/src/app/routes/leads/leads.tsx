import { useSearchParams } from "react-router";
import { FilterTabs } from "@/components/ui/filter-tabs";
import { Page } from "@/components/ui/page";
import { SearchField } from "@/components/ui/search-field";
import { LeadList } from "@/features/leads/components/lead-list";
import { leadStatuses } from "@/features/leads/model";
import { useSearchText } from "@/lib/use-search-text";
import { Gate } from "@/app/shell/gate";

const options = [{ value: "", label: "All" }, ...leadStatuses];

export function Component() {
  const [params, setParams] = useSearchParams();
  const { typed, setTyped } = useSearchText("q");
  const status = params.get("status") ?? "";
  const choose = (value: string) => {
    const next = new URLSearchParams(params);
    if (value === "") next.delete("status");
    else next.set("status", value);
    setParams(next, { replace: true });
  };
  const clear = () => {
    setTyped("");
    setParams({}, { replace: true });
  };
  return (
    <Gate permission="leads:read">
      <Page title="Leads" description="Everyone who asked about a car or a visit, newest first.">
        <div className="mb-4 flex flex-col gap-3 md:flex-row md:items-center md:justify-between">
          <FilterTabs label="Status" value={status} options={options} onChange={choose} />
          <SearchField label="Search name, e-mail or phone" value={typed} onChange={(event) => setTyped(event.target.value)} className="md:w-72" />
        </div>
        <LeadList status={status} q={params.get("q") ?? ""} onClear={clear} />
      </Page>
    </Gate>
  );
}
