import { useState } from "react";
import { useForm } from "react-hook-form";
import { zodResolver } from "@hookform/resolvers/zod";
import { applyProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { FormError, TextField } from "@/components/ui/field";
import { signUp } from "../api";
import { signUpSchema, type SignUpValues } from "./schemas";

const names = ["group_name", "dealership_name", "name", "email"] as const;

export function SignUpForm({ onDone }: { onDone: (signupId: string, email: string) => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<SignUpValues>({
    resolver: zodResolver(signUpSchema),
    defaultValues: { group_name: "", dealership_name: "", name: "", email: "" },
  });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    setProblem(null);
    try {
      onDone(await signUp(values), values.email);
    } catch (error) {
      setProblem(applyProblem(error, names, form.setError));
    }
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <FormError>{problem}</FormError>
      <TextField
        label="Group name"
        hint="The company that owns your stores. A single store is a group of one."
        autoComplete="organization"
        error={errors.group_name?.message}
        {...form.register("group_name")}
      />
      <TextField label="Dealership name" hint="Your first rooftop." error={errors.dealership_name?.message} {...form.register("dealership_name")} />
      <TextField label="Your name" autoComplete="name" error={errors.name?.message} {...form.register("name")} />
      <TextField label="Work e-mail" type="email" autoComplete="email" error={errors.email?.message} {...form.register("email")} />
      <p className="text-small text-muted">We send a link to this address. You choose your password behind it.</p>
      <Button type="submit" busy={isSubmitting} className="mt-1">
        Continue
      </Button>
    </form>
  );
}
