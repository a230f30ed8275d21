import { useEffect, useRef, useState } from "react";
import { mapProblem } from "@/api/problem";
import type { TemplateView } from "@/api/types";
import { SchemaForm } from "@/components/schema-form/schema-form";
import { Button } from "@/components/ui/button";
import { FormError, TextField } from "@/components/ui/field";
import { checkValues } from "@/lib/json-schema/check";
import { asSchema, defaultsOf, fieldsOf } from "@/lib/json-schema/fields";
import { useInstantiate } from "../api";

interface TemplateFormProps {
  template: TemplateView;
  onDone: (workflowId: string) => void;
}

/** The template's own questions, and from the answers a workflow. */
export function TemplateForm({ template, onDone }: TemplateFormProps) {
  const schema = asSchema(template.parameters_schema);
  const [name, setName] = useState(template.name);
  const [values, setValues] = useState(() => defaultsOf(schema));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<string | null>(null);
  const instantiate = useInstantiate(template.id);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (Object.keys(errors).length > 0) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [errors]);
  const submit = () => {
    const faults = checkValues(schema, values);
    setErrors(faults);
    setProblem(Object.keys(faults).length > 0 ? "Some answers are missing or don't fit. They are marked below." : null);
    if (Object.keys(faults).length > 0) return;
    instantiate.mutate(
      { name, parameters: values },
      {
        onSuccess: (workflow) => onDone(workflow.id),
        onError: (error) => {
          const mapped = mapProblem(error, ["name", ...fieldsOf(schema).map((field) => field.name)], "parameters");
          setErrors(mapped.fields);
          setProblem(mapped.general);
        },
      },
    );
  };
  return (
    <form
      ref={form}
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <FormError>{problem}</FormError>
      <TextField label="Name of the workflow" value={name} error={errors["name"]} onChange={(event) => setName(event.target.value)} />
      <SchemaForm schema={schema} value={values} onChange={setValues} context={{ root: schema, paths: null, errors, disabled: instantiate.isPending }} />
      <Button type="submit" busy={instantiate.isPending} className="self-start">
        Create the workflow
      </Button>
    </form>
  );
}
