import type { CustomerView, LeadSummary, LeadView } from "@/api/types";
import { ago } from "./people";

interface Seed {
  id: string;
  name: string | null;
  vehicle: string | null;
  source: string;
  status: LeadSummary["status"];
  minutes: number;
  seconds: number | null;
  review?: string;
}

const seeds: Seed[] = [
  { id: "l1", name: "Angela Moreno", vehicle: "2024 Toyota RAV4 XLE", source: "AutoTrader", status: "contacted", minutes: 4, seconds: 9 },
  { id: "l2", name: "Robert Hale", vehicle: "2025 Toyota Camry SE", source: "Cars.com", status: "new", minutes: 23, seconds: null },
  { id: "l3", name: "Jin-woo Park", vehicle: "2023 Toyota Tacoma TRD Off-Road", source: "Dealer website", status: "working", minutes: 71, seconds: 11 },
  { id: "l4", name: null, vehicle: "2022 Toyota Highlander", source: "Cars.com", status: "needs_review", minutes: 240, seconds: null, review: "Neither an e-mail address nor a phone number" },
  { id: "l5", name: "Sheila Abernathy-Vanderbilt", vehicle: "2021 Honda CR-V Touring", source: "CarGurus", status: "sold", minutes: 1700, seconds: 8 },
  { id: "l6", name: "Omar Haddad", vehicle: null, source: "Dealer website", status: "lost", minutes: 3100, seconds: 14 },
];

export const leads: LeadSummary[] = seeds.map((seed) => ({
  id: seed.id,
  status: seed.status,
  source: seed.source,
  customer: seed.name === null ? null : { id: `c-${seed.id}`, name: seed.name },
  vehicle: seed.vehicle === null ? null : { id: `v-${seed.id}`, label: seed.vehicle },
  interest: "buy",
  received_at: ago(seed.minutes),
  first_response_at: seed.seconds === null ? null : ago(seed.minutes),
  response_seconds: seed.seconds,
  assigned_to: null,
  execution_id: seed.id === "l1" ? "e-live" : seed.id === "l2" ? "e-unknown" : "e-done",
  review_reason: seed.review ?? null,
}));

const raw = `<?xml version="1.0"?>
<adf>
  <prospect>
    <requestdate>2026-11-21T14:20:00-06:00</requestdate>
    <vehicle interest="buy" status="new"><year>2024</year><make>Toyota</make><model>RAV4</model></vehicle>
    <customer><contact><name part="full">Angela Moreno</name><email>angela.moreno@example.com</email></contact></customer>
  </prospect>
</adf>`;

export function leadView(lead: LeadSummary): LeadView {
  const name = lead.customer?.name ?? "";
  const [first = "", ...rest] = name.split(" ");
  const customer: CustomerView | null =
    lead.customer == null
      ? null
      : { id: lead.customer.id, name, first_name: first, last_name: rest.join(" "), email: `${first.toLowerCase()}@example.com`, phone: "+13125550148", phone_display: "(312) 555-0148", created_at: lead.received_at };
  return {
    ...lead,
    customer,
    vehicles:
      lead.vehicle == null
        ? []
        : [
            {
              id: lead.vehicle.id, label: lead.vehicle.label, year: 2024, make: "Toyota", model: "RAV4", trim: "XLE", vin: "2T3P1RFV5RC412345", vin_valid: false,
              stock_number: "T4821", condition: "new", price: 34995, price_currency: "USD", interest: "buy",
              stated: { label: lead.vehicle.label, year: 2024, make: "Toyota", model: "Rav 4", trim: "XLE", stock_number: "t-4821", condition: "new", exterior_color: "Blue", price: 34995, offer: 32500, price_currency: "USD" },
            },
          ],
    comments: "Is the blue one still there? I could come by on Saturday morning. I have a 2016 Rogue to trade.",
    warnings: lead.status === "needs_review" ? [{ place: "customer/phone", message: "call me is no phone number" }] : [],
    raw,
    raw_content_type: "application/x-adf+xml",
    ai: { summary: `${first === "" ? "Someone" : first} wants to see the RAV4 on Saturday morning and has a 2016 Rogue to trade in.`, intent: "Visit", trade_in: "2016 Nissan Rogue" },
    messages:
      lead.response_seconds == null
        ? []
        : [
            {
              id: `m-${lead.id}`,
              channel: "email",
              direction: "outbound",
              to: customer?.email ?? "",
              subject: "Your RAV4 at Sunrise Toyota",
              text: `Hi ${first},\n\nyes, the blue 2024 RAV4 XLE is here, and Saturday morning works. Would 9:30 or 11:00 suit you better?\n\nBring the Rogue along and we'll value it while you drive.\n\nSunrise Toyota`,
              status: "sent",
              sent_at: lead.first_response_at ?? null,
              created_at: lead.received_at,
            },
          ],
    timeline: [
      { at: lead.received_at, kind: "received", title: `Lead received from ${lead.source ?? "a provider"}`, detail: null },
      { at: lead.received_at, kind: "execution", title: "“Answer a new internet lead” started", detail: null, execution_id: lead.execution_id },
      ...(lead.id === "l1" ? [{ at: lead.received_at, kind: "request" as const, title: "Wrote again through Cars.com", detail: "I am back, and ready to buy. Does it have the towing package?" }] : []),
      ...(lead.response_seconds == null ? [] : [{ at: lead.received_at, kind: "message" as const, title: "Answer sent by e-mail", detail: "Your RAV4 at Sunrise Toyota" }]),
    ],
  };
}
