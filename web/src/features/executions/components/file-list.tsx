import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Download, FileText } from "lucide-react";
import { download } from "@/api/download";
import type { FileView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { Time } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { formatBytes } from "@/lib/format";
import { filesQuery } from "../api";

function Row({ file, stepName }: { file: FileView; stepName: (id: string) => string }) {
  const [busy, setBusy] = useState(false);
  const toast = useToast();
  const save = async () => {
    setBusy(true);
    try {
      await download(`/api/v1/files/${file.id}/content`, file.name);
    } catch (error) {
      toast({ title: "It couldn't be downloaded", detail: error instanceof Error ? error.message : undefined, tone: "failure" });
    }
    setBusy(false);
  };
  return (
    <li className="flex items-center gap-3 px-4 py-3 md:px-5">
      <FileText aria-hidden className="size-5 shrink-0 text-faint" />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{file.name}</p>
        <p className="tabular truncate text-faint">
          {formatBytes(file.size)}
          {file.step_id != null && ` · ${stepName(file.step_id)}`} · <Time value={file.created_at} />
        </p>
      </div>
      <Button variant="secondary" size="small" busy={busy} aria-label={`Download ${file.name}`} onClick={() => void save()}>
        {!busy && <Download aria-hidden />}
        <span className="max-sm:sr-only">Download</span>
      </Button>
    </li>
  );
}

/** What the run has kept. */
export function FileList({ executionId, stepName }: { executionId: string; stepName: (id: string) => string }) {
  const files = useQuery(filesQuery(executionId));
  if (files.isPending) return <SkeletonRows rows={2} label="Loading the files" />;
  if (files.isError) return <ErrorState error={files.error} what="The files" retry={() => void files.refetch()} />;
  if (files.data.length === 0) return <p className="px-4 py-8 text-center text-small text-muted md:px-5">This run hasn&apos;t kept any file.</p>;
  return (
    <ul aria-label="Files" className="divide-y divide-line text-small">
      {files.data.map((file) => (
        <Row key={file.id} file={file} stepName={stepName} />
      ))}
    </ul>
  );
}
