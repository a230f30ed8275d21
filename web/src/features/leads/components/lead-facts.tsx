import type { ReactNode } from "react";
import { BadgeCheck, Car, Mail, Phone, TriangleAlert } from "lucide-react";
import type { LeadView, VehicleView } from "@/api/types";
import { Section } from "@/components/ui/card";
import { type LeadFact, recordFacts, statedFacts } from "../model";

function Fact({ label, wide = false, children }: { label: string; wide?: boolean; children: ReactNode }) {
  return (
    <div className={wide ? "col-span-2" : undefined}>
      <dt className="text-small text-faint">{label}</dt>
      <dd className="break-words">{children}</dd>
    </div>
  );
}

const contact = "flex min-h-11 items-center gap-3 rounded-medium border border-line px-3 hover:bg-hover md:min-h-10";

/** Customer as the person who has to call them needs it: one touch to call or write. */
export function CustomerCard({ lead }: { lead: LeadView }) {
  const { customer } = lead;
  return (
    <Section title="Customer">
      {customer == null ? (
        <p className="text-muted">Nobody could be read out of this lead. Look at the raw lead below.</p>
      ) : (
        <div className="space-y-3">
          <p className="font-semibold">{customer.name}</p>
          {customer.phone != null && (
            <a href={`tel:${customer.phone}`} className={contact}>
              <Phone aria-hidden className="size-4 text-accent-ink" />
              <span className="tabular">{customer.phone_display ?? customer.phone}</span>
            </a>
          )}
          {customer.email != null && (
            <a href={`mailto:${customer.email}`} className={contact}>
              <Mail aria-hidden className="size-4 shrink-0 text-accent-ink" />
              <span className="min-w-0 truncate">{customer.email}</span>
            </a>
          )}
          {customer.phone == null && customer.email == null && <p className="text-small text-muted">No phone number and no e-mail address were given.</p>}
        </div>
      )}
    </Section>
  );
}

function Vin({ vehicle }: { vehicle: VehicleView }) {
  return (
    <Fact label="VIN" wide>
      <span className="font-mono">{vehicle.vin}</span>
      {vehicle.vin_valid === false ? (
        <span className="mt-0.5 flex items-center gap-1 text-waiting">
          <TriangleAlert aria-hidden className="size-4" /> Check digit doesn't match
        </span>
      ) : (
        vehicle.vin_valid === true && <BadgeCheck aria-label="Valid" className="ml-1.5 inline size-4 text-success" />
      )}
    </Fact>
  );
}

interface FactsProps {
  title: string;
  facts: LeadFact[];
  children?: ReactNode;
}

function Facts({ title, facts, children }: FactsProps) {
  if (facts.length === 0 && children === undefined) return null;
  return (
    <div className="mt-3">
      <h3 className="mb-2 text-small font-medium text-muted">{title}</h3>
      <dl className="grid grid-cols-2 gap-3 text-small">
        {facts.map((fact) => (
          <Fact key={fact.label} label={fact.label}>
            {fact.value}
          </Fact>
        ))}
        {children}
      </dl>
    </div>
  );
}

/** What the customer says and what the dealership keeps, apart: they may differ. */
function Vehicle({ vehicle }: { vehicle: VehicleView }) {
  return (
    <div>
      <p className="flex items-center gap-2 font-semibold">
        <Car aria-hidden className="size-4 shrink-0 text-faint" />
        {vehicle.stated?.label ?? vehicle.label}
      </p>
      <Facts title="The customer says" facts={statedFacts(vehicle)} />
      <Facts title="On record" facts={recordFacts(vehicle)}>
        {vehicle.vin == null ? undefined : <Vin vehicle={vehicle} />}
      </Facts>
    </div>
  );
}

export function VehicleCard({ lead }: { lead: LeadView }) {
  return (
    <Section title={lead.vehicles.length > 1 ? "Vehicles" : "Vehicle"}>
      {lead.vehicles.length === 0 ? (
        <p className="text-muted">No vehicle was given.</p>
      ) : (
        <div className="space-y-5 divide-y divide-line [&>*+*]:pt-5">
          {lead.vehicles.map((vehicle) => (
            <Vehicle key={vehicle.id} vehicle={vehicle} />
          ))}
        </div>
      )}
    </Section>
  );
}
