import { type KeyboardEvent, useId, useRef, useState } from "react";
import { Menu, MenuButton, MenuItem, MenuItems } from "@headlessui/react";
import { Braces } from "lucide-react";
import { cx } from "@/lib/cx";
import { makeExpression, sourceOf } from "@/lib/json-schema/expression";
import type { PathOption } from "@/lib/json-schema/paths";
import { controlClass } from "../ui/field";
import { complete, completionsOf, wordAt } from "./completing";
import type { ExpressionInputProps } from "./expression-input";
import { PathLine } from "./path-line";

type Mode = "tpl" | "cel";

const mostOptions = 60;

interface Suggesting {
  cursor: number;
  active: number;
}

/** What is suggested at the cursor, and the keys that choose among it. */
function useSuggestions(source: string, mode: Mode, paths: readonly PathOption[], onComplete: (source: string, cursor: number) => void) {
  const [state, setState] = useState<Suggesting | null>(null);
  const word = state === null ? null : wordAt(source, state.cursor, mode);
  const options = completionsOf(paths, word);
  const active = Math.min(state?.active ?? 0, options.length - 1);
  const choose = (option: PathOption | undefined) => {
    if (state === null || word === null || option === undefined) return;
    const done = complete(source, state.cursor, word, option.path, mode);
    setState(null);
    onComplete(done.source, done.cursor);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (options.length === 0 || state === null) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move !== undefined) setState({ ...state, active: (active + move + options.length) % options.length });
    else if (event.key === "Enter" || event.key === "Tab") choose(options[active]);
    else if (event.key === "Escape") setState(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { options, active, choose, onKeyDown, at: (cursor: number) => setState({ cursor, active: 0 }), close: () => setState(null) };
}

/** A text or formula that completes paths while one types, with a menu that puts a value where the cursor is. */
export function SourceInput({ ids, mode, value, onChange, paths, disabled }: ExpressionInputProps & { mode: Mode }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const source = sourceOf(value);
  const put = (next: string, cursor: number) => {
    onChange(makeExpression(mode, next));
    area.current?.focus();
    requestAnimationFrame(() => area.current?.setSelectionRange(cursor, cursor));
  };
  const { options, active, choose, onKeyDown, at, close } = useSuggestions(source, mode, paths, put);
  const insert = (path: string) => {
    const piece = mode === "tpl" ? `{{ ${path} }}` : path;
    const start = area.current?.selectionStart ?? source.length;
    put(source.slice(0, start) + piece + source.slice(area.current?.selectionEnd ?? start), start + piece.length);
  };
  const open = options.length > 0;
  return (
    <div className="relative">
      <textarea
        {...ids}
        {...(open ? { "aria-activedescendant": `${listId}-${active}`, "aria-controls": listId } : {})}
        aria-autocomplete="list"
        ref={area}
        rows={mode === "tpl" ? Math.min(12, Math.max(3, source.split("\n").length + 1)) : 2}
        spellCheck={mode === "tpl"}
        disabled={disabled}
        value={source}
        placeholder={mode === "tpl" ? "Hello {{ steps.lead.output.first_name }}" : "steps.lead.output.year >= 2020"}
        onChange={(event) => {
          onChange(makeExpression(mode, event.target.value));
          at(event.target.selectionStart);
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
        className={cx(controlClass, "px-3 pt-2 pb-9", mode === "cel" && "font-mono text-small")}
      />
      {open && (
        <div id={listId} role="listbox" aria-label="Values" className="absolute inset-x-0 top-full z-50 mt-1 max-h-64 overflow-y-auto rounded-large border border-line bg-surface p-1 shadow-float">
          {options.map((option, index) => (
            // The keyboard stays in the text; the mouse chooses before the text loses it.
            <div
              key={option.path}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              onMouseDown={(event) => {
                event.preventDefault();
                choose(option);
              }}
              className={cx("cursor-pointer rounded-medium px-2.5 py-1.5 text-small", index === active && "bg-hover")}
            >
              <PathLine option={option} />
            </div>
          ))}
        </div>
      )}
      {!disabled && <InsertMenu paths={paths} onInsert={insert} />}
    </div>
  );
}

function InsertMenu({ paths, onInsert }: { paths: readonly PathOption[]; onInsert: (path: string) => void }) {
  return (
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
            <button type="button" onClick={() => onInsert(option.path)} className="block w-full rounded-medium px-2.5 py-1.5 text-left text-small data-focus:bg-hover">
              <PathLine option={option} />
            </button>
          </MenuItem>
        ))}
      </MenuItems>
    </Menu>
  );
}
