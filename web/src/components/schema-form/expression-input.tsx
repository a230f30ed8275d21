import { useState } from "react";
import { Combobox, ComboboxInput, ComboboxOption, ComboboxOptions } from "@headlessui/react";
import { cx } from "@/lib/cx";
import { makeExpression, sourceOf } from "@/lib/json-schema/expression";
import { matchPaths, type PathOption } from "@/lib/json-schema/paths";
import { controlClass } from "../ui/field";
import type { ControlIds } from "./literal-input";
import { PathLine } from "./path-line";
import { SourceInput } from "./source-input";

export interface ExpressionInputProps {
  ids: ControlIds;
  mode: "ref" | "tpl" | "cel";
  value: unknown;
  onChange: (value: unknown) => void;
  paths: readonly PathOption[];
  disabled: boolean;
}

const mostOptions = 60;

export function ExpressionInput(props: ExpressionInputProps) {
  return props.mode === "ref" ? <PathInput {...props} /> : <SourceInput {...props} mode={props.mode} />;
}

/** A value of an earlier step, found by typing a part of its path. */
function PathInput({ ids, value, onChange, paths, disabled }: ExpressionInputProps) {
  const source = sourceOf(value);
  const [typed, setTyped] = useState<string | null>(null);
  const options = matchPaths(paths, typed ?? "").slice(0, mostOptions);
  const set = (path: string) => onChange(makeExpression("ref", path));
  return (
    <Combobox
      value={source}
      disabled={disabled}
      immediate
      onChange={(path: string | null) => {
        if (path !== null) set(path);
        setTyped(null);
      }}
    >
      <ComboboxInput
        {...ids}
        spellCheck={false}
        placeholder="steps.lead.output.email"
        displayValue={(path: string) => path}
        onChange={(event) => {
          setTyped(event.target.value);
          set(event.target.value);
        }}
        onBlur={() => setTyped(null)}
        className={cx(controlClass, "h-10 px-3 font-mono text-small md:h-9")}
      />
      <ComboboxOptions
        anchor={{ to: "bottom start", gap: 4, padding: 8 }}
        className="z-50 max-h-72 w-(--input-width) min-w-72 overflow-y-auto rounded-large border border-line bg-surface p-1 shadow-float empty:invisible"
      >
        {options.map((option) => (
          <ComboboxOption key={option.path} value={option.path} className="cursor-pointer rounded-medium px-2.5 py-1.5 text-small data-focus:bg-hover">
            <PathLine option={option} />
          </ComboboxOption>
        ))}
      </ComboboxOptions>
    </Combobox>
  );
}
