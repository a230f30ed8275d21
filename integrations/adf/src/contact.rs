use crate::prospect::Warnings;
use crate::tree::Element;
use platform_kernel::ports::{IncomingAddress, IncomingContact, IncomingPhone};

/// Reads a `contact` element, or any element that holds a contact's children.
pub(crate) fn read(element: &Element, place: &str, warnings: &mut Warnings) -> IncomingContact {
    let mut contact = IncomingContact::default();
    names(element, &mut contact);
    emails(element, place, &mut contact, warnings);
    phones(element, place, &mut contact, warnings);
    let addresses = element.all(&["address"]).map(address);
    contact.address = addresses.flatten().next();
    contact
}

/// Whether `element` has a contact's children itself, without a `contact` around them.
pub(crate) fn is_contact(element: &Element) -> bool {
    let parts = [
        "name",
        "email",
        "phone",
        "firstname",
        "lastname",
        "first_name",
        "last_name",
    ];
    element.first(&parts).is_some()
}

pub(crate) fn is_empty(contact: &IncomingContact) -> bool {
    let blank = IncomingContact {
        is_business: contact.is_business,
        ..IncomingContact::default()
    };
    *contact == blank
}

fn names(element: &Element, contact: &mut IncomingContact) {
    for name in element.all(&["name", "fullname", "full_name"]) {
        let Some(text) = name.text() else { continue };
        let part = name
            .attribute("part")
            .unwrap_or("full")
            .to_ascii_lowercase();
        let business = name
            .attribute("type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("business"));
        contact.is_business |= business;
        let field = match part.as_str() {
            "first" | "given" => &mut contact.first_name,
            "middle" => &mut contact.middle_name,
            "last" | "family" | "surname" => &mut contact.last_name,
            "suffix" => &mut contact.suffix,
            _ => &mut contact.full_name,
        };
        field.get_or_insert(text);
    }
    let or = |names: &[&str]| element.value(names);
    contact.first_name = contact
        .first_name
        .take()
        .or_else(|| or(&["firstname", "first_name", "first"]));
    contact.last_name = contact
        .last_name
        .take()
        .or_else(|| or(&["lastname", "last_name", "last"]));
    let nameless = contact.first_name.is_none() && contact.last_name.is_none();
    if nameless
        && !contact.is_business
        && let Some(full) = contact.full_name.clone()
    {
        split_name(&full, contact);
    }
}

/// Parts of family names that stand before their main word.
const PARTICLES: &[&str] = &[
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "du", "la", "le",
    "bin", "ibn", "al", "el", "st", "saint", "ten", "ter",
];
const TITLES: &[&str] = &["mr", "mrs", "ms", "miss", "dr", "prof", "sr.", "sra", "mx"];
const SUFFIXES: &[&str] = &["jr", "sr", "ii", "iii", "iv", "md", "phd", "esq"];

fn is_one_of(word: &str, known: &[&str]) -> bool {
    let word = word.trim_end_matches(['.', ',']).to_lowercase();
    known.contains(&word.as_str())
}

/// `Mr. Juan de la Cruz Jr.`, `Doe, Jane A.`: a title goes, a suffix and particles are known.
pub(crate) fn split_name(full: &str, contact: &mut IncomingContact) {
    let (given, family) = match full.split_once(',') {
        Some((family, given)) if !is_one_of(given.trim(), SUFFIXES) && !given.trim().is_empty() => {
            (given.to_owned(), Some(family.trim().to_owned()))
        }
        _ => (full.replace(',', " "), None),
    };
    let mut words: Vec<&str> = given.split_whitespace().collect();
    while words.len() > 1 && words.first().is_some_and(|word| is_one_of(word, TITLES)) {
        words.remove(0);
    }
    if words.len() > 1 && words.last().is_some_and(|word| is_one_of(word, SUFFIXES)) {
        contact.suffix = words.pop().map(str::to_owned);
    }
    if words.is_empty() {
        return;
    }
    contact.first_name = Some(words.remove(0).to_owned());
    // Of a couple the first is addressed, under the name that both share.
    if words.len() > 1
        && words
            .first()
            .is_some_and(|word| ["&", "and", "y"].contains(word))
    {
        words = words.split_off(words.len() - 1);
    }
    contact.last_name = family.filter(|family| !family.is_empty());
    if contact.last_name.is_none() && !words.is_empty() {
        let particle = words.iter().position(|word| is_one_of(word, PARTICLES));
        let from = particle
            .filter(|at| at + 1 < words.len())
            .unwrap_or(words.len() - 1);
        let last = words.split_off(from);
        contact.last_name = Some(last.join(" "));
    }
    if !words.is_empty() {
        contact.middle_name = Some(words.join(" "));
    }
}

fn is_preferred(element: &Element) -> bool {
    let yes = element.attribute("preferredcontact");
    yes.is_some_and(|yes| {
        ["1", "true", "yes"]
            .iter()
            .any(|known| yes.eq_ignore_ascii_case(known))
    })
}

fn emails(element: &Element, place: &str, contact: &mut IncomingContact, warnings: &mut Warnings) {
    let mut odd = None;
    for email in element.all(&["email", "e-mail", "emailaddress"]) {
        let Some(text) = email.text() else { continue };
        let text = text
            .trim_start_matches("mailto:")
            .trim_matches(['<', '>', ' '])
            .to_owned();
        if !text.contains('@') {
            odd = odd.or(Some(text));
        } else if contact.email.is_none() {
            contact.email = Some(text);
            if is_preferred(email) {
                contact.preferred = Some("email".to_owned());
            }
        }
    }
    if contact.email.is_none()
        && let Some(odd) = odd
    {
        warnings.add(
            &format!("{place}/email"),
            &format!("{odd:?} is no mail address"),
        );
    }
}

fn phones(element: &Element, place: &str, contact: &mut IncomingContact, warnings: &mut Warnings) {
    let lower = |text: &str| text.to_ascii_lowercase();
    for phone in element.all(&["phone", "telephone", "cellphone", "mobile"]) {
        let Some(number) = phone.text() else { continue };
        if !number.bytes().any(|byte| byte.is_ascii_digit()) {
            warnings.add(
                &format!("{place}/phone"),
                &format!("{number:?} is no phone number"),
            );
            continue;
        }
        if contact.phones.iter().any(|known| known.number == number) {
            continue;
        }
        if is_preferred(phone) {
            contact.preferred.get_or_insert_with(|| "phone".to_owned());
        }
        let named =
            (phone.name != "phone" && phone.name != "telephone").then_some(phone.name.as_str());
        contact.phones.push(IncomingPhone {
            number,
            kind: phone.attribute("type").or(named).map(lower),
            best_time: phone.attribute("time").map(lower),
        });
    }
}

fn address(element: &Element) -> Option<IncomingAddress> {
    let mut streets: Vec<&Element> = element.all(&["street", "street1", "street2"]).collect();
    streets.sort_by_key(|street| {
        street
            .attribute("line")
            .and_then(|line| line.parse().ok())
            .unwrap_or(0_u8)
    });
    let address = IncomingAddress {
        street: streets.into_iter().filter_map(Element::text).collect(),
        apartment: element.value(&["apartment"]),
        city: element.value(&["city"]),
        region: element.value(&["regioncode", "region", "state", "province"]),
        postal_code: element.value(&["postalcode", "zip", "zipcode", "postcode"]),
        country: element.value(&["country"]),
    };
    (address != IncomingAddress::default()).then_some(address)
}
