use crate::customers::Person;
use crate::text::{Cleaner, longest};
use crate::vehicles::Car;
use chrono::{DateTime, Utc};
use platform_kernel::ports::{IncomingLead, LeadWarning};
use platform_kernel::tenant::TenantContext;
use platform_kernel::text::{is_filler, is_identifier};

/// A lead as it came, normalised.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) is_resend: bool,
    pub(super) source: Option<String>,
    /// The provider's own id, with its issuer where that is named.
    pub(super) provider_id: Option<String>,
    pub(super) person: Option<Person>,
    /// The dealership, as the lead names it.
    pub(super) vendor: Option<Person>,
    /// Wanted ones first, then trade-ins; each once.
    pub(super) cars: Vec<Car>,
    pub(super) interest: Option<String>,
    pub(super) comments: Option<String>,
    pub(super) timeframe: Option<String>,
    pub(super) requested_at: Option<DateTime<Utc>>,
    pub(super) warnings: Vec<LeadWarning>,
    /// Why the parser wants a person to look at it.
    pub(super) review: Option<String>,
}

/// Nobody asks for more vehicles than this in one lead.
const MOST_VEHICLES: usize = 20;
const MOST_WARNINGS: usize = 50;

impl Reading {
    pub(super) fn of(lead: &IncomingLead, tenant: &TenantContext) -> Self {
        let mut cleaner = Cleaner::of(tenant);
        let source = lead
            .provider_name
            .as_ref()
            .or(lead.provider_service.as_ref());
        let source = cleaner.value("provider", source.map(String::as_str), longest::LINE);
        let person = lead
            .customer
            .as_ref()
            .map(|c| Person::read(c, &mut cleaner));
        let cars = cars(lead, &mut cleaner);
        let wanted = cars.iter().find(|car| !car.is_trade_in());
        Self {
            is_resend: lead.status.as_deref() == Some("resend"),
            provider_id: provider_id(lead, &mut cleaner),
            person: person.filter(|p| !p.is_empty()),
            // Its faults are no faults of the lead.
            vendor: lead
                .vendor
                .as_ref()
                .map(|vendor| Person::read(vendor, &mut Cleaner::of(tenant))),
            interest: wanted.and_then(|car| car.interest.clone()),
            comments: comments(lead, &mut cleaner),
            timeframe: cleaner.value("timeframe", lead.timeframe.as_deref(), longest::LINE),
            requested_at: lead.requested_at,
            review: cleaner.line("document", lead.review.as_deref(), 500),
            warnings: warnings(lead, cleaner),
            source,
            cars,
        }
    }

    /// Why a person has to look at the lead before anything answers it: nobody can be reached, or
    /// there is nothing to answer.
    pub(super) fn review_reason(&self) -> Option<String> {
        if self.review.is_some() {
            return self.review.clone();
        }
        let reachable = self.person.as_ref().is_some_and(Person::is_reachable);
        let wanted = self.cars.iter().any(|car| !car.is_trade_in());
        let asks = wanted || !self.cars.is_empty() || self.comments.is_some();
        let reason = match (reachable, asks) {
            (true, true) => return None,
            (false, true) => "It names no e-mail address or phone number to answer to",
            (true, false) => "It names no vehicle and asks nothing",
            (false, false) => "It names neither a way to answer nor a vehicle",
        };
        Some(reason.to_owned())
    }

    /// What two simultaneous leads must not both be first with.
    pub(super) fn lock_keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.person.iter().flat_map(Person::lock_keys).collect();
        keys.extend(self.cars.iter().flat_map(Car::lock_keys));
        keys.extend(self.provider_id.iter().map(|id| format!("provider {id}")));
        keys
    }
}

fn provider_id(lead: &IncomingLead, cleaner: &mut Cleaner) -> Option<String> {
    lead.ids.iter().find_map(|(issuer, id)| {
        let id = cleaner.code("id", Some(id))?;
        let issuer = cleaner.value("id/source", issuer.as_deref(), longest::LINE);
        if !is_identifier(issuer.as_deref(), &id) {
            return None;
        }
        Some(issuer.map_or(id.clone(), |issuer| format!("{issuer}: {id}")))
    })
}

/// Each vehicle once; another mention of one adds what it says.
fn cars(lead: &IncomingLead, cleaner: &mut Cleaner) -> Vec<Car> {
    let mut cars: Vec<Car> = Vec::new();
    if lead.vehicles.len() > MOST_VEHICLES {
        cleaner.warn("vehicle", format!("only {MOST_VEHICLES} vehicles are kept"));
    }
    for vehicle in lead.vehicles.iter().take(MOST_VEHICLES) {
        let car = Car::read(vehicle, cleaner);
        if car.is_empty() {
            continue;
        }
        let same = |c: &&mut Car| {
            c.is_trade_in() == car.is_trade_in() && c.identity().is_same(&car.identity())
        };
        match cars.iter_mut().find(same) {
            Some(known) => known.fill(car),
            None => cars.push(car),
        }
    }
    cars.sort_by_key(Car::is_trade_in);
    cars
}

/// What the customer wrote about the lead and about each vehicle.
fn comments(lead: &IncomingLead, cleaner: &mut Cleaner) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let of_vehicles = lead.vehicles.iter().map(|v| v.comments.as_deref());
    for part in std::iter::once(lead.comments.as_deref())
        .chain(of_vehicles)
        .flatten()
    {
        let part = part.trim();
        if !part.is_empty() && !is_filler(part) && !parts.contains(&part) {
            parts.push(part);
        }
    }
    cleaner.paragraph("comments", Some(&parts.join("\n\n")), longest::PARAGRAPH)
}

/// The parser's warnings and ours, each fit to be stored.
fn warnings(lead: &IncomingLead, cleaner: Cleaner) -> Vec<LeadWarning> {
    let mut tidy = Cleaner::default();
    let all = lead.warnings.iter().chain(&cleaner.warnings);
    let kept = all.take(MOST_WARNINGS).filter_map(|warning| {
        Some(LeadWarning {
            place: tidy.line("", Some(&warning.place), longest::LINE)?,
            message: tidy.line("", Some(&warning.message), 500)?,
        })
    });
    kept.collect()
}
