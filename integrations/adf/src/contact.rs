use crate::prospect::Warnings;
use crate::tree::Element;
use platform_kernel::ports::{IncomingAddress, IncomingContact, IncomingPhone};
use platform_kernel::text::{Email, PersonName, PhoneNumber, read_address};

const NAMES: &[&str] = &[
    "name",
    "fullname",
    "full_name",
    "customername",
    "contactname",
];
const EMAILS: &[&str] = &["email", "e-mail", "emailaddress", "email_address", "mail"];
const PHONES: &[&str] = &[
    "phone",
    "telephone",
    "phonenumber",
    "phone_number",
    "cellphone",
    "cell",
    "cell_phone",
    "mobile",
    "mobilephone",
    "mobile_phone",
    "homephone",
    "home_phone",
    "workphone",
    "work_phone",
    "dayphone",
    "day_phone",
    "eveningphone",
    "evening_phone",
    "international_phone",
];

/// Reads a `contact` element, or any element that holds a contact's children.
pub(crate) fn read(element: &Element, place: &str, warnings: &mut Warnings) -> IncomingContact {
    let mut contact = IncomingContact::default();
    names(element, place, &mut contact, warnings);
    let found: Vec<&Element> = element.all(EMAILS).collect();
    emails(&found, place, &mut contact, warnings);
    let found: Vec<&Element> = element.all(PHONES).collect();
    phones(&found, place, &mut contact, warnings);
    let addresses = element.all(&["address"]);
    let region = warnings.region;
    contact.address = addresses
        .filter_map(|found| read_address(&address(found), region))
        .next();
    contact
}

/// Fills what a contact lacks with what stands elsewhere in its customer.
pub(crate) fn complete(contact: &mut IncomingContact, customer: &Element, warnings: &mut Warnings) {
    let place = "prospect/customer";
    let everywhere = |names: &[&str]| {
        let mut found = Vec::new();
        customer.within(names, &mut found);
        found
    };
    if contact.email.is_none() {
        emails(&everywhere(EMAILS), place, contact, warnings);
    }
    if contact.phones.is_empty() {
        phones(&everywhere(PHONES), place, contact, warnings);
    }
    if contact.address.is_none() {
        let mut found = everywhere(&["address"]).into_iter();
        contact.address = found.find_map(|found| read_address(&address(found), warnings.region));
    }
    let time = [
        "besttime",
        "best_time",
        "besttimetocall",
        "bestcontacttime",
        "preferredtime",
        "contacttime",
    ];
    if let Some(time) = customer.anywhere(&time) {
        for phone in &mut contact.phones {
            phone.best_time.get_or_insert_with(|| time.clone());
        }
    }
    let ways = [
        "preferredcontact",
        "preferredcontactmethod",
        "preferred_contact",
        "contactmethod",
        "contactpreference",
        "preferredmethod",
    ];
    if let Some(way) = customer.anywhere(&ways) {
        contact.preferred.get_or_insert(way.to_lowercase());
    }
}

/// Whether `element` has a contact's children itself, without a `contact` around them.
pub(crate) fn is_contact(element: &Element) -> bool {
    let parts = ["firstname", "lastname", "first_name", "last_name"];
    [NAMES, EMAILS, PHONES, &parts]
        .iter()
        .any(|names| element.first(names).is_some())
}

pub(crate) fn is_empty(contact: &IncomingContact) -> bool {
    let blank = IncomingContact {
        is_business: contact.is_business,
        ..IncomingContact::default()
    };
    *contact == blank
}

/// The parts of a name as they are written.
#[derive(Default)]
struct Parts {
    first: Option<String>,
    middle: Option<String>,
    last: Option<String>,
    suffix: Option<String>,
    full: Option<String>,
    business: Option<String>,
}

fn names(element: &Element, place: &str, contact: &mut IncomingContact, warnings: &mut Warnings) {
    let parts = parts(element);
    if let Some(business) = parts.business {
        contact.is_business = parts.first.is_none() && parts.last.is_none();
        if contact.is_business && !platform_kernel::text::is_filler(&business) {
            contact.full_name = Some(business);
            return;
        }
    }
    let [first, middle, last, suffix, full] = [
        &parts.first,
        &parts.middle,
        &parts.last,
        &parts.suffix,
        &parts.full,
    ]
    .map(Option::as_deref);
    let read = PersonName::of_parts(first, middle, last, suffix, full);
    let written = [first, last]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    let written = if written.is_empty() {
        full.unwrap_or_default()
    } else {
        &written
    };
    warnings.note(&format!("{place}/name"), written, read.note);
    let Some(name) = read.value else { return };
    if name.is_company {
        contact.is_business = true;
        contact.full_name = Some(name.full);
        return;
    }
    let whole = first.is_none() && last.is_none() || full.is_some();
    contact.full_name = whole.then_some(name.full);
    contact.first_name = name.first;
    contact.middle_name = name.middle;
    contact.last_name = name.last;
    contact.suffix = name.suffix;
}

fn parts(element: &Element) -> Parts {
    let mut parts = Parts::default();
    for name in element.all(NAMES) {
        let nested = |names: &[&str]| name.all(names).find_map(Element::written);
        let first = nested(&["first", "firstname", "given"]);
        let last = nested(&["last", "lastname", "family"]);
        if first.is_some() || last.is_some() {
            parts.first = parts.first.or(first);
            parts.middle = parts.middle.or_else(|| nested(&["middle", "middlename"]));
            parts.last = parts.last.or(last);
            continue;
        }
        let Some(text) = name.written() else { continue };
        let part = name
            .attribute("part")
            .unwrap_or("full")
            .to_ascii_lowercase();
        let kind = name.attribute("type").unwrap_or_default();
        let business = ["business", "company", "organization", "commercial"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known));
        let field = match part.as_str() {
            "first" | "given" | "firstname" => &mut parts.first,
            "middle" | "mi" | "middlename" => &mut parts.middle,
            "last" | "family" | "surname" | "lastname" => &mut parts.last,
            "suffix" => &mut parts.suffix,
            "title" | "prefix" | "salutation" => continue,
            _ if business => &mut parts.business,
            _ => &mut parts.full,
        };
        field.get_or_insert(text);
    }
    let or = |names: &[&str]| element.all(names).find_map(Element::written);
    parts.first = parts
        .first
        .or_else(|| or(&["firstname", "first_name", "first"]));
    parts.middle = parts.middle.or_else(|| or(&["middlename", "middle_name"]));
    parts.last = parts
        .last
        .or_else(|| or(&["lastname", "last_name", "last"]));
    parts
}

fn is_preferred(element: &Element) -> bool {
    let yes = element
        .attribute("preferredcontact")
        .or_else(|| element.attribute("preferred"));
    yes.is_some_and(|yes| {
        ["1", "true", "yes"]
            .iter()
            .any(|known| yes.eq_ignore_ascii_case(known))
    })
}

/// The first good address, the preferred ones first.
fn emails(found: &[&Element], place: &str, contact: &mut IncomingContact, warnings: &mut Warnings) {
    let mut found = found.to_vec();
    found.sort_by_key(|email| !is_preferred(email));
    let mut odd = Vec::new();
    for email in found {
        let Some(text) = email.written() else {
            continue;
        };
        let read = Email::read(&text);
        if let Some(address) = read.value {
            contact.email = Some(address.to_string());
            if is_preferred(email) {
                contact.preferred.get_or_insert_with(|| "email".to_owned());
            }
            warnings.note(&format!("{place}/email"), &text, read.note);
            return;
        }
        odd.push((text, read.note));
    }
    for (text, note) in odd {
        warnings.note(&format!("{place}/email"), &text, note);
    }
}

/// Rank of a phone number: the preferred one, then one that takes texts, then any.
fn rank(phone: &IncomingPhone, preferred: bool) -> u8 {
    let kind = phone.kind.as_deref().unwrap_or_default();
    match kind {
        _ if preferred => 0,
        _ if kind.contains("cell") || kind.contains("mobile") => 1,
        _ if kind.contains("pager") => 3,
        _ => 2,
    }
}

fn phones(found: &[&Element], place: &str, contact: &mut IncomingContact, warnings: &mut Warnings) {
    let place = format!("{place}/phone");
    let lower = |text: &str| text.to_ascii_lowercase();
    let mut ranked: Vec<(u8, IncomingPhone)> = Vec::new();
    for phone in found {
        let Some(number) = phone.written() else {
            continue;
        };
        let plain = ["phone", "telephone", "phonenumber", "phone_number"];
        let named = (!plain.contains(&phone.name.as_str())).then_some(phone.name.as_str());
        let kind = phone.attribute("type").or(named).map(lower);
        if kind.as_deref().is_some_and(|kind| kind.contains("fax")) {
            warnings.add(&place, &format!("{number:?} is a fax and reaches nobody"));
            continue;
        }
        let read = PhoneNumber::read(&number, warnings.region);
        if read.is_placeholder() || !number.bytes().any(|byte| byte.is_ascii_digit()) {
            warnings.note(&place, &number, read.note);
            continue;
        }
        let number = number.replace('\0', "");
        let same = |known: &IncomingPhone| {
            let value = PhoneNumber::read(&known.number, warnings.region).value;
            known.number == number || (value.is_some() && value == read.value)
        };
        if ranked.iter().any(|(_, known)| same(known)) {
            continue;
        }
        let preferred = is_preferred(phone);
        if preferred {
            contact.preferred.get_or_insert_with(|| "phone".to_owned());
        }
        let phone = IncomingPhone {
            number,
            kind,
            best_time: phone.attribute("time").map(lower),
        };
        ranked.push((rank(&phone, preferred), phone));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    contact
        .phones
        .extend(ranked.into_iter().map(|(_, phone)| phone));
}

fn address(element: &Element) -> IncomingAddress {
    let names = [
        "street",
        "street1",
        "street2",
        "streetline1",
        "streetline2",
        "addressline1",
        "addressline2",
        "line1",
        "line2",
    ];
    let mut streets: Vec<&Element> = element.all(&names).collect();
    streets.sort_by_key(|street| {
        street
            .attribute("line")
            .and_then(|line| line.parse().ok())
            .unwrap_or(0_u8)
    });
    let bare = element.children().next().is_none();
    let street = match bare {
        true => element.text().into_iter().collect(),
        false => streets.into_iter().filter_map(Element::text).collect(),
    };
    IncomingAddress {
        street,
        apartment: element.value(&["apartment", "apt", "unit"]),
        city: element.value(&["city"]),
        region: element.value(&["regioncode", "region", "state", "province", "statecode"]),
        postal_code: element.value(&["postalcode", "zip", "zipcode", "postcode", "postal_code"]),
        country: element.value(&["country", "countrycode"]),
    }
}
