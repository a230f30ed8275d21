import { use } from "react";
import { type NodeProps, NodeResizer, NodeToolbar, Position } from "@xyflow/react";
import { Trash2 } from "lucide-react";
import { cx } from "@/lib/cx";
import { type NoteColor, noteColors } from "@/lib/graph/definition";
import { NoteEditsContext } from "./note-edits";
import type { NoteNode } from "./to-flow";

const paper: Record<NoteColor, string> = {
  yellow: "bg-waiting-soft border-waiting/35",
  blue: "bg-running-soft border-running/35",
  green: "bg-success-soft border-success/35",
  pink: "bg-failure-soft border-failure/35",
  gray: "bg-hover border-line-strong",
};
const dots: Record<NoteColor, string> = { yellow: "bg-waiting", blue: "bg-running", green: "bg-success", pink: "bg-failure", gray: "bg-faint" };
const mostText = 4000;

function colorOf(value: unknown): NoteColor {
  return noteColors.find((color) => color === value) ?? "yellow";
}

export function NoteNodeView({ data, selected }: NodeProps<NoteNode>) {
  const { note, editable } = data;
  const edits = use(NoteEditsContext);
  const writing = edits !== null && edits.writing === note.id;
  const color = colorOf(note.color);
  const changeable = editable && edits !== null;
  const finish = (text: string) => {
    edits?.open(null);
    if (text !== note.text) edits?.write(note.id, text);
  };
  return (
    <>
      {changeable && (
        <NodeResizer
          isVisible={selected}
          minWidth={140}
          minHeight={72}
          lineClassName="border-accent!"
          handleClassName="size-2.5! rounded-full! border-accent! bg-surface!"
          onResizeEnd={(_event, { x, y, width, height }) => edits.resize(note.id, { x, y, width, height })}
        />
      )}
      <NodeToolbar {...(changeable ? {} : { isVisible: false })} position={Position.Top} offset={8}>
        <div role="group" aria-label="Note" className="flex items-center gap-1 rounded-medium border border-line bg-surface p-1 shadow-float">
          {noteColors.map((name) => (
            <button
              key={name}
              type="button"
              aria-label={`Colour ${name}`}
              aria-pressed={name === color}
              onClick={() => edits?.color(note.id, name)}
              className={cx("flex size-7 items-center justify-center rounded-small hover:bg-hover", name === color && "bg-hover ring-1 ring-line-strong")}
            >
              <span className={cx("size-4 rounded-full", dots[name])} />
            </button>
          ))}
          <button type="button" aria-label="Delete the note" onClick={() => edits?.remove(note.id)} className="flex size-7 items-center justify-center rounded-small text-failure hover:bg-hover">
            <Trash2 aria-hidden className="size-4" />
          </button>
        </div>
      </NodeToolbar>
      <div className={cx("note h-full w-full overflow-hidden rounded-medium border p-3 text-small text-ink", paper[color], selected && "ring-2 ring-accent/40")}>
        {writing ? (
          <textarea
            aria-label="Text of the note"
            autoFocus
            defaultValue={note.text}
            maxLength={mostText}
            onBlur={(event) => finish(event.target.value)}
            onKeyDown={(event) => {
              event.stopPropagation();
              if (event.key === "Escape") finish(event.currentTarget.value);
            }}
            className="nodrag nopan nowheel h-full w-full resize-none bg-transparent outline-none"
          />
        ) : (
          <div className="h-full overflow-y-auto break-words whitespace-pre-wrap">
            {note.text === "" ? <span className="text-faint">{changeable ? "Double-click or press Enter to write" : "Empty note"}</span> : note.text}
          </div>
        )}
      </div>
    </>
  );
}
