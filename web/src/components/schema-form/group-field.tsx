import type { ReactNode } from "react";
import { Plus, Trash2 } from "lucide-react";
import { asSchema, defaultsOf, type FieldSpec, fieldSpec, isObject, isOptional } from "@/lib/json-schema/fields";
import { Button, IconButton } from "../ui/button";
import { controlClass, FieldError } from "../ui/field";
import { cx } from "@/lib/cx";
import { SchemaForm } from "./schema-form";
import { ValueField, type ValueFieldProps } from "./value-field";

/** Fields that hold fields. */
export function isGroup(field: FieldSpec): boolean {
  return field.kind === "object" || field.kind === "list" || field.kind === "map";
}

interface GroupProps extends ValueFieldProps {
  aside: ReactNode;
}

export function GroupField(props: GroupProps) {
  const { field, path, context, aside } = props;
  const error = context.errors[path];
  return (
    <fieldset className="min-w-0">
      <legend className="sr-only">{field.label}</legend>
      <div className="mb-1.5 flex min-h-6 items-center justify-between gap-2">
        <span aria-hidden className="text-small font-medium">
          {field.label}
          {isOptional(field) && <span className="font-normal text-faint"> (optional)</span>}
        </span>
        {aside}
      </div>
      {field.hint !== null && <p className="mb-2 text-small text-faint">{field.hint}</p>}
      <div className="space-y-3 border-l-2 border-line pl-3">
        {field.kind === "object" && <ObjectBody {...props} />}
        {field.kind === "list" && <ListBody {...props} />}
        {field.kind === "map" && <MapBody {...props} />}
      </div>
      {error !== undefined && <FieldError>{error}</FieldError>}
    </fieldset>
  );
}

function ObjectBody({ field, path, value, onChange, context }: GroupProps) {
  return <SchemaForm schema={field.schema} value={isObject(value) ? value : {}} onChange={onChange} context={context} prefix={`${path}.`} />;
}

function ListBody({ field, path, value, onChange, context }: GroupProps) {
  const items: unknown[] = Array.isArray(value) ? value : [];
  const one = (index: number) => ({ ...fieldSpec(String(index), field.schema["items"], true, context.root), label: `${field.label} ${index + 1}` });
  const shape = one(0);
  const fresh = (): unknown => (shape.kind === "object" ? defaultsOf(shape.schema, context.root) : shape.kind === "boolean" ? false : "");
  return (
    <>
      {items.map((item, index) => (
        // Items have no identity of their own; their place is it.
        <div key={index} className="flex items-start gap-1">
          <div className="min-w-0 flex-1">
            <ValueField
              field={one(index)}
              path={`${path}.${index}`}
              value={item}
              onChange={(next) => onChange(items.map((other, at) => (at === index ? (next ?? fresh()) : other)))}
              context={context}
            />
          </div>
          {!context.disabled && (
            <IconButton label={`Remove ${field.label} ${index + 1}`} onClick={() => onChange(items.filter((_, at) => at !== index))}>
              <Trash2 aria-hidden />
            </IconButton>
          )}
        </div>
      ))}
      {!context.disabled && (
        <Button size="small" variant="secondary" onClick={() => onChange([...items, fresh()])}>
          <Plus aria-hidden /> Add
        </Button>
      )}
    </>
  );
}

function freeName(names: readonly string[]): string {
  let count = names.length + 1;
  while (names.includes(`name_${count}`)) count += 1;
  return `name_${count}`;
}

function MapBody({ field, path, value, onChange, context }: GroupProps) {
  const entries = isObject(value) ? Object.entries(value) : [];
  const inner = asSchema(field.schema["additionalProperties"]);
  const schema = Object.keys(inner).length === 0 ? { type: "string" } : inner;
  const set = (next: [string, unknown][]) => onChange(Object.fromEntries(next));
  return (
    <>
      {entries.map(([name, item], index) => (
        <div key={index} className="flex items-start gap-1">
          <div className="min-w-0 flex-1 space-y-1.5">
            <input
              aria-label={`Name of entry ${index + 1} of ${field.label}`}
              defaultValue={name}
              disabled={context.disabled}
              onBlur={(event) => {
                const renamed = event.target.value.trim();
                if (renamed === "" || renamed === name) event.target.value = name;
                else set(entries.map((entry, at) => (at === index ? [renamed, entry[1]] : entry)));
              }}
              className={cx(controlClass, "h-9 px-3 font-mono text-small")}
            />
            <ValueField
              field={{ ...fieldSpec(name, schema, true, context.root), label: `Value of ${name}` }}
              path={`${path}.${name}`}
              value={item}
              onChange={(next) => set(entries.map((entry, at) => (at === index ? [name, next ?? ""] : entry)))}
              context={context}
            />
          </div>
          {!context.disabled && (
            <IconButton label={`Remove ${name}`} onClick={() => set(entries.filter((_, at) => at !== index))}>
              <Trash2 aria-hidden />
            </IconButton>
          )}
        </div>
      ))}
      {!context.disabled && (
        <Button size="small" variant="secondary" onClick={() => set([...entries, [freeName(entries.map(([name]) => name)), ""]])}>
          <Plus aria-hidden /> Add
        </Button>
      )}
    </>
  );
}
