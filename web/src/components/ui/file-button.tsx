import { type ReactNode, useId } from "react";
import { cx } from "@/lib/cx";
import { buttonClass } from "./button";

interface FileButtonProps {
  accept: string;
  onFile: (file: File) => void;
  children: ReactNode;
}

/** Chooses one file from this computer. */
export function FileButton({ accept, onFile, children }: FileButtonProps) {
  const id = useId();
  return (
    <>
      <input
        id={id}
        type="file"
        accept={accept}
        className="peer sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file may be chosen again after it was mended.
          event.target.value = "";
          if (file !== undefined) onFile(file);
        }}
      />
      <label htmlFor={id} className={cx(buttonClass("secondary"), "cursor-pointer peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-accent")}>
        {children}
      </label>
    </>
  );
}
