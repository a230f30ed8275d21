import { Check, Circle } from "lucide-react";
import { cx } from "@/lib/cx";
import { passwordRules } from "../model/password-rules";

/** The rules for a new password, each ticked off as it is met. */
export function PasswordRules({ password, personal }: { password: string; personal?: string[] }) {
  return (
    <ul aria-label="Rules for the password" className="-mt-2 flex flex-col gap-1">
      {passwordRules(password, personal).map(({ label, met }) => {
        const Icon = met ? Check : Circle;
        return (
          <li key={label} className={cx("flex items-center gap-2 text-small", met ? "text-success" : "text-muted")}>
            <Icon aria-hidden className={cx("shrink-0", met ? "size-4" : "mx-0.5 size-3")} />
            {label}
            <span className="sr-only">{met ? " (met)" : " (not met yet)"}</span>
          </li>
        );
      })}
    </ul>
  );
}
