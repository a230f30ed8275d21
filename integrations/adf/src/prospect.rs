use crate::contact;
use crate::dates;
use crate::tree::Element;
use crate::vehicle;
use chrono_tz::Tz;
use platform_kernel::ports::{IncomingContact, IncomingLead, LeadWarning};
use platform_kernel::text::{Region, Use, data, is_identifier};

/// What was odd in a lead; bounded, so that a broken document does not become a long list.
pub(crate) struct Warnings {
    pub(crate) list: Vec<LeadWarning>,
    /// Whose way of writing counts.
    pub(crate) region: Region,
}

impl Warnings {
    pub(crate) fn of(zone: Tz) -> Self {
        Self {
            list: Vec::new(),
            region: Region::of_time_zone(zone.name()),
        }
    }

    pub(crate) fn add(&mut self, place: &str, message: &str) {
        if self.list.len() < 50 {
            self.list.push(LeadWarning {
                place: place.to_owned(),
                message: message.chars().take(300).collect(),
            });
        }
    }

    /// Notes what a reader found odd about a text.
    pub(crate) fn note(&mut self, place: &str, text: &str, note: Option<&str>) {
        if let Some(note) = note {
            self.add(place, &format!("{text:?} {note}"));
        }
    }
}

/// Reads a `prospect` element; nothing if there is nothing in it.
pub(crate) fn read(element: &Element, zone: Tz) -> Option<IncomingLead> {
    if element.is_blank() {
        return None;
    }
    let mut warnings = Warnings::of(zone);
    let mut lead = IncomingLead {
        status: element.attribute("status").map(str::to_ascii_lowercase),
        ids: ids(element, &mut warnings),
        requested_at: requested_at(element, zone, &mut warnings),
        ..IncomingLead::default()
    };
    lead.vehicles = vehicle::all(element, &mut warnings);
    customer(element, &mut lead, &mut warnings);
    vendor(element, &mut lead, &mut warnings);
    provider(element, &mut lead, &mut warnings);
    lead.warnings = warnings.list;
    if lead.customer.is_none() && lead.vehicles.is_empty() && lead.comments.is_none() {
        lead.review = Some("its prospect holds nothing that is understood".to_owned());
    }
    Some(lead)
}

/// The ids that can be a provider's own of this request: `<id source="leadtype">Email</id>` is
/// none.
fn ids(element: &Element, warnings: &mut Warnings) -> Vec<(Option<String>, String)> {
    let mut ids = Vec::new();
    for id in element.all(&["id", "leadid", "lead_id"]) {
        let Some(text) = id.written() else { continue };
        let source = id.attribute("source");
        if is_identifier(source, &text) {
            ids.push((source.map(str::to_owned), text));
        } else {
            warnings.add("prospect/id", &format!("{text:?} names no single request"));
        }
    }
    ids
}

/// The time of the request, or a warning that says what stood there instead.
fn requested_at(
    element: &Element,
    zone: Tz,
    warnings: &mut Warnings,
) -> Option<chrono::DateTime<chrono::Utc>> {
    let names = [
        "requestdate",
        "request_date",
        "requestdatetime",
        "leaddate",
        "createddate",
    ];
    let written = element.value(&names)?;
    let moment = dates::parse(&written, zone);
    if moment.is_none() {
        let message = format!("{written:?} is no date that is understood");
        warnings.add("prospect/requestdate", &message);
    }
    moment
}

fn customer(element: &Element, lead: &mut IncomingLead, warnings: &mut Warnings) {
    let place = "prospect/customer";
    let mut customers = Vec::new();
    element.within(&["customer"], &mut customers);
    let customer = customers.into_iter().find(|customer| !customer.is_blank());
    lead.customer = customer
        .and_then(|customer| contact_of(customer, "prospect/customer/contact", warnings))
        .or_else(|| {
            let direct = contact_of(element, "prospect/contact", warnings)?;
            warnings.add(
                "prospect/contact",
                "the contact does not stand in a customer element",
            );
            Some(direct)
        });
    if let (Some(contact), Some(customer)) = (&mut lead.customer, customer) {
        contact::complete(contact, customer, warnings);
    }
    if lead.customer.is_none() {
        warnings.add(place, "nobody to answer: no name, phone or e-mail");
    }
    lead.comments = comments(element);
    let timeframe = customer.and_then(|customer| customer.find(&["timeframe", "time_frame"]));
    lead.timeframe = timeframe
        .or_else(|| element.first(&["timeframe", "time_frame"]))
        .and_then(self::timeframe);
}

/// The primary contact of `element`, or the first, or what stands in `element` itself.
fn contact_of(element: &Element, place: &str, warnings: &mut Warnings) -> Option<IncomingContact> {
    let primary = |c: &&Element| {
        let mark = c.attribute("primarycontact");
        mark.is_some_and(|mark| ["1", "true", "yes"].contains(&mark.to_ascii_lowercase().as_str()))
    };
    let filled = || {
        element
            .all(&["contact"])
            .filter(|contact| !contact.is_blank())
    };
    let found = filled().find(primary).or_else(|| filled().next());
    let found = found.or_else(|| contact::is_contact(element).then_some(element))?;
    let contact = contact::read(found, place, warnings);
    (!contact::is_empty(&contact)).then_some(contact)
}

/// What was said anywhere in the prospect, each text once. What stands in a vehicle belongs to
/// that vehicle; the dealer's and the provider's words come last.
fn comments(element: &Element) -> Option<String> {
    const NAMES: &[&str] = &[
        "comments",
        "comment",
        "customercomments",
        "customer_comments",
        "message",
        "notes",
        "note",
        "question",
        "questions",
        "remarks",
        "additionalcomments",
        "leadcomments",
    ];
    const OTHERS: &[&str] = &["vendor", "provider"];
    let mut customers = Vec::new();
    element.within(&["customer"], &mut customers);
    let mut found = Vec::new();
    let but = [vehicle::NAMES, OTHERS, NAMES].concat();
    for customer in customers {
        customer.within(NAMES, &mut found);
    }
    let mut all = Vec::new();
    element.within(&but, &mut all);
    let own = |names: &[&str]| -> Vec<&Element> {
        let named = all.iter().filter(|e| names.contains(&e.name.as_str()));
        named.copied().collect()
    };
    found.extend(own(NAMES));
    for other in own(OTHERS) {
        other.within(NAMES, &mut found);
    }
    let mut parts: Vec<String> = Vec::new();
    for part in found.into_iter().filter_map(Element::long_text) {
        let known = parts.iter().any(|known| known.contains(&part));
        if !known {
            parts.retain(|known| !part.contains(known.as_str()));
            parts.push(part);
        }
    }
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

fn timeframe(element: &Element) -> Option<String> {
    let said = element.value(&["description"]);
    let dates = ["earliestdate", "latestdate"].map(|name| element.value(&[name]));
    let dates = match dates {
        [Some(from), Some(to)] => Some(format!("{from} to {to}")),
        [Some(from), None] => Some(format!("from {from}")),
        [None, Some(to)] => Some(format!("until {to}")),
        [None, None] => None,
    };
    match (said, dates) {
        (Some(said), Some(dates)) => Some(format!("{said} ({dates})")),
        (None, None) if element.children().next().is_none() => element.text(),
        (said, dates) => said.or(dates),
    }
}

fn vendor(element: &Element, lead: &mut IncomingLead, warnings: &mut Warnings) {
    let Some(vendor) = element.first(&["vendor"]) else {
        return;
    };
    lead.vendor_name = vendor.value(&["vendorname", "vendor_name", "dealername"]);
    let own_contact = vendor.first(&["contact"]).is_some();
    if own_contact {
        lead.vendor = contact_of(vendor, "prospect/vendor/contact", warnings);
    }
    if lead.vendor_name.is_none() && vendor.first(&["service"]).is_none() {
        let contact = lead.vendor.as_ref();
        lead.vendor_name = contact.and_then(|contact| contact.full_name.clone());
    }
    let like_a_provider = vendor
        .first(&["service", "name", "email", "phone"])
        .is_some();
    if element.first(&["provider"]).is_none() && like_a_provider {
        warnings.add("prospect/vendor", "the vendor element holds the provider");
        lead.provider_name = vendor.value(&["name"]).or_else(|| lead.vendor_name.clone());
        lead.provider_service = vendor.value(&["service"]);
    }
}

fn provider(element: &Element, lead: &mut IncomingLead, warnings: &mut Warnings) {
    let Some(provider) = element
        .first(&["provider"])
        .filter(|provider| !provider.is_blank())
    else {
        let source = element.value(&["source", "leadsource", "lead_source"]);
        lead.provider_name = lead.provider_name.take().or(source);
        return;
    };
    lead.provider_service = provider.value(&["service"]);
    let names = ["name", "providername", "provider_name"];
    lead.provider_name = provider
        .all(&names)
        .find_map(Element::text)
        .and_then(|name| data(&name, Use::Word).map(str::to_owned))
        .or_else(|| {
            let contact = contact_of(provider, "prospect/provider/contact", warnings)?;
            let parts = [contact.first_name, contact.last_name];
            let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            contact
                .full_name
                .or_else(|| (!joined.is_empty()).then_some(joined))
        });
}
