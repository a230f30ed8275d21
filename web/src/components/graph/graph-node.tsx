import { memo } from "react";
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { CircleAlert, MessageSquareText, Pin, TriangleAlert } from "lucide-react";
import { compensatePort } from "@/lib/graph/definition";
import { cx } from "@/lib/cx";
import { NamedIcon } from "../ui/icon";
import { statusLook, type Tone, toneSoft, toneText } from "../ui/status";
import { NoteNodeView } from "./note-node";
import type { GraphNode, Mark, NodeStatus } from "./to-flow";

const rings: Record<Tone, string> = {
  neutral: "border-line-strong",
  accent: "border-accent",
  running: "border-running",
  waiting: "border-waiting",
  success: "border-success",
  failure: "border-failure",
  unknown: "border-unknown",
};

function StatusLine({ status }: { status: NodeStatus }) {
  const look = statusLook(status.status);
  return (
    <span className={cx("tabular flex items-center gap-1 text-small font-medium", toneText[look.tone])}>
      <look.icon aria-hidden className={cx("size-3.5 shrink-0", look.turning === true && "spin-slow")} />
      {look.label}
      {status.detail !== null && <span className="truncate font-normal text-faint">{status.detail}</span>}
    </span>
  );
}

const markLooks: Record<Mark, { label: string; frame: string; tag: string }> = {
  added: { label: "Added", frame: "border-success ring-2 ring-success/25", tag: toneSoft.success },
  removed: { label: "Removed", frame: "border-failure border-dashed ring-2 ring-failure/20", tag: toneSoft.failure },
  changed: { label: "Changed", frame: "border-waiting ring-2 ring-waiting/25", tag: toneSoft.waiting },
};

function MarkTag({ mark }: { mark: Mark | null }) {
  if (mark === null) return null;
  const look = markLooks[mark];
  return <span className={cx("absolute -top-3 left-3 rounded-full border border-surface px-2 text-small font-semibold", look.tag)}>{look.label}</span>;
}

/** What people left on a step: a comment, an output kept for trying things out. */
function Traces({ comment, pinned }: { comment: string | null; pinned: boolean }) {
  if (comment === null && !pinned) return null;
  return (
    <span className="absolute -top-2.5 left-3 flex gap-1">
      {comment !== null && (
        <span title={comment} className="flex h-5 items-center rounded-full border border-line bg-surface px-1.5 text-muted">
          <MessageSquareText aria-hidden className="size-3.5" />
          <span className="sr-only">Comment: {comment}</span>
        </span>
      )}
      {pinned && (
        <span title="Its output is pinned for trying" className="flex h-5 items-center rounded-full border border-line bg-surface px-1.5 text-unknown">
          <Pin aria-hidden className="size-3.5" />
          <span className="sr-only">Pinned output</span>
        </span>
      )}
    </span>
  );
}

/** Words for ways out that would say little beside others. */
const portNames: Record<string, string> = { item: "each item", out: "then" };

function Ports({ data }: { data: GraphNode["data"] }) {
  const many = data.ports.length > 1;
  return data.ports.map((port, index) => {
    const left = `${((index + 0.5) / data.ports.length) * 100}%`;
    return (
      <span key={port}>
        <Handle id={port} type="source" position={Position.Bottom} style={{ left }} isConnectable={data.editable} />
        {many && (
          <span style={{ left }} className="pointer-events-none absolute top-full mt-1.5 max-w-24 -translate-x-1/2 truncate rounded-small bg-page px-1 text-small text-muted">
            {portNames[port] ?? port}
          </span>
        )}
      </span>
    );
  });
}

function Findings({ errors, warnings }: { errors: number; warnings: number }) {
  if (errors === 0 && warnings === 0) return null;
  const failed = errors > 0;
  const Icon = failed ? CircleAlert : TriangleAlert;
  const count = failed ? errors : warnings;
  return (
    <span
      className={cx(
        "absolute -top-2.5 -right-2 flex h-6 items-center gap-1 rounded-full border border-surface px-1.5 text-small font-semibold",
        toneSoft[failed ? "failure" : "waiting"],
      )}
    >
      <Icon aria-hidden className="size-3.5" />
      {count}
      <span className="sr-only">{failed ? "errors" : "warnings"}</span>
    </span>
  );
}

function frameOf({ status, mark, errors }: GraphNode["data"], selected: boolean): string {
  if (selected) return "border-accent ring-3 ring-accent/25";
  if (mark !== null) return markLooks[mark].frame;
  if (errors > 0) return "border-failure";
  return rings[status === null ? "neutral" : statusLook(status.status).tone];
}

function GraphNodeView({ data, selected }: NodeProps<GraphNode>) {
  const dim = ["skipped", "pending", "not_run"].includes(data.status?.status ?? "");
  return (
    <div
      className={cx(
        "group relative flex h-[72px] w-[260px] items-center gap-3 rounded-large border bg-surface px-3.5 shadow-card transition-[border-color,box-shadow]",
        frameOf(data, selected),
        dim && !selected && "border-dashed",
      )}
    >
      {data.kind === "step" && <Handle type="target" position={Position.Top} isConnectable={data.editable} />}
      <span
        className={cx(
          "flex size-9 shrink-0 items-center justify-center rounded-medium",
          data.kind === "trigger" ? "bg-accent-soft text-accent-ink" : "bg-hover text-muted",
        )}
      >
        <NamedIcon name={data.icon} className="size-[18px]" />
      </span>
      <span className="min-w-0 flex-1">
        <span className={cx("line-clamp-2 text-small leading-[1.125rem] font-semibold break-words", dim ? "text-muted" : "text-ink")}>{data.title}</span>
        {data.status === null || (data.kind === "trigger" && data.status.status === "") ? (
          <span className="block truncate text-small text-faint">{data.typeName}</span>
        ) : (
          <StatusLine status={data.status} />
        )}
      </span>
      {data.mark === null ? <Traces comment={data.comment} pinned={data.pinned} /> : <MarkTag mark={data.mark} />}
      <Findings errors={data.errors} warnings={data.warnings} />
      <Ports data={data} />
      {data.kind === "step" && (data.undone || (data.editable && selected)) && (
        <Handle
          id={compensatePort}
          type="source"
          position={Position.Right}
          isConnectable={data.editable}
          title="Lead to the step that undoes this one"
          className="handle-compensate"
        />
      )}
    </div>
  );
}

/** Where it stands is its wrapper's matter: a node that is only moved isn't drawn anew. */
function sameLook(one: NodeProps<GraphNode>, other: NodeProps<GraphNode>): boolean {
  return one.data === other.data && one.selected === other.selected;
}

export const graphNodeTypes = { graph: memo(GraphNodeView, sameLook), note: memo(NoteNodeView) };
