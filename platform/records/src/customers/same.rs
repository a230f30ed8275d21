//! When a person is a customer on record.

use super::person::Person;

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
    use platform_kernel::text::Email;

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
}
