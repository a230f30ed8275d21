import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { ChevronDown, CircleAlert } from "lucide-react";
import { cx } from "@/lib/cx";

export const controlClass =
  "w-full rounded-medium border border-line-strong bg-surface text-base text-ink transition-colors hover:border-faint focus:border-accent focus:outline-2 focus:outline-offset-0 focus:outline-accent/30 disabled:bg-sunken disabled:text-muted aria-invalid:border-failure";

interface FieldText {
  label: ReactNode;
  hint?: ReactNode | undefined;
  error?: string | undefined;
  aside?: ReactNode;
  optional?: boolean;
}

interface FieldProps extends FieldText {
  children: (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode;
}

/** A label, a control, a hint and an error that screen readers find together. */
export function Field({ label, hint, error, aside, optional = false, children }: FieldProps) {
  const id = useId();
  const described = [hint === undefined ? null : `${id}-hint`, error === undefined ? null : `${id}-error`].filter(
    (value) => value !== null,
  );
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex min-h-6 items-center justify-between gap-2">
        <label htmlFor={id} className="text-small font-medium text-ink">
          {label}
          {optional && <span className="font-normal text-faint"> (optional)</span>}
        </label>
        {aside}
      </div>
      {children({
        id,
        ...(described.length > 0 ? { "aria-describedby": described.join(" ") } : {}),
        ...(error === undefined ? {} : { "aria-invalid": true }),
      })}
      {error !== undefined && <FieldError id={`${id}-error`}>{error}</FieldError>}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-small text-faint">
          {hint}
        </p>
      )}
    </div>
  );
}

export function FieldError({ id, children }: { id?: string; children: ReactNode }) {
  return (
    <p id={id} className="flex items-start gap-1.5 text-small text-failure">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>{children}</span>
    </p>
  );
}

type TextFieldProps = FieldText & InputHTMLAttributes<HTMLInputElement>;

export function TextField({ label, hint, error, aside, optional, className, ...rest }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} aside={aside} optional={optional ?? false}>
      {(ids) => <input {...ids} {...rest} className={cx(controlClass, "h-10 px-3 md:h-9", className)} />}
    </Field>
  );
}

type TextAreaFieldProps = FieldText & TextareaHTMLAttributes<HTMLTextAreaElement>;

export function TextAreaField({ label, hint, error, aside, optional, className, ...rest }: TextAreaFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} aside={aside} optional={optional ?? false}>
      {(ids) => <textarea rows={4} {...ids} {...rest} className={cx(controlClass, "px-3 py-2", className)} />}
    </Field>
  );
}

type SelectFieldProps = FieldText & SelectHTMLAttributes<HTMLSelectElement>;

export function SelectField({ label, hint, error, aside, optional, children, ...rest }: SelectFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} aside={aside} optional={optional ?? false}>
      {(ids) => (
        <Select {...ids} {...rest}>
          {children}
        </Select>
      )}
    </Field>
  );
}

export function Select({ className, children, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <span className="relative block">
      <select {...rest} className={cx(controlClass, "h-10 appearance-none truncate pr-9 pl-3 md:h-9", className)}>
        {children}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-faint" />
    </span>
  );
}

/** What went wrong with the whole form, above its fields. */
export function FormError({ children }: { children: string | null }) {
  if (children === null) return null;
  return (
    <div role="alert" className="flex items-start gap-2 rounded-medium bg-failure-soft px-3 py-2 text-small text-failure">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>{children}</span>
    </div>
  );
}
