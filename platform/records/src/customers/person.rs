//! A person as a lead or a workflow names them, normalised.

use super::names::Name;
use crate::text::{Cleaner, longest};
use platform_kernel::ports::{IncomingAddress, IncomingContact, IncomingPhone};
use platform_kernel::text::{Email, PersonName, PhoneNumber, is_filler, read_address};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A normalised person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// Never empty once there is anything to call them by.
    pub full_name: Option<String>,
    /// Whether the name was given as one, and its parts were made out of it.
    pub(crate) named_whole: bool,
    pub is_business: bool,
    pub email: Option<Email>,
    /// In the order given, each number once.
    pub phones: Vec<Phone>,
    pub address: Option<Value>,
}

/// A phone number and how it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phone {
    /// E.164; none when the writing is no number that could be dialled.
    pub e164: Option<String>,
    pub raw: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

impl Person {
    /// The person of a lead's contact.
    pub(crate) fn read(contact: &IncomingContact, cleaner: &mut Cleaner) -> Self {
        let name = read_name(contact, cleaner);
        let parts = [&contact.first_name, &contact.last_name];
        let in_parts = parts.into_iter().flatten().any(|part| !is_filler(part));
        Self {
            first_name: name.first,
            last_name: name.last,
            full_name: Some(name.full).filter(|full| !full.is_empty()),
            named_whole: !in_parts,
            is_business: contact.is_business || name.is_company,
            email: email(contact.email.as_deref(), cleaner),
            phones: phones(&contact.phones, cleaner),
            address: contact.address.as_ref().and_then(|a| address(a, cleaner)),
        }
    }

    /// The first number that can be dialled.
    pub fn phone(&self) -> Option<&str> {
        self.phones.iter().find_map(|phone| phone.e164.as_deref())
    }

    /// Whether anyone could write to or call them.
    pub fn is_reachable(&self) -> bool {
        self.email.is_some() || self.phone().is_some()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.full_name.is_none() && self.email.is_none() && self.phones.is_empty()
    }

    /// What to call them on screen: their name, or how they are reached.
    pub fn title(&self) -> String {
        let reached = || {
            let phone = self.phones.first();
            let by_phone = phone.map(|p| p.e164.as_deref().map_or(p.raw.clone(), display_phone));
            self.email.as_ref().map(ToString::to_string).or(by_phone)
        };
        let named = self.full_name.clone().or_else(reached);
        named.unwrap_or_else(|| "Unnamed person".to_owned())
    }

    pub(crate) fn name(&self) -> Name<'_> {
        Name {
            first: self.first_name.as_deref(),
            last: self.last_name.as_deref(),
            full: self.full_name.as_deref(),
            is_business: self.is_business,
        }
    }

    /// The values by which they are recognised: (kind, value).
    pub(crate) fn contacts(&self) -> Vec<(&'static str, String)> {
        let email = self.email.iter().map(|e| ("email", e.to_string()));
        let phones = self.phones.iter().filter_map(|p| p.e164.clone());
        email.chain(phones.map(|p| ("phone", p))).collect()
    }

    /// What two transactions must not both be first with.
    pub(crate) fn lock_keys(&self) -> Vec<String> {
        lock_keys(&self.contacts())
    }
}

/// The locks of addresses and numbers.
pub(crate) fn lock_keys(contacts: &[(&'static str, String)]) -> Vec<String> {
    let key = |(kind, value): &(&str, String)| format!("{kind} {value}");
    contacts.iter().map(key).collect()
}

/// A stored E.164 number the way people read it.
pub fn display_phone(e164: &str) -> String {
    PhoneNumber::parse(e164).map_or_else(|| e164.to_owned(), |phone| phone.display())
}

fn read_name(contact: &IncomingContact, cleaner: &mut Cleaner) -> PersonName {
    let mut line =
        |text: &Option<String>| cleaner.line("customer/name", text.as_deref(), longest::NAME);
    let [first, middle, last, suffix, full] = [
        &contact.first_name,
        &contact.middle_name,
        &contact.last_name,
        &contact.suffix,
        &contact.full_name,
    ]
    .map(&mut line);
    if contact.is_business {
        let parts = [first, last].into_iter().flatten().collect::<Vec<_>>();
        let name = full.unwrap_or_else(|| parts.join(" "));
        return PersonName {
            full: Some(name)
                .filter(|name| !is_filler(name))
                .unwrap_or_default(),
            ..PersonName::default()
        };
    }
    let read = PersonName::of_parts(
        first.as_deref(),
        middle.as_deref(),
        last.as_deref(),
        suffix.as_deref(),
        full.as_deref(),
    );
    let written: Vec<&str> = [&first, &last, &full]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let name = cleaner.read("customer/name", &written.join(" "), read);
    name.unwrap_or_default()
}

fn email(text: Option<&str>, cleaner: &mut Cleaner) -> Option<Email> {
    let text = cleaner.line("customer/email", text, longest::LINE * 2)?;
    cleaner.read("customer/email", &text, Email::read(&text))
}

/// More numbers than this are somebody playing.
const MOST_PHONES: usize = 8;

fn phones(incoming: &[IncomingPhone], cleaner: &mut Cleaner) -> Vec<Phone> {
    let mut phones: Vec<Phone> = Vec::new();
    for phone in incoming {
        let Some(raw) = cleaner.value("customer/phone", Some(&phone.number), longest::WORD) else {
            continue;
        };
        let read = PhoneNumber::read(&raw, cleaner.region);
        if read.is_placeholder() {
            cleaner.warn("customer/phone", format!("{raw} is a placeholder"));
            continue;
        }
        let e164 = cleaner.read("customer/phone", &raw, read);
        let e164 = e164.map(|number| number.to_string());
        let known = |p: &Phone| p.raw == raw || (e164.is_some() && p.e164 == e164);
        if phones.iter().any(known) {
            continue;
        }
        if phones.len() == MOST_PHONES {
            cleaner.warn(
                "customer/phone",
                format!("only {MOST_PHONES} numbers are kept"),
            );
            break;
        }
        let kind = cleaner.value("customer/phone/kind", phone.kind.as_deref(), longest::WORD);
        phones.push(Phone { e164, raw, kind });
    }
    phones
}

fn address(address: &IncomingAddress, cleaner: &mut Cleaner) -> Option<Value> {
    let address = read_address(address, cleaner.region)?;
    let street = address.street.join(", ");
    let parts = [
        ("street", Some(street.as_str())),
        ("apartment", address.apartment.as_deref()),
        ("city", address.city.as_deref()),
        ("region", address.region.as_deref()),
        ("postal_code", address.postal_code.as_deref()),
        ("country", address.country.as_deref()),
    ];
    let kept: serde_json::Map<String, Value> = parts
        .into_iter()
        .filter_map(|(name, text)| {
            let text = cleaner.value("customer/address", text, longest::LINE)?;
            Some((name.to_owned(), Value::String(text)))
        })
        .collect();
    (!kept.is_empty()).then_some(Value::Object(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_normalised_and_keeps_what_was_written() {
        let mut cleaner = Cleaner::default();
        let contact = IncomingContact {
            full_name: Some("Lee, Ann Marie".to_owned()),
            email: Some(" Ann@Example.COM ".to_owned()),
            phones: ["512-555-0123", "(512) 555 0123", "call me"]
                .map(|number| IncomingPhone {
                    number: number.to_owned(),
                    ..IncomingPhone::default()
                })
                .to_vec(),
            ..IncomingContact::default()
        };
        let person = Person::read(&contact, &mut cleaner);
        assert_eq!(person.first_name.as_deref(), Some("Ann"));
        assert_eq!(person.full_name.as_deref(), Some("Ann Marie Lee"));
        assert_eq!(person.last_name.as_deref(), Some("Lee"));
        assert_eq!(person.email.as_ref().unwrap().as_str(), "ann@example.com");
        assert_eq!(person.phone(), Some("+15125550123"));
        assert_eq!(person.phones.len(), 2);
        assert_eq!(cleaner.warnings.len(), 1, "{:?}", cleaner.warnings);
    }

    #[test]
    fn a_placeholder_is_no_address() {
        let mut cleaner = Cleaner::default();
        assert_eq!(email(Some("none@none.com"), &mut cleaner), None);
        assert_eq!(email(Some("na@na.com"), &mut cleaner), None);
        assert_eq!(email(Some("not an address"), &mut cleaner), None);
        assert!(email(Some("na@example.com"), &mut cleaner).is_some());
        assert_eq!(cleaner.warnings.len(), 3);
    }

    #[test]
    fn a_company_that_stands_for_a_person_is_a_business() {
        let full = |name: &str| IncomingContact {
            full_name: Some(name.to_owned()),
            ..IncomingContact::default()
        };
        let in_parts = IncomingContact {
            first_name: Some("Hill Country".to_owned()),
            last_name: Some("Plumbing LLC".to_owned()),
            ..IncomingContact::default()
        };
        for contact in [full("Hill Country Plumbing LLC"), in_parts] {
            let person = Person::read(&contact, &mut Cleaner::default());
            assert!(person.is_business);
            assert_eq!(
                person.full_name.as_deref(),
                Some("Hill Country Plumbing LLC")
            );
            assert_eq!((person.first_name, person.last_name), (None, None));
        }
    }
}
