//! When a person is a customer on record.

use super::names::{Agreement, Name, agreement};

/// How well a person fits a customer on record, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// The same mailbox.
    Email,
    /// The same number.
    Phone,
}

/// How far an address or number that both have tells who somebody is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shared {
    /// They have none in common.
    #[default]
    No,
    /// Many people have it, or the dealership itself: it says nothing.
    Common,
    /// A household's.
    Few,
    /// Nobody else has it.
    Own,
}

/// Different people with one address or number, above which it is nobody's: a company's switchboard,
/// a provider's own address.
const HOUSEHOLD: usize = 3;

impl Shared {
    /// Of an address or number that this many different people have.
    pub(crate) fn by(people: usize) -> Self {
        match people {
            0 | 1 => Self::Own,
            2..=HOUSEHOLD => Self::Few,
            _ => Self::Common,
        }
    }

    /// Whether it and the names together are enough.
    fn suffices(self, names: Agreement) -> bool {
        match self {
            Self::No => false,
            Self::Common => names == Agreement::Full,
            Self::Few => matches!(names, Agreement::Full | Agreement::Part),
            Self::Own => names != Agreement::Differ,
        }
    }
}

/// A customer on record, as far as telling people apart goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known<'a> {
    pub(crate) name: Name<'a>,
    pub(crate) email: Shared,
    pub(crate) phone: Shared,
    /// Whether any mailbox of theirs is on record.
    pub(crate) has_email: bool,
}

/// Whether the person of this name is the customer on record. Mixing two people's business is worse
/// than keeping one person twice, so names that differ never become one customer, and what several
/// people share decides only together with the name:
///
/// * one's own e-mail: the same person unless the names differ;
/// * one's own phone: the same, but with different e-mails only where the names agree in full;
/// * what a household shares: the names must agree in what both say;
/// * what many share, or what is the dealership's own: the names must agree in full.
pub(crate) fn fit(name: &Name<'_>, has_email: bool, known: &Known<'_>) -> Option<Fit> {
    let names = agreement(name, &known.name);
    if known.email.suffices(names) {
        return Some(Fit::Email);
    }
    let other_email = known.email == Shared::No && known.has_email && has_email;
    let sure = !other_email || names == Agreement::Full;
    (sure && known.phone.suffices(names)).then_some(Fit::Phone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name<'a>(first: &'a str, last: &'a str) -> Name<'a> {
        let some = |text: &'a str| Some(text).filter(|t| !t.is_empty());
        Name {
            first: some(first),
            last: some(last),
            ..Name::default()
        }
    }

    #[test]
    fn names_that_differ_are_two_people_whatever_they_share() {
        let known = |name, shared| Known {
            name,
            email: shared,
            phone: shared,
            has_email: true,
        };
        for shared in [Shared::Own, Shared::Few, Shared::Common] {
            for other in [name("Bob", "Lee"), name("Ann", "Smith"), name("Bob", "")] {
                let known = known(other, shared);
                assert_eq!(fit(&name("Ann", "Lee"), true, &known), None, "{known:?}");
            }
        }
    }

    #[test]
    fn the_more_people_share_something_the_more_the_names_must_say() {
        let by_email = |who: Name<'_>, email| {
            let known = Known {
                name: name("Ann", "Lee"),
                email,
                has_email: true,
                ..Known::default()
            };
            fit(&who, true, &known).is_some()
        };
        let rows = [
            (name("", ""), [true, false, false]),
            (name("A.", ""), [true, true, false]),
            (name("Ann", ""), [true, true, false]),
            (name("ANN", "Lee"), [true, true, true]),
        ];
        for (who, expected) in rows {
            let found = [Shared::Own, Shared::Few, Shared::Common]
                .map(|shared| by_email(who.clone(), shared));
            assert_eq!(found, expected, "{who:?}");
        }
    }

    #[test]
    fn a_phone_with_another_mailbox_needs_the_whole_name() {
        let ann = |has_email| Known {
            name: name("Ann", "Lee"),
            phone: Shared::Own,
            has_email,
            ..Known::default()
        };
        assert_eq!(fit(&name("", ""), true, &ann(true)), None);
        assert_eq!(fit(&name("", ""), true, &ann(false)), Some(Fit::Phone));
        assert_eq!(fit(&name("Ann", "Lee"), true, &ann(true)), Some(Fit::Phone));
        assert_eq!(fit(&name("Bob", "Lee"), true, &ann(false)), None);
    }
}
