import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { zodResolver } from "@hookform/resolvers/zod";
import { applyProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { FormError, SelectField, TextField } from "@/components/ui/field";
import { useToast } from "@/components/ui/toast";
import { z } from "@/config/zod";
import { useInvite } from "../api";
import { roles } from "./roles";

const schema = z.object({
  name: z.string().trim().min(1, "Enter their name.").max(120, "Use at most 120 characters."),
  email: z.email("Enter an e-mail address, like sam@dealership.com."),
  role: z.enum(["user", "manager", "dealership_admin"]),
});
type Values = z.infer<typeof schema>;

export function InviteDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Invite a person">
      <InviteForm onClose={onClose} />
    </Dialog>
  );
}

function InviteForm({ onClose }: { onClose: () => void }) {
  const invite = useInvite();
  const toast = useToast();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: { name: "", email: "", role: "user" } });
  const role = useWatch({ control: form.control, name: "role" });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    setProblem(null);
    try {
      await invite.mutateAsync(values);
      toast({ title: `Invitation sent to ${values.email}` });
      onClose();
    } catch (error) {
      setProblem(applyProblem(error, ["name", "email", "role"], form.setError));
    }
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <FormError>{problem}</FormError>
      <TextField label="Name" autoFocus error={errors.name?.message} {...form.register("name")} />
      <TextField label="E-mail" type="email" error={errors.email?.message} {...form.register("email")} />
      <SelectField label="Role" hint={roles.find((item) => item.value === role)?.hint} error={errors.role?.message} {...form.register("role")}>
        {roles.map((item) => (
          <option key={item.value} value={item.value}>
            {item.label}
          </option>
        ))}
      </SelectField>
      <div className="flex justify-end gap-2">
        <Button variant="secondary" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" busy={isSubmitting}>
          Send invitation
        </Button>
      </div>
    </form>
  );
}
