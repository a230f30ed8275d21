import { useState } from "react";
import { useForm } from "react-hook-form";
import { zodResolver } from "@hookform/resolvers/zod";
import { applyProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { FormError, TextAreaField, TextField } from "@/components/ui/field";
import { z } from "@/config/zod";
import { useCreateWorkflow } from "../api";

const schema = z.object({
  name: z.string().trim().min(1, "Give it a name.").max(120, "Use at most 120 characters."),
  description: z.string().trim().max(500, "Use at most 500 characters."),
});
type Values = z.infer<typeof schema>;

interface CreateDialogProps {
  open: boolean;
  onClose: () => void;
  onCreated: (id: string) => void;
}

export function CreateDialog({ open, onClose, onCreated }: CreateDialogProps) {
  const create = useCreateWorkflow();
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: { name: "", description: "" } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    setProblem(null);
    try {
      onCreated((await create.mutateAsync(values)).id);
    } catch (error) {
      setProblem(applyProblem(error, ["name", "description"], form.setError));
    }
  });
  return (
    <Dialog open={open} onClose={onClose} title="New workflow">
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <FormError>{problem}</FormError>
        <TextField label="Name" autoFocus placeholder="Answer weekend leads" error={errors.name?.message} {...form.register("name")} />
        <TextAreaField label="Description" optional rows={3} error={errors.description?.message} {...form.register("description")} />
        <div className="flex justify-end gap-2">
          <Button variant="secondary" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={isSubmitting}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
