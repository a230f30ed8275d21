use super::filler::is_phrase_in_one;
use super::read::{PLACEHOLDER, Read, head};
use super::{is_deceptive, is_filler, normalized};
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens};
use std::fmt;

/// An e-mail address in the form under which it is compared: trimmed, lower case, NFC, the
/// domain in ASCII (IDNA, RFC 5891).
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Email(String);

const SEVERAL: &str = "names several addresses; the first one counts";
const NONE: &str = "is no e-mail address";
/// Bytes of a text in which addresses are looked for.
const LONGEST: usize = 4_000;

impl Email {
    /// Accepts `local@domain.tld` alone, of at most 254 bytes (RFC 5321 §4.5.3.1) without control
    /// characters or spaces; `None` otherwise. Quoted local parts, which nobody types, are
    /// refused. This is for what a person types into a field of its own; see [`Email::read`] for
    /// what other systems send.
    pub fn parse(text: &str) -> Option<Self> {
        let text = normalized(text.trim()).to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let plain = |c: char| {
            !c.is_control()
                && !c.is_whitespace()
                && !is_deceptive(c)
                && !"<>()[],;:\\\"@“”„«»‹›".contains(c)
        };
        let dots =
            |part: &str| !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
        if domain.ends_with('.') {
            return None;
        }
        let domain = idna::uts46::Uts46::new()
            .to_ascii(
                domain.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::Verify,
            )
            .ok()?;
        let address = format!("{local}@{domain}");
        let top = domain.rsplit('.').next()?;
        let good = address.len() <= 254
            && !local.is_empty()
            && local.len() <= 64
            && local.chars().all(plain)
            && dots(local)
            && domain.contains('.')
            && !top.bytes().all(|byte| byte.is_ascii_digit());
        good.then_some(Self(address))
    }

    /// Reads what a form, a feed or a mail program writes: `Ann Lee <ann@example.com>`,
    /// `mailto:ann@example.com?subject=Hi`, a trailing stop, several addresses (the first good
    /// one counts), spaces around the `@`. Placeholders such as `declined@declined.com` are none.
    pub fn read(text: &str) -> Read<Self> {
        let text = normalized(head(text, LONGEST));
        if is_filler(&text) {
            return match text.trim() {
                "" => Read::nothing(),
                _ => Read::fault(PLACEHOLDER),
            };
        }
        let mut found: Vec<Self> = Vec::new();
        let mut placeholder = is_half_placeholder(&text);
        for email in candidates(&text) {
            if email.is_placeholder() {
                placeholder = true;
            } else if !found.contains(&email) {
                found.push(email);
            }
            if found.len() > 1 {
                break;
            }
        }
        let several = found.len() > 1;
        match (found.into_iter().next(), several) {
            (Some(email), false) => Read::of(email),
            (Some(email), true) => Read::noted(email, SEVERAL),
            (None, _) if placeholder => Read::fault(PLACEHOLDER),
            (None, _) => Read::fault(NONE),
        }
    }

    /// The form that is compared, stored and sent to.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that people read, with the domain in Unicode: `ann@müller.example`.
    pub fn display(&self) -> String {
        match self.0.split_once('@') {
            Some((local, domain)) if domain.contains("xn--") => {
                format!("{local}@{}", idna::domain_to_unicode(domain).0)
            }
            _ => self.0.clone(),
        }
    }

    /// Whether the mailbox is what forms and staff write when they have none. Mail to it reaches
    /// nobody, and two people who both "have" it are not one person.
    pub fn is_placeholder(&self) -> bool {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        stands_for_none(local, domain)
    }
}

/// `noemail@` and `test@test`: no addresses, and meant to be none.
fn is_half_placeholder(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let split = lower.split_once('@');
    split.is_some_and(|(local, domain)| !domain.contains('.') && stands_for_none(local, domain))
}

fn stands_for_none(local: &str, domain: &str) -> bool {
    let letters = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    let local = letters(local);
    let label = letters(domain.split('.').next().unwrap_or_default());
    let word = local.trim_end_matches(|c: char| c.is_ascii_digit());
    let word = if word.is_empty() { &local } else { word };
    let nobody = |word: &str| NO_ADDRESS.contains(&word) || is_phrase_in_one(word);
    let number = local.bytes().all(|byte| byte.is_ascii_digit());
    let no_name = NO_NAME.contains(&word) || (number && local.len() <= 4);
    let twice = local == label && (no_name || number || local.len() < 3 || is_one(&local));
    let letters_alone = local.len() == 1 && label.len() == 1;
    domain.ends_with(".invalid")
        || nobody(word)
        || nobody(&label)
        || twice
        || letters_alone
        || (NOWHERE.contains(&label.as_str()) && no_name)
        || (FREE_MAIL.contains(&domain) && (NO_NAME.contains(&word) || is_one(&local)))
}

/// One character again and again.
fn is_one(text: &str) -> bool {
    let first = text.chars().next();
    text.chars().all(|c| Some(c) == first)
}

/// The addresses in a text, in order. What stands in an address of the web is none.
fn candidates(text: &str) -> impl Iterator<Item = Email> {
    let text = join_at(text);
    let ends = |c: char| c.is_whitespace() || c.is_control() || "<>()[]{},;|\"“”„«»‹›".contains(c);
    let parts: Vec<String> = text
        .split(ends)
        .filter(|part| part.contains('@') && !part.contains("://"))
        .flat_map(|part| part.split('/'))
        .map(str::to_owned)
        .collect();
    parts.into_iter().filter_map(|part| {
        let lower = part.to_ascii_lowercase();
        let start = lower.rfind("mailto:").map_or(0, |at| at + 7);
        let address = part.get(start..)?;
        let address = address.split('?').next()?;
        let address = address.trim_matches(|c: char| ".,:;!'’‘`*=".contains(c));
        Email::parse(address).or_else(|| {
            // `E-mail:ann@example.com`
            let (_, after) = address.rsplit_once([':', '='])?;
            Email::parse(after)
        })
    })
}

/// `ann @ example.com` without the spaces, and `ann @example.com` where nothing else is said: in
/// a sentence `@example.com` is a name of its own.
fn join_at(text: &str) -> String {
    let blank = [' ', '\u{a0}'];
    let alone = text.split_whitespace().nth(3).is_none();
    let mut joined = String::with_capacity(text.len());
    for (index, part) in text.split('@').enumerate() {
        let spaced = joined.ends_with(blank) && part.starts_with(blank);
        let part = match index {
            0 => part,
            _ if alone || spaced => {
                joined.truncate(joined.trim_end_matches(blank).len());
                joined.push('@');
                part.trim_start_matches(blank)
            }
            _ => {
                joined.push('@');
                part
            }
        };
        joined.push_str(part);
    }
    joined
}

/// No mailbox of anybody's, whatever the domain, and no domain of anybody's.
const NO_ADDRESS: &[&str] = &[
    "none",
    "noaddress",
    "noreply",
    "donotreply",
    "nothanks",
    "declined",
    "declinedemail",
    "emaildeclined",
    "declinetoprovide",
    "refused",
    "unknown",
    "undefined",
    "ninguno",
    "ninguna",
    "aucun",
    "aucune",
    "keine",
    "notienecorreo",
    "keinemail",
    "fakeemail",
    "dummyemail",
    "testemail",
];

/// Words that are mailboxes somewhere, but not where the domain is the same word or a provider
/// that gives such addresses to nobody.
const NO_NAME: &[&str] = &[
    "no",
    "na",
    "null",
    "nil",
    "test",
    "tester",
    "testing",
    "testtest",
    "fake",
    "dummy",
    "email",
    "mail",
    "nobody",
    "noone",
    "nope",
    "nonone",
    "asdf",
    "asd",
    "qwerty",
    "abc",
    "xyz",
    "abcd",
    "anonymous",
    "customer",
    "name",
    "user",
    "example",
    "sample",
    "tbd",
    "xxx",
    "your",
    "youremail",
    "yourname",
    "myemail",
    "someone",
    "somebody",
];

/// Domains that such words are put before.
const NOWHERE: &[&str] = &[
    "nowhere",
    "somewhere",
    "domain",
    "email",
    "mail",
    "abc",
    "test",
    "website",
    "address",
    "company",
    "yourdomain",
    "mydomain",
];

const FREE_MAIL: &[&str] = &[
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "aol.com",
    "icloud.com",
    "live.com",
    "msn.com",
    "mail.com",
    "email.com",
    "ymail.com",
    "me.com",
    "comcast.net",
];

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_space_do_not_make_another_address() {
        assert_eq!(
            Email::parse(" Ann@Example.COM ").unwrap().as_str(),
            "ann@example.com"
        );
    }

    #[test]
    fn what_is_no_address_or_could_inject_a_header_is_refused() {
        for bad in [
            "",
            "ann",
            "ann@",
            "@x.com",
            "a b@x.com",
            "a@x",
            "a@-x.com",
            "a@x..com",
            "a@x.com.",
            "a@x.com\r\nBcc: b@y.com",
            "a,b@x.com",
            "a..b@x.com",
            "<a@x.com>",
            "a@10.0.0.1",
            "a@x_y.com",
            "a@x.com/y",
        ] {
            assert!(Email::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_domain_is_compared_in_ascii_and_shown_in_unicode() {
        let unicode = Email::parse("Ann@Müller.example").unwrap();
        assert_eq!(unicode.as_str(), "ann@xn--mller-kva.example");
        for same in [
            "ann@xn--mller-kva.example",
            "ann@mu\u{308}ller.example",
            "ANN@MÜLLER.EXAMPLE",
        ] {
            assert_eq!(Email::parse(same).unwrap(), unicode, "{same}");
        }
        assert_eq!(unicode.display(), "ann@müller.example");
        let local = Email::parse("jose\u{301}@example.com").unwrap();
        assert_eq!(local.as_str(), "josé@example.com");
    }

    #[test]
    fn an_address_is_found_in_what_stands_around_it() {
        for (text, expected) in [
            ("Pat Buyer <p1@buyer.example>", "p1@buyer.example"),
            ("\"Buyer, Pat\" <p1@buyer.example>", "p1@buyer.example"),
            ("p3@buyer.example.", "p3@buyer.example"),
            ("<p3@buyer.example>", "p3@buyer.example"),
            ("mailto:p3@buyer.example?subject=Hi", "p3@buyer.example"),
            ("MAILTO:P3@Buyer.Example", "p3@buyer.example"),
            ("E-mail: p3@buyer.example", "p3@buyer.example"),
            ("email:p3@buyer.example", "p3@buyer.example"),
            ("'p3@buyer.example'", "p3@buyer.example"),
            ("p3 @ buyer.example", "p3@buyer.example"),
            (
                "[p3@buyer.example](mailto:p3@buyer.example)",
                "p3@buyer.example",
            ),
            ("p3@buyer.example (work)", "p3@buyer.example"),
            ("\u{200b}p3@buyer.example\u{feff}", "p3@buyer.example"),
            ("none@none.com, p3@buyer.example", "p3@buyer.example"),
        ] {
            let read = Email::read(text);
            assert_eq!(
                read.value.as_ref().map(Email::as_str),
                Some(expected),
                "{text}"
            );
            assert_eq!(read.note, None, "{text}");
        }
        let several = Email::read("p1@buyer.example; p2@buyer.example");
        assert_eq!(several.value.unwrap().as_str(), "p1@buyer.example");
        assert_eq!(several.note, Some(SEVERAL));
        for bad in ["call me", "p3@buyer", "p3@", "p3(at)buyer"] {
            assert_eq!(Email::read(bad), Read::fault(NONE), "{bad}");
        }
        assert_eq!(Email::read(" "), Read::nothing());
    }

    #[test]
    fn a_placeholder_is_no_address() {
        for text in [
            "declined@declined.com",
            "DECLINED@declined.com",
            "none@none.com",
            "noemail@dealer.example",
            "no.email@dealer.example",
            "no-email@gmail.com",
            "noemail123@gmail.com",
            "na@na.com",
            "test@test.com",
            "test@gmail.com",
            "x@x.com",
            "aaa@aaa.com",
            "null@null.com",
            "unknown@unknown.com",
            "ann@noemail.com",
            "ann@dealer.invalid",
            "N/A",
            "none",
            "no email",
            "sin correo",
        ] {
            assert!(Email::read(text).is_placeholder(), "{text}");
        }
        for text in [
            "na@example.com",
            "ann@null.com",
            "null@family.example",
            "test.driver@buyer.example",
            "smith@smith.com",
            "nona@gmail.com",
            "tester@carmagazine.example",
            "info@info.example",
            "hannah@hannah.example",
        ] {
            assert!(Email::read(text).value.is_some(), "{text}");
        }
    }
}
