import type { ApprovalLinkView, ApprovalView } from "@/api/types";
import { ago, user } from "./people";

const form = {
  type: "object",
  required: ["new_price"],
  properties: {
    new_price: { type: "number", title: "New price", minimum: 1000, description: "In dollars, without fees." },
    reason: { type: "string", title: "Reason", enum: ["aged", "market", "condition"], "x-ui": { labels: { aged: "Too long on the lot", market: "Market moved", condition: "Condition" } } },
  },
};

const base: ApprovalView = {
  id: "ap1", title: "Lower the price of the 2023 Tacoma TRD?", body: "It has stood on the lot for 94 days. Two comparable trucks nearby sold for about $2,000 less last week.",
  facts: [{ label: "Vehicle", value: "2023 Toyota Tacoma TRD, stock T24187" }, { label: "Price now", value: "$41,900" }, { label: "Days on the lot", value: "94" }, { label: "Suggested price", value: "$39,750" }],
  form, state: "pending", assignee: { role: "manager" }, claimed_by: null, due_at: ago(-180), escalation_level: 0, execution_id: "e-approval", workflow: { id: "w1", name: "Aged-inventory price review" },
  step_id: "ask", lead_id: null, values: null, comment: null, decided_by: null, decided_at: null, decided_via: null, created_at: ago(42), can_decide: true,
};

export const approvals: ApprovalView[] = [
  base,
  { ...base, id: "ap2", title: "Offer $18,400 for Priya Raghunathan's 2019 CR-V?", body: "", form: null, facts: [{ label: "Offer", value: "$18,400" }, { label: "Book value", value: "$17,900" }], due_at: ago(25), escalation_level: 1, assignee: { user: { id: "u2", name: "Marcus Bell" } }, claimed_by: { id: "u2", name: "Marcus Bell" }, can_decide: false, workflow: { id: "w2", name: "Trade-in offer" }, lead_id: "l1", created_at: ago(300) },
  { ...base, id: "ap3", title: "Send the recall notice to 214 owners?", body: "The campaign ends in March.", form: null, facts: [{ label: "Owners", value: "214" }], state: "approved", comment: "Go ahead, the parts are here.", decided_by: { id: user.id, name: user.name }, decided_at: ago(900), decided_via: "link", due_at: null, can_decide: false, workflow: { id: "w2", name: "Recall notice" }, created_at: ago(1200) },
  { ...base, id: "ap4", title: "Lower the price of the 2022 Camry?", state: "rejected", comment: "We have a buyer coming on Saturday.", decided_by: { id: "u2", name: "Marcus Bell" }, decided_at: ago(2000), decided_via: "app", can_decide: false, created_at: ago(2300) },
];

const link: ApprovalLinkView = {
  tenant_name: "Sunrise Toyota", name: "Marcus Bell", title: base.title, body: base.body, facts: base.facts, form, state: "pending", used: false, expires_at: ago(-3000), due_at: base.due_at ?? null, can_decide: true,
};

export const approvalLinks: Record<string, ApprovalLinkView> = {
  open: link,
  used: { ...link, used: true, can_decide: false },
  old: { ...link, expires_at: ago(10), can_decide: false },
  late: { ...link, state: "expired" },
  gone: { ...link, state: "cancelled" },
  decided: { ...link, state: "approved", decided_by: "Maya Okafor", decided_at: ago(60), comment: "Fine." },
};
