import { memo } from "react";
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { CircleAlert, TriangleAlert } from "lucide-react";
import { cx } from "@/lib/cx";
import { NamedIcon } from "../ui/icon";
import { statusLook, type Tone, toneSoft, toneText } from "../ui/status";
import type { GraphNode, NodeStatus } from "./to-flow";

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

function GraphNodeView({ data, selected }: NodeProps<GraphNode>) {
  const tone = data.status === null ? "neutral" : statusLook(data.status.status).tone;
  const dim = ["skipped", "pending", "not_run"].includes(data.status?.status ?? "");
  const many = data.ports.length > 1;
  return (
    <div
      className={cx(
        "relative flex h-[72px] w-[260px] items-center gap-3 rounded-large border bg-surface px-3.5 shadow-card transition-[border-color,box-shadow]",
        selected ? "border-accent ring-3 ring-accent/25" : data.errors > 0 ? "border-failure" : rings[tone],
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
      <span className={cx("min-w-0 flex-1", dim && "opacity-75")}>
        <span className="line-clamp-2 text-small leading-[1.125rem] font-semibold break-words text-ink">{data.title}</span>
        {data.status === null || (data.kind === "trigger" && data.status.status === "") ? (
          <span className="block truncate text-small text-faint">{data.typeName}</span>
        ) : (
          <StatusLine status={data.status} />
        )}
      </span>
      <Findings errors={data.errors} warnings={data.warnings} />
      {data.ports.map((port, index) => {
        const left = `${((index + 0.5) / data.ports.length) * 100}%`;
        return (
          <span key={port}>
            <Handle id={port} type="source" position={Position.Bottom} style={{ left }} isConnectable={data.editable} />
            {many && (
              <span style={{ left }} className="pointer-events-none absolute top-full mt-1.5 max-w-24 -translate-x-1/2 truncate rounded-small bg-page px-1 text-small text-muted">
                {port}
              </span>
            )}
          </span>
        );
      })}
    </div>
  );
}

export const graphNodeTypes = { graph: memo(GraphNodeView) };
