import { useRef, useState } from "react";
import { Combobox, ComboboxInput, ComboboxOption, ComboboxOptions, Menu, MenuButton, MenuItem, MenuItems } from "@headlessui/react";
import { Braces } from "lucide-react";
import { cx } from "@/lib/cx";
import { makeExpression, sourceOf } from "@/lib/json-schema/expression";
import { matchPaths, type PathOption } from "@/lib/json-schema/paths";
import { controlClass } from "../ui/field";
import type { ControlIds } from "./literal-input";

interface ExpressionInputProps {
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

function PathLine({ option }: { option: PathOption }) {
  return (
    <>
      <span className="flex items-baseline gap-2">
        <span className="min-w-0 flex-1 truncate font-mono">{option.path}</span>
        {option.type !== null && <span className="shrink-0 text-faint">{option.type}</span>}
      </span>
      <span className="block truncate text-faint">
        {option.group}
        {option.hint !== null && ` · ${option.hint}`}
      </span>
    </>
  );
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

/** A text or formula, with a menu that puts a value where the cursor is. */
function SourceInput({ ids, mode, value, onChange, paths, disabled }: ExpressionInputProps & { mode: "tpl" | "cel" }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const source = sourceOf(value);
  const insert = (path: string) => {
    const piece = mode === "tpl" ? `{{ ${path} }}` : path;
    const at = area.current?.selectionStart ?? source.length;
    onChange(makeExpression(mode, source.slice(0, at) + piece + source.slice(area.current?.selectionEnd ?? at)));
    area.current?.focus();
  };
  return (
    <div className="relative">
      <textarea
        {...ids}
        ref={area}
        rows={mode === "tpl" ? Math.min(12, Math.max(3, source.split("\n").length + 1)) : 2}
        spellCheck={mode === "tpl"}
        disabled={disabled}
        value={source}
        placeholder={mode === "tpl" ? "Hello {{ steps.lead.output.first_name }}" : 'steps.lead.output.year >= 2020'}
        onChange={(event) => onChange(makeExpression(mode, event.target.value))}
        className={cx(controlClass, "px-3 pt-2 pb-9", mode === "cel" && "font-mono text-small")}
      />
      {!disabled && (
        <Menu>
          <MenuButton className="absolute bottom-2.5 left-2 flex h-6 items-center gap-1 rounded-small px-1.5 text-small text-muted hover:bg-hover hover:text-ink">
            <Braces aria-hidden className="size-3.5" /> Insert a value
          </MenuButton>
          <MenuItems
            anchor={{ to: "bottom start", gap: 4, padding: 8 }}
            className="z-50 max-h-72 w-80 overflow-y-auto rounded-large border border-line bg-surface p-1 shadow-float focus:outline-none"
          >
            {paths.slice(0, mostOptions).map((option) => (
              <MenuItem key={option.path}>
                <button type="button" onClick={() => insert(option.path)} className="block w-full rounded-medium px-2.5 py-1.5 text-left text-small data-focus:bg-hover">
                  <PathLine option={option} />
                </button>
              </MenuItem>
            ))}
          </MenuItems>
        </Menu>
      )}
    </div>
  );
}
