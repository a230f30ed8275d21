import { useState } from "react";
import { useForm } from "react-hook-form";
import { zodResolver } from "@hookform/resolvers/zod";
import { applyProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { FormError, TextField } from "@/components/ui/field";
import { rememberedTenant, tenantFromHost } from "@/lib/tenant-address";
import { forgotPassword } from "../api";
import { forgottenSchema, type ForgottenValues } from "./schemas";

export function ForgottenForm({ onDone }: { onDone: (email: string) => void }) {
  const host = tenantFromHost(location.hostname);
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<ForgottenValues>({
    resolver: zodResolver(forgottenSchema),
    defaultValues: { tenant: host ?? rememberedTenant(), email: "" },
  });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    setProblem(null);
    try {
      await forgotPassword(values);
      onDone(values.email);
    } catch (error) {
      setProblem(applyProblem(error, ["tenant", "email"], form.setError));
    }
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <FormError>{problem}</FormError>
      {host === null && (
        <TextField label="Dealership address" placeholder="sunrise-toyota" autoCapitalize="none" spellCheck={false} error={errors.tenant?.message} {...form.register("tenant")} />
      )}
      <TextField label="E-mail" type="email" autoComplete="username" error={errors.email?.message} {...form.register("email")} />
      <Button type="submit" busy={isSubmitting}>
        Send a reset link
      </Button>
    </form>
  );
}
