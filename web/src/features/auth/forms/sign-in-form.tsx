import { useState } from "react";
import { useForm } from "react-hook-form";
import { Link } from "react-router";
import { zodResolver } from "@hookform/resolvers/zod";
import { applyProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { FormError, TextField } from "@/components/ui/field";
import { rememberedTenant, tenantFromHost } from "@/lib/tenant-address";
import { signIn } from "../api";
import { PasswordField } from "./password-field";
import { signInSchema, type SignInValues } from "./schemas";

export function SignInForm({ onDone }: { onDone: () => void }) {
  const host = tenantFromHost(location.hostname);
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<SignInValues>({
    resolver: zodResolver(signInSchema),
    defaultValues: { tenant: host ?? rememberedTenant(), email: "", password: "" },
  });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    setProblem(null);
    try {
      await signIn(values);
      onDone();
    } catch (error) {
      setProblem(applyProblem(error, ["tenant", "email", "password"], form.setError));
    }
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <FormError>{problem}</FormError>
      {host === null && (
        <TextField
          label="Dealership address"
          hint="The short name in your dealership's Auterity address."
          placeholder="sunrise-toyota"
          autoComplete="organization"
          autoCapitalize="none"
          spellCheck={false}
          error={errors.tenant?.message}
          {...form.register("tenant")}
        />
      )}
      <TextField label="E-mail" type="email" autoComplete="username" error={errors.email?.message} {...form.register("email")} />
      <PasswordField label="Password" autoComplete="current-password" error={errors.password?.message} {...form.register("password")} />
      <Button type="submit" busy={isSubmitting} className="mt-1">
        Sign in
      </Button>
      <Link to="/forgotten-password" className="self-center text-small font-medium text-accent-ink hover:underline">
        Forgotten your password?
      </Link>
    </form>
  );
}
