import { createContext, type ReactNode, use, useCallback, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { CheckCircle2, CircleX, Info, X } from "lucide-react";
import { toneText } from "./status";
import { cx } from "@/lib/cx";

export interface ToastContent {
  title: string;
  detail?: string | undefined;
  tone?: "success" | "failure" | "accent";
  /** The next step. */
  action?: { label: string; to: string } | { label: string; onClick: () => void };
}

interface Toast extends ToastContent {
  id: number;
}

const ToastContext = createContext<(toast: ToastContent) => void>(() => undefined);
const stayMilliseconds = 7000;
const icons = { success: CheckCircle2, failure: CircleX, accent: Info };

export function useToast(): (toast: ToastContent) => void {
  return use(ToastContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const next = useRef(0);
  const remove = useCallback((id: number) => setToasts((list) => list.filter((toast) => toast.id !== id)), []);
  const show = useCallback(
    (content: ToastContent) => {
      next.current += 1;
      const id = next.current;
      setToasts((list) => [...list.slice(-2), { ...content, id }]);
      setTimeout(() => remove(id), stayMilliseconds);
    },
    [remove],
  );
  const list = useMemo(() => toasts, [toasts]);
  return (
    <ToastContext value={show}>
      {children}
      <div
        role="region"
        aria-label="Messages"
        aria-live="polite"
        className="pointer-events-none fixed inset-x-3 bottom-20 z-60 flex flex-col items-center gap-2 md:inset-x-auto md:right-5 md:bottom-5 md:items-end"
      >
        {list.map((toast) => (
          <ToastCard key={toast.id} toast={toast} onClose={() => remove(toast.id)} />
        ))}
      </div>
    </ToastContext>
  );
}

function ToastCard({ toast, onClose }: { toast: Toast; onClose: () => void }) {
  const tone = toast.tone ?? "success";
  const Icon = icons[tone];
  const link = "text-small font-semibold text-accent-ink hover:underline";
  return (
    <div className="pointer-events-auto flex w-full max-w-sm items-start gap-3 rounded-large border border-line bg-surface py-3 pr-2 pl-4 shadow-float">
      <Icon aria-hidden className={cx("mt-0.5 size-5 shrink-0", toneText[tone])} />
      <div className="min-w-0 flex-1">
        <p className="text-small font-semibold break-words">{toast.title}</p>
        {toast.detail !== undefined && <p className="line-clamp-3 text-small break-words text-muted">{toast.detail}</p>}
        {toast.action !== undefined &&
          ("to" in toast.action ? (
            <Link to={toast.action.to} onClick={onClose} className={link}>
              {toast.action.label}
            </Link>
          ) : (
            <button type="button" className={link} onClick={() => { if (toast.action !== undefined && "onClick" in toast.action) toast.action.onClick(); onClose(); }}>
              {toast.action.label}
            </button>
          ))}
      </div>
      <button type="button" aria-label="Dismiss" onClick={onClose} className="rounded-small p-1 text-faint hover:bg-hover hover:text-ink">
        <X aria-hidden className="size-4" />
      </button>
    </div>
  );
}
