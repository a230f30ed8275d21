import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { zodResolver } from "@hookform/resolvers/zod";
import { applyProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { FormError } from "@/components/ui/field";
import { resetPassword } from "../api";
import { PasswordRules } from "../components/password-rules";
import { PasswordField } from "./password-field";
import { passwordHint, resetSchema, type ResetValues } from "./schemas";

export function ResetForm({ token, onDone }: { token: string; onDone: () => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<ResetValues>({ resolver: zodResolver(resetSchema), defaultValues: { password: "" } });
  const { errors, isSubmitting } = form.formState;
  const { password: typed } = useWatch({ control: form.control });
  const submit = form.handleSubmit(async ({ password }) => {
    setProblem(null);
    try {
      await resetPassword({ token, password });
      onDone();
    } catch (error) {
      setProblem(applyProblem(error, ["password"], form.setError));
    }
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <FormError>{problem}</FormError>
      <PasswordField label="New password" hint={passwordHint} autoComplete="new-password" error={errors.password?.message} {...form.register("password")} />
      <PasswordRules password={typed ?? ""} />
      <Button type="submit" busy={isSubmitting}>
        Save the password
      </Button>
    </form>
  );
}
