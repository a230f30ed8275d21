//! A person as a lead or a workflow names them, normalised, and when two of them are one.

use crate::text::{Cleaner, longest};
use platform_kernel::ports::{IncomingAddress, IncomingContact, IncomingPhone};
use platform_kernel::text::{Email, PhoneNumber};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What web forms and staff write when they have no address. Mail to them reaches nobody, and
/// two people who both "have" one are not one person.
const PLACEHOLDERS: [&str; 7] = [
    "none",
    "noemail",
    "no-email",
    "no.email",
    "notprovided",
    "noreply",
    "no-reply",
];

/// A normalised person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// Never empty once there is anything to call them by.
    pub full_name: Option<String>,
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
        let mut name = |place: &str, text: &Option<String>| {
            cleaner.line(place, text.as_deref(), longest::NAME)
        };
        let first = name("customer/first_name", &contact.first_name);
        let middle = name("customer/middle_name", &contact.middle_name);
        let last = name("customer/last_name", &contact.last_name);
        let suffix = name("customer/suffix", &contact.suffix);
        let full = name("customer/full_name", &contact.full_name);
        let (first_name, last_name) = match (first, last, &full) {
            (None, None, Some(full)) if !contact.is_business => split_name(full),
            (first, last, _) => (first, last),
        };
        let parts = [&first_name, &middle, &last_name, &suffix];
        let joined: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        let full_name = full.or_else(|| (!joined.is_empty()).then(|| joined.join(" ")));
        Self {
            first_name,
            last_name,
            full_name,
            is_business: contact.is_business,
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

    /// The values by which they are recognised: (kind, value).
    pub(crate) fn contacts(&self) -> Vec<(&'static str, String)> {
        let email = self.email.iter().map(|e| ("email", e.to_string()));
        let phones = self.phones.iter().filter_map(|p| p.e164.clone());
        email.chain(phones.map(|p| ("phone", p))).collect()
    }
}

/// A stored E.164 number the way people read it.
pub fn display_phone(e164: &str) -> String {
    PhoneNumber::parse(e164).map_or_else(|| e164.to_owned(), |phone| phone.display())
}

/// "Ann Marie Lee" is Ann Marie, Lee; a single word is a first name; "Lee, Ann" is turned round.
fn split_name(full: &str) -> (Option<String>, Option<String>) {
    let own = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    if let Some((last, first)) = full.split_once(',') {
        return (own(first), own(last));
    }
    match full.rsplit_once(' ') {
        Some((first, last)) => (own(first), own(last)),
        None => (own(full), None),
    }
}

fn email(text: Option<&str>, cleaner: &mut Cleaner) -> Option<Email> {
    let text = cleaner.line("customer/email", text, longest::LINE * 2)?;
    let Some(email) = Email::parse(&text) else {
        cleaner.warn("customer/email", format!("{text} is no e-mail address"));
        return None;
    };
    let (local, domain) = email.as_str().split_once('@').unwrap_or_default();
    // `na@na.com` too; but Na is also a name.
    if PLACEHOLDERS.contains(&local) || domain.split('.').next() == Some(local) && local.len() < 3 {
        cleaner.warn("customer/email", format!("{email} is a placeholder"));
        return None;
    }
    Some(email)
}

/// More numbers than this are somebody playing.
const MOST_PHONES: usize = 8;

fn phones(incoming: &[IncomingPhone], cleaner: &mut Cleaner) -> Vec<Phone> {
    let mut phones: Vec<Phone> = Vec::new();
    for phone in incoming {
        let Some(raw) = cleaner.line("customer/phone", Some(&phone.number), longest::WORD) else {
            continue;
        };
        let e164 = PhoneNumber::parse(&raw).map(|number| number.to_string());
        if e164.is_none() {
            cleaner.warn("customer/phone", format!("{raw} is no phone number"));
        }
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
        let kind = cleaner.line("customer/phone/kind", phone.kind.as_deref(), longest::WORD);
        phones.push(Phone { e164, raw, kind });
    }
    phones
}

fn address(address: &IncomingAddress, cleaner: &mut Cleaner) -> Option<Value> {
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
            let text = cleaner.line("customer/address", text, longest::LINE)?;
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
        assert_eq!(person.first_name.as_deref(), Some("Ann Marie"));
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
}
