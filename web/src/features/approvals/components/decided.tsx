import { JsonView } from "@/components/ui/json-view";
import type { ApprovalView } from "@/api/types";
import { Time } from "@/components/ui/time";
import { asSchema, fieldsOf } from "@/lib/json-schema/fields";
import { factText } from "../model/describe";

const words: Record<string, string> = {
  approved: "Approved",
  rejected: "Rejected",
  expired: "Nobody decided in time",
  cancelled: "No longer needed: the run ended",
};

/** What was decided, by whom, and what they said. */
export function Decided({ approval }: { approval: ApprovalView }) {
  const { values, comment, decided_by, decided_at, decided_via } = approval;
  const fields = fieldsOf(asSchema(approval.form));
  return (
    <div className="space-y-3">
      <p>
        <strong className="font-semibold">{words[approval.state] ?? approval.state}</strong>
        {decided_by != null && <> by {decided_by.name}</>}
        {decided_at != null && (
          <>
            , <Time value={decided_at} as="datetime" />
          </>
        )}
        {decided_via === "link" && <span className="text-muted"> with the link in a message</span>}
      </p>
      {comment != null && comment !== "" && <blockquote className="border-l-2 border-line-strong pl-3 break-words whitespace-pre-wrap text-muted">{comment}</blockquote>}
      {values != null && Object.keys(values).length > 0 && (
        <dl className="space-y-1">
          {Object.entries(values).map(([name, value]) => (
            <div key={name} className="flex flex-wrap justify-between gap-x-4">
              <dt className="text-muted">{fields.find((field) => field.name === name)?.label ?? name}</dt>
              <dd className="min-w-0 font-medium break-words">{typeof value === "object" && value !== null ? <JsonView value={value} label={name} /> : factText(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
