import { useState } from "react";
import { TextAreaField } from "@/components/ui/field";

interface JsonFieldProps {
  label: string;
  hint?: string;
  value: unknown;
  rows?: number;
  /** The value, or `undefined` while what is typed isn't JSON. */
  onChange: (value: unknown) => void;
}

/** A value as JSON that can be edited; it says when what is typed isn't JSON. */
export function JsonField({ label, hint, value, rows = 7, onChange }: JsonFieldProps) {
  const [text, setText] = useState(() => JSON.stringify(value ?? null, null, 2));
  const [bad, setBad] = useState(false);
  const change = (next: string) => {
    setText(next);
    try {
      onChange(JSON.parse(next));
      setBad(false);
    } catch {
      onChange(undefined);
      setBad(true);
    }
  };
  return (
    <TextAreaField
      label={label}
      hint={hint}
      rows={rows}
      spellCheck={false}
      className="font-mono text-small"
      value={text}
      error={bad ? "This isn't JSON. Names and texts stand in double quotes." : undefined}
      onChange={(event) => change(event.target.value)}
    />
  );
}
