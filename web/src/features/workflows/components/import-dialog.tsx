import { useState } from "react";
import { FileJson } from "lucide-react";
import { isProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { FileButton } from "@/components/ui/file-button";
import { FileFaults } from "@/components/ui/file-faults";
import { TextField } from "@/components/ui/field";
import { plural } from "@/lib/format";
import { type FileFault, readFile, type WorkflowFile } from "@/lib/graph/exchange";
import { useImportWorkflow } from "../api";

interface ImportDialogProps {
  open: boolean;
  onClose: () => void;
  onCreated: (id: string) => void;
}

/** What the server says against a file, place by place. */
function serverFaults(error: unknown): FileFault[] {
  if (isProblem(error) && (error.problem.errors ?? []).length > 0) {
    return (error.problem.errors ?? []).map((item) => ({ place: item.pointer, message: item.detail }));
  }
  return [{ place: "The server", message: error instanceof Error ? error.message : "It wasn't accepted. Try again." }];
}

function ImportForm({ onClose, onCreated }: Omit<ImportDialogProps, "open">) {
  const [chosen, setChosen] = useState("");
  const [file, setFile] = useState<WorkflowFile | null>(null);
  const [faults, setFaults] = useState<FileFault[]>([]);
  const create = useImportWorkflow();
  const read = async (picked: File) => {
    const reading = readFile(await picked.text());
    setChosen(picked.name);
    setFile("file" in reading ? reading.file : null);
    setFaults("faults" in reading ? reading.faults : []);
  };
  const submit = () => {
    if (file === null || file.name.trim() === "") return;
    create.mutate(file, { onSuccess: (made) => onCreated(made.id), onError: (error) => setFaults(serverFaults(error)) });
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p className="text-small text-muted">A file that “Export JSON” wrote becomes a new workflow. It starts as a draft: nothing runs before you publish it.</p>
      <div className="flex flex-wrap items-center gap-3">
        <FileButton accept="application/json,.json" onFile={(picked) => void read(picked)}>
          <FileJson aria-hidden /> Choose a file
        </FileButton>
        {chosen !== "" && <span className="min-w-0 text-small break-all text-muted">{chosen}</span>}
      </div>
      {faults.length > 0 && <FileFaults name={chosen} faults={faults} />}
      {file !== null && (
        <TextField
          label="Name"
          value={file.name}
          maxLength={120}
          hint={`${plural(file.definition.triggers.length, "trigger")}, ${plural(file.definition.steps.length, "step")}`}
          onChange={(event) => setFile({ ...file, name: event.target.value })}
        />
      )}
      <div className="flex justify-end gap-2">
        <Button variant="secondary" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" busy={create.isPending} disabled={file === null}>
          Import
        </Button>
      </div>
    </form>
  );
}

/** Makes a workflow from a file. */
export function ImportDialog({ open, onClose, onCreated }: ImportDialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title="Import a workflow">
      <ImportForm onClose={onClose} onCreated={onCreated} />
    </Dialog>
  );
}
