import { useState } from "react";
import { FileJson } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { FileButton } from "@/components/ui/file-button";
import { FileFaults } from "@/components/ui/file-faults";
import { plural } from "@/lib/format";
import type { Definition } from "@/lib/graph/definition";
import { type FileReading, readFile } from "@/lib/graph/exchange";

interface ImportDialogProps {
  open: boolean;
  onClose: () => void;
  onImport: (definition: Definition) => void;
}

function Chosen({ name, reading }: { name: string; reading: FileReading }) {
  if ("faults" in reading) return <FileFaults name={name} faults={reading.faults} />;
  const { definition } = reading.file;
  return (
    <p className="rounded-medium bg-success-soft px-3 py-2 text-small text-success">
      <span className="block font-medium">{reading.file.name}</span>
      {plural(definition.triggers.length, "trigger")}, {plural(definition.steps.length, "step")}
    </p>
  );
}

function ImportForm({ onClose, onImport }: Omit<ImportDialogProps, "open">) {
  const [chosen, setChosen] = useState<{ name: string; reading: FileReading } | null>(null);
  const file = chosen !== null && "file" in chosen.reading ? chosen.reading.file : null;
  return (
    <div className="flex flex-col gap-4">
      <p className="text-small text-muted">The draft becomes what the file holds. What is published keeps running, and Undo brings the draft back.</p>
      <div>
        <FileButton accept="application/json,.json" onFile={(picked) => void picked.text().then((text) => setChosen({ name: picked.name, reading: readFile(text) }))}>
          <FileJson aria-hidden /> Choose a file
        </FileButton>
      </div>
      {chosen !== null && <Chosen {...chosen} />}
      <div className="flex justify-end gap-2">
        <Button variant="secondary" onClick={onClose}>
          Cancel
        </Button>
        <Button
          disabled={file === null}
          onClick={() => {
            if (file !== null) onImport(file.definition);
            onClose();
          }}
        >
          Replace the draft
        </Button>
      </div>
    </div>
  );
}

export function ImportDialog({ open, onClose, onImport }: ImportDialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title="Import JSON">
      <ImportForm onClose={onClose} onImport={onImport} />
    </Dialog>
  );
}
