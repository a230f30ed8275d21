import { useState } from "react";
import { cx } from "@/lib/cx";
import type { FieldSpec } from "@/lib/json-schema/fields";
import { controlClass, Select } from "../ui/field";

export interface ControlIds {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

interface LiteralInputProps {
  ids: ControlIds;
  field: FieldSpec;
  value: unknown;
  onChange: (value: unknown) => void;
  disabled: boolean;
}

function shown(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

const types = { email: "email", url: "url", time: "time", number: "number" } as const;

export function LiteralInput({ ids, field, value, onChange, disabled }: LiteralInputProps) {
  // Where a text is expected but something else stands, it is shown as what it is.
  if (typeof value === "object" && value !== null) return <JsonInput ids={ids} value={value} onChange={onChange} disabled={disabled} />;
  switch (field.kind) {
    case "multiline":
      return (
        <textarea
          {...ids}
          rows={4}
          disabled={disabled}
          placeholder={field.placeholder ?? undefined}
          value={shown(value)}
          onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
          className={cx(controlClass, "px-3 py-2")}
        />
      );
    case "choice":
      return (
        <Select
          {...ids}
          disabled={disabled}
          value={shown(value)}
          onChange={(event) => onChange(field.choices.find((choice) => String(choice.value) === event.target.value)?.value)}
        >
          <option value="">{field.required ? "Choose" : "None"}</option>
          {field.choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </Select>
      );
    case "boolean":
      return (
        <Select {...ids} disabled={disabled} value={typeof value === "boolean" ? String(value) : ""} onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value === "true")}>
          {!field.required && <option value="">Not set</option>}
          {field.required && typeof value !== "boolean" && <option value="">Choose</option>}
          <option value="true">Yes</option>
          <option value="false">No</option>
        </Select>
      );
    case "json":
    case "map":
    case "list":
    case "object":
      return <JsonInput ids={ids} value={value} onChange={onChange} disabled={disabled} />;
    default: {
      const kind = field.kind === "text" ? "text" : types[field.kind];
      return (
        <input
          {...ids}
          type={kind}
          placeholder={field.placeholder ?? undefined}
          disabled={disabled}
          value={shown(value)}
          {...(kind === "number" ? { step: field.schema["type"] === "integer" ? 1 : "any" } : {})}
          onChange={(event) => {
            const text = event.target.value;
            onChange(text === "" ? undefined : kind === "number" ? Number(text) : text);
          }}
          className={cx(controlClass, "h-10 px-3 md:h-9")}
        />
      );
    }
  }
}

/** Any value, written as JSON; the last good one is kept while a new one is being typed. */
function JsonInput({ ids, value, onChange, disabled }: Omit<LiteralInputProps, "field">) {
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const [bad, setBad] = useState(false);
  const change = (next: string) => {
    setText(next);
    if (next.trim() === "") {
      setBad(false);
      onChange(undefined);
      return;
    }
    try {
      onChange(JSON.parse(next));
      setBad(false);
    } catch {
      setBad(true);
    }
  };
  return (
    <>
      <textarea
        {...ids}
        {...(bad ? { "aria-invalid": true } : {})}
        rows={4}
        spellCheck={false}
        disabled={disabled}
        value={text}
        placeholder="JSON"
        onChange={(event) => change(event.target.value)}
        className={cx(controlClass, "px-3 py-2 font-mono text-small")}
      />
      {bad && <p className="text-small text-failure">This isn't JSON yet.</p>}
    </>
  );
}
