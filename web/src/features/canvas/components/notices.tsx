import { CloudAlert, Rocket } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { Draft } from "../use-draft";

export function ConflictNotice({ draft }: { draft: Draft }) {
  if (draft.state === "failed") {
    return (
      <div role="alert" className="flex flex-wrap items-center gap-3 bg-failure-soft px-4 py-2 text-small text-failure">
        <CloudAlert aria-hidden className="size-4" />
        <p className="flex-1">The last changes aren't saved. They stay here as long as the page is open.</p>
        <Button size="small" variant="secondary" onClick={() => void draft.flush()}>
          Save again
        </Button>
      </div>
    );
  }
  if (draft.state !== "conflict") return null;
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 bg-waiting-soft px-4 py-2 text-small text-waiting">
      <CloudAlert aria-hidden className="size-4" />
      <p className="flex-1 basis-64">Somebody else changed this draft meanwhile. Load their version, or keep yours in its place.</p>
      <Button size="small" variant="secondary" onClick={() => void draft.settle("theirs")}>
        Load theirs
      </Button>
      <Button size="small" variant="secondary" onClick={() => void draft.settle("mine")}>
        Keep mine
      </Button>
    </div>
  );
}

interface FirstPublishProps {
  ready: boolean;
  publishing: boolean;
  onPublish: () => void;
}

/** What comes next after a workflow was made from a template. */
export function FirstPublish({ ready, publishing, onPublish }: FirstPublishProps) {
  return (
    <div className="flex flex-wrap items-center gap-3 bg-accent-soft px-4 py-2.5 text-small text-accent-ink">
      <Rocket aria-hidden className="size-4" />
      <p className="flex-1 basis-64">
        {ready ? "Your workflow is ready. Publish it and its trigger gets an address; you can change anything later." : "Almost ready: look at the marked steps, then publish."}
      </p>
      <Button size="small" busy={publishing} onClick={onPublish}>
        Publish workflow
      </Button>
    </div>
  );
}
