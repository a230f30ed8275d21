import { useNavigate, useSearchParams } from "react-router";
import { FileInput, LayoutTemplate, Plus } from "lucide-react";
import { usePermission } from "@/api/me";
import { Button, ButtonLink } from "@/components/ui/button";
import { FilterTabs } from "@/components/ui/filter-tabs";
import { Page } from "@/components/ui/page";
import { CreateDialog } from "@/features/workflows/components/create-dialog";
import { ImportDialog } from "@/features/workflows/components/import-dialog";
import { WorkflowList } from "@/features/workflows/components/workflow-list";
import { Gate } from "@/app/shell/gate";

const options = [
  { value: "", label: "All" },
  { value: "active", label: "Active" },
  { value: "draft", label: "Drafts" },
  { value: "archived", label: "Archived" },
];

export function Component() {
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const mayWrite = usePermission("workflows:write");
  const status = params.get("status") ?? "";
  const creating = params.get("new") === "1" && mayWrite;
  const close = () => setParams({}, { replace: true });
  const open = (id: string) => void navigate(`/workflows/${id}`);
  const actions = (
    <>
      <ButtonLink to="/templates" variant={mayWrite ? "secondary" : "primary"}>
        <LayoutTemplate aria-hidden /> From a template
      </ButtonLink>
      {mayWrite && (
        <>
          <Button variant="secondary" onClick={() => setParams({ import: "1" })}>
            <FileInput aria-hidden /> Import
          </Button>
          <Button onClick={() => setParams({ new: "1" })}>
            <Plus aria-hidden /> New workflow
          </Button>
        </>
      )}
    </>
  );
  return (
    <Gate permission="workflows:read">
      <Page title="Workflows" description="What happens by itself, and when." actions={actions}>
        <div className="mb-4">
          <FilterTabs label="Status" value={status} options={options} onChange={(value) => setParams(value === "" ? {} : { status: value }, { replace: true })} />
        </div>
        <WorkflowList status={status} />
        <CreateDialog open={creating} onClose={close} onCreated={open} />
        <ImportDialog open={params.get("import") === "1" && mayWrite} onClose={close} onCreated={open} />
      </Page>
    </Gate>
  );
}
