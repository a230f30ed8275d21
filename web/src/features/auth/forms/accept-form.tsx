import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { zodResolver } from "@hookform/resolvers/zod";
import { applyProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { FormError, TextField } from "@/components/ui/field";
import { acceptInvitation } from "../api";
import { PasswordRules } from "../components/password-rules";
import { PasswordField } from "./password-field";
import { acceptSchema, type AcceptValues, passwordHint } from "./schemas";

interface AcceptFormProps {
  token: string;
  email: string;
  dealership: string;
  name: string;
  /** They have an account in the group: they prove it with its password. */
  known: boolean;
  onDone: () => void;
}

export function AcceptForm({ token, email, dealership, name, known, onDone }: AcceptFormProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<AcceptValues>({ resolver: zodResolver(acceptSchema), defaultValues: { name, password: "" } });
  const { errors, isSubmitting } = form.formState;
  const typed = useWatch({ control: form.control });
  const submit = form.handleSubmit(async (values) => {
    setProblem(null);
    try {
      await acceptInvitation({ token, ...values });
      onDone();
    } catch (error) {
      setProblem(applyProblem(error, ["name", "password"], form.setError));
    }
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <FormError>{problem}</FormError>
      <TextField label="E-mail" type="email" value={email} readOnly disabled autoComplete="username" />
      <TextField label="Your name" autoComplete="name" error={errors.name?.message} {...form.register("name")} />
      <PasswordField
        label={known ? "Your Auterity password" : "Password"}
        hint={known ? "The one that you sign in with already." : passwordHint}
        autoComplete={known ? "current-password" : "new-password"} error={errors.password?.message} {...form.register("password")} />
      {!known && <PasswordRules password={typed.password ?? ""} personal={[email, typed.name ?? "", dealership]} />}
      <Button type="submit" busy={isSubmitting}>
        Join the team
      </Button>
    </form>
  );
}
