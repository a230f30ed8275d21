import { useEffect, useRef, useState } from "react";
import { Check, X } from "lucide-react";
import { mapProblem } from "@/api/problem";
import type { ApprovalDecision } from "@/api/types";
import { SchemaForm } from "@/components/schema-form/schema-form";
import { Button } from "@/components/ui/button";
import { FormError, TextAreaField } from "@/components/ui/field";
import { cx } from "@/lib/cx";
import { checkValues } from "@/lib/json-schema/check";
import { asSchema, defaultsOf, fieldsOf } from "@/lib/json-schema/fields";

interface DecisionFormProps {
  /** JSON Schema of what is asked beside yes or no. */
  form: unknown;
  busy: boolean;
  /** Keeps the buttons in reach while one scrolls: above the bar at the bottom of the app. */
  aboveBar?: boolean;
  onDecide: (decision: ApprovalDecision, onError: (error: unknown) => void) => void;
}

/** Yes or no, with what is asked for and a comment. */
export function DecisionForm({ form, busy, aboveBar = false, onDecide }: DecisionFormProps) {
  const schema = asSchema(form);
  const names = fieldsOf(schema).map((field) => field.name);
  const [values, setValues] = useState(() => defaultsOf(schema));
  const [comment, setComment] = useState("");
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<string | null>(null);
  const [choice, setChoice] = useState<ApprovalDecision["decision"] | null>(null);
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (Object.keys(errors).length > 0) element.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [errors]);
  const decide = (decision: ApprovalDecision["decision"]) => {
    setChoice(decision);
    // A no needs no answers; a yes does.
    const faults = decision === "approved" ? checkValues(schema, values) : {};
    setErrors(faults);
    setProblem(Object.keys(faults).length > 0 ? "Some answers are missing or don't fit. They are marked below." : null);
    if (Object.keys(faults).length > 0) return;
    const said = comment.trim();
    onDecide(
      { decision, ...(names.length > 0 && decision === "approved" ? { values } : {}), ...(said === "" ? {} : { comment: said }) },
      (error) => {
        const mapped = mapProblem(error, names, "values");
        setErrors(mapped.fields);
        setProblem(mapped.general);
      },
    );
  };
  return (
    <form
      ref={element}
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        decide("approved");
      }}
    >
      <FormError>{problem}</FormError>
      {names.length > 0 && <SchemaForm schema={schema} value={values} onChange={setValues} context={{ root: schema, paths: null, errors, disabled: busy }} />}
      <TextAreaField label="Comment" optional rows={3} maxLength={2000} value={comment} disabled={busy} onChange={(event) => setComment(event.target.value)} />
      <div className={cx("grid grid-cols-2 gap-3 bg-surface py-3 max-md:sticky max-md:border-t max-md:border-line", aboveBar ? "max-md:bottom-15 max-md:-mx-4 max-md:px-4" : "max-md:bottom-0")}>
        <Button variant="secondary" className="h-12! text-failure!" busy={busy && choice === "rejected"} disabled={busy} onClick={() => decide("rejected")}>
          {!(busy && choice === "rejected") && <X aria-hidden />} Reject
        </Button>
        <Button type="submit" className="h-12!" busy={busy && choice === "approved"} disabled={busy}>
          {!(busy && choice === "approved") && <Check aria-hidden />} Approve
        </Button>
      </div>
    </form>
  );
}
