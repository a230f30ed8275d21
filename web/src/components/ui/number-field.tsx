import type { ComponentProps } from "react";
import { TextField } from "./field";

interface NumberFieldProps extends Omit<ComponentProps<typeof TextField>, "value" | "onChange" | "type"> {
  value: number | null | undefined;
  onChange: (value: number | null) => void;
}

/** A number that may be left out. */
export function NumberField({ value, onChange, ...rest }: NumberFieldProps) {
  return (
    <TextField
      {...rest}
      type="number"
      value={value ?? ""}
      onChange={(event) => {
        const next = event.target.valueAsNumber;
        onChange(Number.isNaN(next) ? null : next);
      }}
    />
  );
}
