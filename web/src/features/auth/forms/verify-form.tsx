import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { zodResolver } from "@hookform/resolvers/zod";
import { applyProblem } from "@/api/problem";
import type { SignupPreview } from "@/api/types";
import { Button } from "@/components/ui/button";
import { FormError, TextField } from "@/components/ui/field";
import { verifySignup } from "../api";
import { PasswordRules } from "../components/password-rules";
import { PasswordField } from "./password-field";
import { passwordHint, verifySchema, type VerifyValues } from "./schemas";

/** The reader of the mail says who they are: opening the link alone decides nothing. */
export function VerifyForm({ token, signup, onDone }: { token: string; signup: SignupPreview; onDone: () => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<VerifyValues>({ resolver: zodResolver(verifySchema), defaultValues: { name: signup.name, password: "" } });
  const { errors, isSubmitting } = form.formState;
  const { name, password } = useWatch({ control: form.control });
  const submit = form.handleSubmit(async (values) => {
    setProblem(null);
    try {
      await verifySignup({ token, ...values });
      onDone();
    } catch (error) {
      setProblem(applyProblem(error, ["name", "password"], form.setError));
    }
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <FormError>{problem}</FormError>
      <TextField label="E-mail" type="email" value={signup.email} readOnly disabled autoComplete="username" />
      <TextField label="Your name" autoComplete="name" error={errors.name?.message} {...form.register("name")} />
      <PasswordField label="Password" hint={passwordHint} autoComplete="new-password" error={errors.password?.message} {...form.register("password")} />
      <PasswordRules password={password ?? ""} personal={[signup.email, name ?? "", signup.dealership_name, signup.group_name]} />
      <Button type="submit" busy={isSubmitting} className="mt-1">
        Set up {signup.dealership_name}
      </Button>
    </form>
  );
}
