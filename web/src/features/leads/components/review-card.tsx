import { useState } from "react";
import { useForm } from "react-hook-form";
import { zodResolver } from "@hookform/resolvers/zod";
import { Eye } from "lucide-react";
import { useMe, usePermission } from "@/api/me";
import { applyProblem } from "@/api/problem";
import type { LeadView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { FormError, TextField } from "@/components/ui/field";
import { useToast } from "@/components/ui/toast";
import { z } from "@/config/zod";
import { useUpdateLead } from "../api";

const schema = z.object({
  customer: z.object({
    name: z.string().trim().max(200, "Use at most 200 characters."),
    email: z.union([z.literal(""), z.email("Enter an e-mail address, like sam@buyer.com.")]),
    phone: z.string().trim().max(64, "Use at most 64 characters."),
  }),
});
const fields = ["customer.name", "customer.email", "customer.phone"] as const;
type Values = z.infer<typeof schema>;

/** Why a person has to look at the lead, and what they can make of it. */
export function ReviewCard({ lead }: { lead: LeadView }) {
  const may = usePermission("leads:write");
  const waits = lead.status === "needs_review";
  return (
    <section aria-label="Review" className="mb-4 rounded-large bg-unknown-soft px-4 py-3 text-unknown md:px-5">
      <p className="flex items-start gap-2.5">
        <Eye aria-hidden className="mt-0.5 size-5 shrink-0" />
        <span className="min-w-0 break-words">
          <strong className="font-semibold">Needs a person:</strong> {lead.review_reason}
        </span>
      </p>
      {lead.warnings.length > 0 && (
        <ul aria-label="What could not be understood" className="mt-2 list-disc pl-12 text-small">
          {lead.warnings.map((warning) => (
            <li key={`${warning.place} ${warning.message}`} className="break-words">
              {warning.message} <span className="opacity-75">({warning.place})</span>
            </li>
          ))}
        </ul>
      )}
      {may && waits && <ReviewForm lead={lead} />}
    </section>
  );
}

function ReviewForm({ lead }: { lead: LeadView }) {
  const me = useMe();
  const update = useUpdateLead(lead.id);
  const toast = useToast();
  const [problem, setProblem] = useState<string | null>(null);
  const known = lead.customer;
  const form = useForm<Values>({
    resolver: zodResolver(schema),
    defaultValues: { customer: { name: known?.name ?? "", email: known?.email ?? "", phone: known?.phone_display ?? "" } },
  });
  const { errors, isSubmitting } = form.formState;
  const take = form.handleSubmit(async ({ customer: typed }) => {
    setProblem(null);
    const customer = { name: typed.name || null, email: typed.email || null, phone: typed.phone || null };
    const named = Object.values(customer).some((value) => value !== null);
    try {
      await update.mutateAsync({ status: "new", ...(named ? { customer } : {}), ...(me === undefined ? {} : { assigned_to: me.user.id }) });
      toast({ title: "The lead is yours" });
    } catch (error) {
      setProblem(applyProblem(error, fields, form.setError));
    }
  });
  const dismiss = () => {
    update.mutate(
      { status: "lost" },
      {
        onSuccess: () => toast({ title: "Dismissed", action: { label: "Undo", onClick: () => update.mutate({ status: "needs_review" }) } }),
        onError: (error) => toast({ title: "The lead wasn't dismissed", detail: error.message, tone: "failure" }),
      },
    );
  };
  return (
    <form noValidate aria-label="Make it a lead" onSubmit={(event) => void take(event)} className="mt-3 rounded-medium border border-line bg-surface p-4 text-ink">
      <p className="mb-3 text-small text-muted">Read the raw lead below. Fill in who it is from, as far as it says, and take it.</p>
      <FormError>{problem}</FormError>
      <div className="grid gap-3 md:grid-cols-3">
        <TextField label="Name" autoComplete="off" error={errors.customer?.name?.message} {...form.register("customer.name")} />
        <TextField label="E-mail" type="email" autoComplete="off" error={errors.customer?.email?.message} {...form.register("customer.email")} />
        <TextField label="Phone" type="tel" autoComplete="off" error={errors.customer?.phone?.message} {...form.register("customer.phone")} />
      </div>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button type="submit" busy={isSubmitting}>
          Save and take it
        </Button>
        <Button variant="secondary" disabled={isSubmitting} onClick={dismiss}>
          Dismiss the lead
        </Button>
      </div>
    </form>
  );
}
