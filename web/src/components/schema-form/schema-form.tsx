import { fieldsOf, type Schema } from "@/lib/json-schema/fields";
import type { PathOption } from "@/lib/json-schema/paths";
import type { PreviewSource } from "./preview";
import { ValueField } from "./value-field";

export interface FormContext {
  root: Schema;
  /** Places that expressions may refer to; null where only plain values are taken. */
  paths: readonly PathOption[] | null;
  /** Messages by path, e.g. "headers.accept". */
  errors: Readonly<Record<string, string>>;
  disabled: boolean;
  /** Real values to show what expressions give; absent where there are none. */
  preview?: PreviewSource | null;
}

interface SchemaFormProps {
  schema: Schema;
  value: Record<string, unknown>;
  onChange: (value: Record<string, unknown>) => void;
  context: FormContext;
  prefix?: string;
}

/** The value without a field that was emptied: an empty text isn't the same as none. */
function withField(value: Record<string, unknown>, name: string, next: unknown): Record<string, unknown> {
  const { [name]: _old, ...rest } = value;
  return next === undefined ? rest : { ...value, [name]: next };
}

/** A form made from a JSON Schema. */
export function SchemaForm({ schema, value, onChange, context, prefix = "" }: SchemaFormProps) {
  return (
    <div className="flex flex-col gap-4">
      {fieldsOf(schema, context.root).map((field) => (
        <ValueField
          key={field.name}
          field={field}
          path={`${prefix}${field.name}`}
          value={value[field.name]}
          onChange={(next) => onChange(withField(value, field.name, next))}
          context={context}
        />
      ))}
    </div>
  );
}
