//! Whether two names can be one person's.

use platform_kernel::text::folded;

/// A name as far as it is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Name<'a> {
    pub(crate) first: Option<&'a str>,
    pub(crate) last: Option<&'a str>,
    /// Where only the whole is known, as of a business.
    pub(crate) full: Option<&'a str>,
    pub(crate) is_business: bool,
}

/// How far two names agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// They are two people's.
    Differ,
    /// One side says nothing.
    Unsaid,
    /// What both say agrees, and one says less.
    Part,
    /// First and last name agree, or the whole of a business's.
    Full,
}

/// Compares two names without case, accents and punctuation. An initial agrees with the name it
/// begins, a short form with the long one (`Rob`, `Robert`), one of several names with all of them,
/// and first and last name may have changed places.
pub(crate) fn agreement(a: &Name<'_>, b: &Name<'_>) -> Agreement {
    if a.is_business || b.is_business {
        return businesses(a, b);
    }
    let (a_first, a_last) = (words(a.first), words(a.last));
    let (b_first, b_last) = (words(b.first), words(b.last));
    let says = |first: &[String], last: &[String]| !first.is_empty() || !last.is_empty();
    if !says(&a_first, &a_last) || !says(&b_first, &b_last) {
        return Agreement::Unsaid;
    }
    let straight = both(agree(&a_first, &b_first), agree(&a_last, &b_last));
    let crossed = both(agree(&a_first, &b_last), agree(&a_last, &b_first));
    match (straight, crossed) {
        (Agreement::Full, _) | (_, Agreement::Full) => Agreement::Full,
        (Agreement::Part, _) | (_, Agreement::Part) => Agreement::Part,
        (straight, _) => straight,
    }
}

fn businesses(a: &Name<'_>, b: &Name<'_>) -> Agreement {
    let whole = |name: &Name<'_>| match name.full {
        Some(full) => words(Some(full)),
        None => [words(name.first), words(name.last)].concat(),
    };
    match agree(&whole(a), &whole(b)) {
        None => Agreement::Unsaid,
        Some(true) => Agreement::Full,
        Some(false) => Agreement::Differ,
    }
}

fn both(first: Option<bool>, last: Option<bool>) -> Agreement {
    match (first, last) {
        (Some(true), Some(true)) => Agreement::Full,
        (Some(false), _) | (_, Some(false)) => Agreement::Differ,
        (None, None) => Agreement::Unsaid,
        _ => Agreement::Part,
    }
}

/// `None` when one side doesn't say. Each word of the shorter side must have its match.
fn agree(a: &[String], b: &[String]) -> Option<bool> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let squashed = |words: &[String]| words.concat();
    if squashed(a) == squashed(b) {
        return Some(true);
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    Some(
        short
            .iter()
            .all(|word| long.iter().any(|other| is_short_for(word, other))),
    )
}

/// Letters that a short form has at least; below, only an initial counts.
const SHORT_FORM: usize = 3;

fn is_short_for(a: &str, b: &str) -> bool {
    let begins = |short: &str, long: &str| {
        let letters = short.chars().count();
        (letters == 1 || letters >= SHORT_FORM) && long.starts_with(short)
    };
    a == b || begins(a, b) || begins(b, a)
}

fn words(text: Option<&str>) -> Vec<String> {
    let folded = folded(text.unwrap_or_default());
    // The apostrophe is a letter of the name: O'Neil is one word.
    let kept = folded.replace('\'', "");
    let words = kept.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person<'a>(first: &'a str, last: &'a str) -> Name<'a> {
        let some = |text: &'a str| Some(text).filter(|t| !t.is_empty());
        Name {
            first: some(first),
            last: some(last),
            ..Name::default()
        }
    }

    #[test]
    fn one_person_writes_a_name_in_many_ways() {
        let full = [
            (("Ann", "Lee"), ("ANN", "lee")),
            (("A.", "Lee"), ("Ann", "Lee")),
            (("Ann Marie", "Lee"), ("Ann", "Lee")),
            (("Rob", "Smith"), ("Robert", "Smith")),
            (("José", "García López"), ("Jose", "Garcia")),
            (("Lee", "Ann"), ("Ann", "Lee")),
            (("Sean", "O’Neil"), ("Sean", "ONeil")),
            (("Jean-Luc", "Strauß"), ("Jean Luc", "STRAUSS")),
        ];
        for ((a, b), (c, d)) in full {
            assert_eq!(
                agreement(&person(a, b), &person(c, d)),
                Agreement::Full,
                "{a} {b}"
            );
        }
        let part = [(("Ann", ""), ("Ann", "Lee")), (("", "Lee"), ("Ann", "Lee"))];
        for ((a, b), (c, d)) in part {
            assert_eq!(
                agreement(&person(a, b), &person(c, d)),
                Agreement::Part,
                "{a} {b}"
            );
        }
        assert_eq!(
            agreement(&person("", ""), &person("Ann", "Lee")),
            Agreement::Unsaid
        );
    }

    #[test]
    fn names_of_two_people_differ() {
        for ((a, b), (c, d)) in [
            (("John", "Ames"), ("John", "Brown")),
            (("Ann", "Lee"), ("Bob", "Lee")),
            (("Bob", ""), ("Ann", "Lee")),
            (("Jo", "Lee"), ("Joan", "Lee")),
        ] {
            let found = agreement(&person(a, b), &person(c, d));
            assert_eq!(found, Agreement::Differ, "{a} {b}, {c} {d}");
        }
    }

    #[test]
    fn a_business_is_compared_as_a_whole_and_is_no_person() {
        let business = |full| Name {
            full: Some(full),
            is_business: true,
            ..Name::default()
        };
        let fleet = business("Acme Fleet, LLC");
        assert_eq!(
            agreement(&fleet, &business("ACME Fleet LLC")),
            Agreement::Full
        );
        assert_eq!(
            agreement(&fleet, &business("Beta Plumbing")),
            Agreement::Differ
        );
        assert_eq!(agreement(&fleet, &person("Ann", "Lee")), Agreement::Differ);
    }
}
