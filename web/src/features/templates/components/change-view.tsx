import type { TemplateChange, TemplateChoice } from "@/api/types";
import { Pill } from "@/components/ui/status";
import { cx } from "@/lib/cx";
import { partName, valueText } from "../model/changes";

interface SideProps {
  title: string;
  value: unknown;
  chosen: boolean;
  /** Without it the side is only to look at. */
  onChoose?: (() => void) | undefined;
}

function Side({ title, value, chosen, onChoose }: SideProps) {
  const text = valueText(value);
  return (
    <div className={cx("flex min-w-0 flex-col rounded-medium border", chosen ? "border-accent ring-2 ring-accent/25" : "border-line")}>
      {onChoose === undefined ? <p className="px-3 pt-2 text-faint">{title}</p> : (
        <button
          type="button"
          role="radio"
          aria-checked={chosen}
          onClick={onChoose}
          className={cx("flex min-h-10 items-center gap-2 rounded-t-medium px-3 text-left font-medium hover:bg-hover", chosen && "text-accent-ink")}
        >
          <span aria-hidden className={cx("size-4 shrink-0 rounded-full border-2", chosen ? "border-accent bg-accent shadow-[inset_0_0_0_2px_var(--surface)]" : "border-line-strong")} />
          {title}
        </button>
      )}
      <pre className={cx("max-h-64 flex-1 overflow-auto px-3 pt-1 pb-2.5 font-sans break-words whitespace-pre-wrap", value == null && "text-faint italic")}>{text}</pre>
    </div>
  );
}

interface ChangeViewProps {
  change: TemplateChange;
  choice: TemplateChoice | null;
  onChoose: ((choice: TemplateChoice) => void) | null;
}

/** One part as it was, as the dealership has it and as the template has it now. */
export function ChangeView({ change, choice, onChoose }: ChangeViewProps) {
  const name = partName(change.path);
  return (
    <li className="space-y-2 px-4 py-4 text-small md:px-5">
      <p className="flex flex-wrap items-center gap-2">
        <span className="font-medium">{name}</span>
        {change.conflict && choice === null && <Pill tone="waiting">Choose one</Pill>}
        {change.conflict && choice !== null && <Pill tone="success">Chosen</Pill>}
      </p>
      <div role={onChoose === null ? undefined : "radiogroup"} aria-label={onChoose === null ? undefined : name} className="grid gap-2 md:grid-cols-3">
        <Side title="It was" value={change.base} chosen={false} />
        <Side title="Yours" value={change.mine} chosen={choice === "mine"} onChoose={onChoose === null ? undefined : () => onChoose("mine")} />
        <Side title="The new version" value={change.theirs} chosen={choice === "theirs"} onChoose={onChoose === null ? undefined : () => onChoose("theirs")} />
      </div>
    </li>
  );
}
