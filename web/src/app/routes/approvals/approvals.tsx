import { useSearchParams } from "react-router";
import { FilterTabs } from "@/components/ui/filter-tabs";
import { Page } from "@/components/ui/page";
import { ApprovalList } from "@/features/approvals/components/approval-list";
import { Gate } from "@/app/shell/gate";

const states = [
  { value: "", label: "Pending" },
  { value: "decided", label: "Decided" },
];
const whose = [
  { value: "", label: "For me" },
  { value: "all", label: "Everybody's" },
];

export function Component() {
  const [params, setParams] = useSearchParams();
  const change = (name: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value === "") next.delete(name);
    else next.set(name, value);
    setParams(next, { replace: true });
  };
  const filter = { state: params.get("state") === "decided" ? ("decided" as const) : ("pending" as const), mine: params.get("whose") !== "all" };
  return (
    <Gate permission="approvals:read">
      <Page title="Approvals" description="What workflows may only do with somebody's yes.">
        <div className="mb-4 flex flex-wrap justify-between gap-x-6 gap-y-1">
          <FilterTabs label="State" value={filter.state === "decided" ? "decided" : ""} options={states} onChange={(value) => change("state", value)} />
          <FilterTabs label="Whose" value={filter.mine ? "" : "all"} options={whose} onChange={(value) => change("whose", value)} />
        </div>
        <ApprovalList filter={filter} onAll={() => change("whose", "all")} />
      </Page>
    </Gate>
  );
}
