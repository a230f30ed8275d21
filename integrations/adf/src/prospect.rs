use crate::contact;
use crate::dates;
use crate::tree::Element;
use crate::vehicle;
use platform_kernel::ports::{IncomingContact, IncomingLead, LeadWarning};

/// What was odd in a lead; bounded, so that a broken document does not become a long list.
#[derive(Default)]
pub(crate) struct Warnings(pub(crate) Vec<LeadWarning>);

impl Warnings {
    pub(crate) fn add(&mut self, place: &str, message: &str) {
        if self.0.len() < 50 {
            self.0.push(LeadWarning {
                place: place.to_owned(),
                message: message.chars().take(300).collect(),
            });
        }
    }
}

/// Reads a `prospect` element; nothing if there is nothing in it.
pub(crate) fn read(element: &Element) -> Option<IncomingLead> {
    if element.is_blank() {
        return None;
    }
    let mut warnings = Warnings::default();
    let mut lead = IncomingLead {
        status: element.attribute("status").map(str::to_ascii_lowercase),
        ids: ids(element),
        requested_at: requested_at(element, &mut warnings),
        ..IncomingLead::default()
    };
    let mut vehicles = Vec::new();
    element.within(
        &["vehicle", "tradein", "trade-in", "trade_in"],
        &mut vehicles,
    );
    lead.vehicles = vehicles
        .into_iter()
        .filter_map(|v| vehicle::read(v, &mut warnings))
        .collect();
    customer(element, &mut lead, &mut warnings);
    vendor(element, &mut lead, &mut warnings);
    provider(element, &mut lead, &mut warnings);
    lead.warnings = warnings.0;
    Some(lead)
}

fn ids(element: &Element) -> Vec<(Option<String>, String)> {
    let id = |id: &Element| Some((id.attribute("source").map(str::to_owned), id.text()?));
    element.all(&["id"]).filter_map(id).collect()
}

/// The time of the request, or a warning that says what stood there instead.
pub(crate) fn requested_at(
    element: &Element,
    warnings: &mut Warnings,
) -> Option<chrono::DateTime<chrono::Utc>> {
    let place = "prospect/requestdate";
    let written = element.value(&["requestdate", "request_date"])?;
    let Some(moment) = dates::parse(&written) else {
        warnings.add(place, &format!("{written:?} is no date that is understood"));
        return None;
    };
    if !moment.zoned {
        warnings.add(
            place,
            &format!("{written:?} has no time zone and was taken for UTC"),
        );
    }
    Some(moment.at)
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
    if lead.customer.is_none() {
        warnings.add(place, "nobody to answer: no name, phone or e-mail");
    }
    lead.comments = comments(element, customer);
    lead.timeframe = customer
        .and_then(|customer| customer.first(&["timeframe"]))
        .or_else(|| element.first(&["timeframe"]))
        .and_then(timeframe);
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

fn comments(element: &Element, customer: Option<&Element>) -> Option<String> {
    let names = ["comments", "comment"];
    let within = |element: &Element| -> Vec<String> {
        element.all(&names).filter_map(Element::long_text).collect()
    };
    let mut parts = customer.map(within).unwrap_or_default();
    for part in within(element) {
        if !parts.contains(&part) {
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
        (said, dates) => said.or(dates).or_else(|| element.text()),
    }
}

fn vendor(element: &Element, lead: &mut IncomingLead, warnings: &mut Warnings) {
    let Some(vendor) = element.first(&["vendor"]) else {
        return;
    };
    lead.vendor_name = vendor.value(&["vendorname"]);
    let own_contact = vendor.first(&["contact"]).is_some();
    if own_contact {
        lead.vendor = contact_of(vendor, "prospect/vendor/contact", warnings);
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
        return;
    };
    lead.provider_service = provider.value(&["service"]);
    lead.provider_name = provider.value(&["name", "providername"]).or_else(|| {
        let contact = contact_of(provider, "prospect/provider/contact", warnings)?;
        let parts = [contact.first_name, contact.last_name];
        let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        contact
            .full_name
            .or_else(|| (!joined.is_empty()).then_some(joined))
    });
}
