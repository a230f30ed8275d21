import { useState } from "react";
import { Check, Copy } from "lucide-react";
import { Button } from "./button";

interface CopyButtonProps {
  text: string;
  label?: string;
  /** The icon alone. */
  compact?: boolean;
}

export function CopyButton({ text, label = "Copy", compact = false }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1600);
  };
  return (
    <Button variant="secondary" size="small" aria-label={label} title={label} className={compact ? "px-2" : ""} onClick={() => void copy()}>
      {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
      <span aria-live="polite" className={compact ? "sr-only" : ""}>{copied ? "Copied" : "Copy"}</span>
    </Button>
  );
}
