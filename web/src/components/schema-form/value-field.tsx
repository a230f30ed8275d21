import { ChevronDown, Link2, Sigma, TextCursorInput, Type } from "lucide-react";
import { convert, modeOf, sourceOf, type ValueMode } from "@/lib/json-schema/expression";
import { type FieldSpec, isOptional } from "@/lib/json-schema/fields";
import { Field } from "../ui/field";
import { Menu } from "../ui/menu";
import { ExpressionInput } from "./expression-input";
import { LiteralInput } from "./literal-input";
import { GroupField, isGroup } from "./group-field";
import { Preview } from "./preview";
import type { FormContext } from "./schema-form";

const modes = {
  literal: { label: "Fixed value", icon: Type },
  ref: { label: "From a step", icon: Link2 },
  tpl: { label: "Text with values", icon: TextCursorInput },
  cel: { label: "Formula", icon: Sigma },
} as const;

function modesFor(field: FieldSpec): ValueMode[] {
  const textual = field.kind === "text" || field.kind === "multiline" || field.kind === "email" || field.kind === "url";
  return textual ? ["literal", "tpl", "ref", "cel"] : ["literal", "ref", "cel"];
}

interface ModeMenuProps {
  field: FieldSpec;
  mode: ValueMode;
  onMode: (mode: ValueMode) => void;
}

export function ModeMenu({ field, mode, onMode }: ModeMenuProps) {
  const Icon = modes[mode].icon;
  return (
    <Menu
      label={`How ${field.label} is given: ${modes[mode].label}`}
      buttonClassName="h-6 gap-1 rounded-small px-1.5 text-small text-muted hover:bg-hover hover:text-ink"
      actions={modesFor(field).map((item) => ({ label: modes[item].label, icon: modes[item].icon, onSelect: () => onMode(item) }))}
    >
      <Icon aria-hidden className="size-3.5" />
      {modes[mode].label}
      <ChevronDown aria-hidden className="size-3.5" />
    </Menu>
  );
}

export interface ValueFieldProps {
  field: FieldSpec;
  path: string;
  value: unknown;
  onChange: (value: unknown) => void;
  context: FormContext;
}

/** One value: given as itself, or as an expression where that is allowed. */
export function ValueField({ field, path, value, onChange, context }: ValueFieldProps) {
  const mode = modeOf(value);
  const error = context.errors[path];
  const aside =
    context.paths === null || context.disabled ? null : (
      <ModeMenu field={field} mode={mode} onMode={(next) => onChange(convert(value, next))} />
    );
  if (mode === "literal" && isGroup(field)) {
    return <GroupField field={field} path={path} value={value} onChange={onChange} context={context} aside={aside} />;
  }
  return (
    <Field label={field.label} hint={field.hint ?? undefined} error={error} aside={aside} optional={isOptional(field)}>
      {(ids) =>
        mode === "literal" ? (
          <LiteralInput ids={ids} field={field} value={value} onChange={onChange} disabled={context.disabled} />
        ) : (
          <>
            <ExpressionInput ids={ids} mode={mode} value={value} onChange={onChange} paths={context.paths ?? []} disabled={context.disabled} />
            {context.preview != null && error === undefined && <Preview mode={mode} source={sourceOf(value)} preview={context.preview} />}
          </>
        )
      }
    </Field>
  );
}
