import { useEffect, useState } from "react";
import { useMutation } from "@tanstack/react-query";
import { MailCheck } from "lucide-react";
import { Button } from "@/components/ui/button";
import { FormError } from "@/components/ui/field";
import { resendSignup } from "../api";

const pauseSeconds = 30;

export function CheckMail({ signupId, email }: { signupId: string; email: string }) {
  const [left, setLeft] = useState(pauseSeconds);
  const resend = useMutation({ mutationFn: () => resendSignup(signupId), onSuccess: () => setLeft(pauseSeconds) });
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-start gap-3 rounded-medium bg-accent-soft p-4 text-accent-ink">
        <MailCheck aria-hidden className="mt-0.5 size-5 shrink-0" />
        <p className="min-w-0 text-small break-words">
          The mail to <strong>{email}</strong> has a link behind which you choose your password. It works once and for a day.
        </p>
      </div>
      <FormError>{resend.isError ? resend.error.message : null}</FormError>
      <p aria-live="polite" className="text-small text-muted">
        {resend.isSuccess ? "Sent again. Look in the spam folder too." : "Nothing there? Look in the spam folder, or have it sent again."}
      </p>
      <Button variant="secondary" busy={resend.isPending} disabled={left > 0} onClick={() => resend.mutate()}>
        {left > 0 ? `Send again in ${left} s` : "Send again"}
      </Button>
    </div>
  );
}
