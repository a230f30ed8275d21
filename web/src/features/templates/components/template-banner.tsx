import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { Sparkles } from "lucide-react";
import { plural } from "@/lib/format";
import { templateLinkQuery, workflowQuery } from "../api";

/** Says that the template of a workflow has a newer version. */
export function TemplateBanner({ workflowId, mayUpgrade }: { workflowId: string; mayUpgrade: boolean }) {
  const workflow = useQuery(workflowQuery(workflowId)).data;
  const link = useQuery({ ...templateLinkQuery(workflowId), enabled: workflow?.template != null }).data;
  const upgrade = link?.upgrade;
  if (link === undefined || upgrade == null) return null;
  const conflicts = upgrade.changes.filter((change) => change.conflict).length;
  return (
    <aside aria-label="Newer template" className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-accent-soft px-4 py-2 text-small text-accent-ink md:px-5">
      <Sparkles aria-hidden className="size-4 shrink-0" />
      <p className="min-w-0 flex-1 basis-64">
        <strong className="font-semibold">“{link.template_name}” has version {upgrade.to_version}.</strong> This workflow was made from version {link.version}:{" "}
        {plural(upgrade.changes.length, "change")}
        {conflicts > 0 && `, ${conflicts} to choose yourself`}.
      </p>
      <Link to={`/workflows/${workflowId}/upgrade`} className="font-semibold whitespace-nowrap underline">
        {mayUpgrade ? "Compare and upgrade" : "Compare"}
      </Link>
    </aside>
  );
}
