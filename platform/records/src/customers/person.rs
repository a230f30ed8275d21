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

/// How well a person fits a customer on record, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// The same mailbox, and nothing says it is shared.
    Email,
    /// The same number, and nothing says it is shared.
    Phone,
}

/// A customer on record, as far as telling people apart goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known<'a> {
    pub(crate) first_name: Option<&'a str>,
    pub(crate) last_name: Option<&'a str>,
    pub(crate) shares_email: bool,
    pub(crate) shares_phone: bool,
    /// Whether any mailbox of theirs is on record.
    pub(crate) has_email: bool,
}

/// Whether `person` is the customer on record. Households share mailboxes and phones, and mixing
/// two people's business is worse than keeping one person twice, so a shared value alone decides
/// only as long as nothing speaks against it:
///
/// * same e-mail: the same person unless first *and* last name differ;
/// * same phone and no other e-mail on one side: the same person unless first *or* last differs;
/// * same phone but different e-mails: the same person only if both names are there and agree.
pub(crate) fn fit(person: &Person, known: &Known<'_>) -> Option<Fit> {
    let first = agree(person.first_name.as_deref(), known.first_name);
    let last = agree(person.last_name.as_deref(), known.last_name);
    if known.shares_email && !(first == Some(false) && last == Some(false)) {
        return Some(Fit::Email);
    }
    if !known.shares_phone || first == Some(false) || last == Some(false) {
        return None;
    }
    let other_email = !known.shares_email && known.has_email && person.email.is_some();
    let sure = !other_email || (first == Some(true) && last == Some(true));
    sure.then_some(Fit::Phone)
}

/// `None` when one side doesn't say. An initial agrees with the name it begins.
fn agree(a: Option<&str>, b: Option<&str>) -> Option<bool> {
    let fold = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let (a, b) = (fold(a?), fold(b?));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let initial = |short: &str, long: &str| short.chars().count() == 1 && long.starts_with(short);
    Some(a == b || initial(&a, &b) || initial(&b, &a))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(first: &str, last: &str, email: Option<&str>) -> Person {
        let some = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
        Person {
            first_name: some(first),
            last_name: some(last),
            email: email.and_then(Email::parse),
            ..Person::default()
        }
    }

    fn known<'a>(first: &'a str, last: &'a str) -> Known<'a> {
        let some = |text: &'a str| Some(text).filter(|t| !t.is_empty());
        Known {
            first_name: some(first),
            last_name: some(last),
            ..Known::default()
        }
    }

    #[test]
    fn one_mailbox_is_one_person_unless_both_names_differ() {
        let ann = person("Ann", "Lee", Some("ann@example.com"));
        let shared = |first, last| Known {
            shares_email: true,
            has_email: true,
            ..known(first, last)
        };
        for (first, last) in [("ANN", "Lee"), ("A.", "Lee"), ("Ann", "Smith"), ("", "")] {
            assert_eq!(
                fit(&ann, &shared(first, last)),
                Some(Fit::Email),
                "{first} {last}"
            );
        }
        assert_eq!(fit(&ann, &shared("Bob", "Smith")), None);
    }

    #[test]
    fn a_shared_phone_joins_nobody_with_another_name() {
        let bob = person("Bob", "Lee", Some("bob@example.com"));
        let ann = |has_email| Known {
            shares_phone: true,
            has_email,
            ..known("Ann", "Lee")
        };
        assert_eq!(fit(&bob, &ann(true)), None);
        assert_eq!(fit(&bob, &ann(false)), None);
        let nameless = person("", "", Some("x@example.com"));
        assert_eq!(
            fit(&nameless, &ann(true)),
            None,
            "another mailbox and no name to tell"
        );
        assert_eq!(fit(&nameless, &ann(false)), Some(Fit::Phone));
        let same = person("Ann", "Lee", Some("work@example.com"));
        assert_eq!(fit(&same, &ann(true)), Some(Fit::Phone), "a second mailbox");
    }

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
