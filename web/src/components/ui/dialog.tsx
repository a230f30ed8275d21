import type { ReactNode } from "react";
import { Dialog as HeadlessDialog, DialogBackdrop, DialogPanel, DialogTitle } from "@headlessui/react";
import { X } from "lucide-react";
import { cx } from "@/lib/cx";
import { Button, IconButton } from "./button";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  wide?: boolean;
}

export function Dialog({ open, onClose, title, children, wide = false }: DialogProps) {
  return (
    <HeadlessDialog open={open} onClose={onClose} className="relative z-50">
      <DialogBackdrop transition className="fixed inset-0 bg-[#1a1712]/45 transition-opacity duration-150 data-closed:opacity-0" />
      <div className="fixed inset-0 flex items-end justify-center overflow-y-auto p-3 sm:items-center sm:p-6">
        <DialogPanel
          transition
          className={cx(
            "w-full rounded-large bg-surface shadow-float transition duration-150 data-closed:translate-y-2 data-closed:opacity-0 dark:border dark:border-line",
            wide ? "max-w-2xl" : "max-w-md",
          )}
        >
          <header className="flex items-center justify-between gap-4 py-3 pr-3 pl-5">
            <DialogTitle className="text-title font-semibold">{title}</DialogTitle>
            <IconButton label="Close" onClick={onClose}>
              <X aria-hidden />
            </IconButton>
          </header>
          <div className="px-5 pb-5">{children}</div>
        </DialogPanel>
      </div>
    </HeadlessDialog>
  );
}

interface SheetProps {
  open: boolean;
  onClose: () => void;
  label: string;
  children: ReactNode;
}

/** A panel from the bottom edge, for phones. What is in it brings its own heading. */
export function Sheet({ open, onClose, label, children }: SheetProps) {
  return (
    <HeadlessDialog open={open} onClose={onClose} aria-label={label} className="relative z-50">
      <DialogBackdrop transition className="fixed inset-0 bg-[#1a1712]/45 transition-opacity duration-150 data-closed:opacity-0" />
      <DialogPanel transition className="fixed inset-x-0 bottom-0 h-[75dvh] overflow-hidden rounded-t-large bg-surface shadow-float transition duration-150 data-closed:translate-y-4 data-closed:opacity-0">
        {children}
      </DialogPanel>
    </HeadlessDialog>
  );
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  children: ReactNode;
  action: string;
  danger?: boolean;
  busy?: boolean;
}

export function Confirm({ open, onClose, onConfirm, title, children, action, danger = false, busy = false }: ConfirmProps) {
  return (
    <Dialog open={open} onClose={onClose} title={title}>
      <div className="text-muted">{children}</div>
      <div className="mt-5 flex justify-end gap-2">
        <Button variant="secondary" onClick={onClose}>
          Cancel
        </Button>
        <Button variant={danger ? "danger" : "primary"} busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
