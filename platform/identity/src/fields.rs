//! Checks that several bodies share.

use platform_http::Validate;
use platform_http::body::{check_text, fault};
use platform_kernel::error::FieldError;
use platform_kernel::secret::{ExposeSecret, SecretString};
use platform_kernel::text::{Email, nfkc};
use serde::Deserialize;
use utoipa::ToSchema;

/// The token of a link in a mail, to see what the link is about. Tokens travel in bodies, never
/// in addresses, which proxies and browsers keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkToken {
    pub token: String,
}

impl Validate for LinkToken {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_token(&mut faults, "/token", &self.token);
        faults
    }
}

const LONGEST_NAME: usize = 120;
/// Digits in a row, signs between them aside, that pass for a telephone number.
const PHONE_DIGITS: usize = 7;

/// A name of a person, a dealership or a group. It may stand in mails to people who do not know
/// the sender, so nothing in it may pass for a link, an address or a telephone number.
pub(crate) fn check_name(faults: &mut Vec<FieldError>, pointer: &str, name: &str) {
    let before = faults.len();
    check_text(faults, pointer, name, LONGEST_NAME);
    if faults.len() > before {
        return;
    }
    let plain = nfkc(name).replace(['\u{3002}', '\u{2024}'], ".");
    let problem = if plain.contains(['/', '\\', '@']) {
        "must not contain / \\ or @"
    } else if has_domain(&plain) {
        "must not contain a link; put a space after a full stop"
    } else if has_phone_number(&plain) {
        "must not contain a telephone number"
    } else {
        return;
    };
    faults.push(fault(pointer, "invalid", problem));
}

/// A dot between a letter or digit and at least two letters: `evil.example`, not `A.J.`.
fn has_domain(text: &str) -> bool {
    let mut pieces = text.split('.').peekable();
    while let Some(before) = pieces.next() {
        let Some(after) = pieces.peek() else {
            return false;
        };
        let joined = before
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        let letters = after.chars().take_while(|c| c.is_alphabetic()).count();
        if joined && letters >= 2 {
            return true;
        }
    }
    false
}

fn has_phone_number(text: &str) -> bool {
    let mut digits = 0;
    for c in text.chars() {
        if c.is_numeric() {
            digits += 1;
        } else if c.is_alphabetic() {
            digits = 0;
        }
        if digits >= PHONE_DIGITS {
            return true;
        }
    }
    false
}

pub(crate) fn check_email(faults: &mut Vec<FieldError>, pointer: &str, email: &str) {
    if Email::parse(email).is_none() {
        faults.push(fault(pointer, "invalid_email", "is not an e-mail address"));
    }
}

/// One-time tokens are 32 to 64 characters; anything much longer is not worth hashing.
pub(crate) fn check_token(faults: &mut Vec<FieldError>, pointer: &str, token: &str) {
    check_text(faults, pointer, token, 200);
}

/// A password of any kind: the rules for new ones are checked where it is known to be one.
pub(crate) fn check_secret(faults: &mut Vec<FieldError>, pointer: &str, secret: &SecretString) {
    match secret.expose_secret().len() {
        0 => faults.push(fault(pointer, "required", "must not be empty")),
        1..=1024 => {}
        _ => faults.push(fault(pointer, "too_long", "is too long")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(name: &str) -> Option<String> {
        let mut faults = Vec::new();
        check_name(&mut faults, "/name", name);
        faults.pop().map(|fault| fault.detail)
    }

    #[test]
    fn a_name_cannot_carry_a_link_an_address_or_a_number_to_call() {
        for name in [
            "Your invoice 4711 is overdue, see evil.example/pay",
            "evil.example",
            "pay at evil\u{ff0e}example",
            "pay at evil\u{3002}example",
            "pay at evil\u{2024}example",
            "EVIL.EXAMPLE now",
            "xn--e1aybc.xn--p1ai",
            "www.evil.example",
            "a/b",
            "a\u{ff0f}b",
            "http:\\\\evil",
            "write to pay@evil",
            "call 1-800-555-0199",
            "call (512) 555 01 99",
            "call \u{ff11}\u{ff18}\u{ff10}\u{ff10}\u{ff15}\u{ff15}\u{ff15}",
            "two\nlines",
            "turned \u{202e}around",
            &"x".repeat(121),
        ] {
            assert!(problem(name).is_some(), "{name}");
        }
    }

    #[test]
    fn names_of_the_trade_pass() {
        for name in [
            "A.J. Smith Jr.",
            "Dr. Zo\u{eb} M\u{fc}ller-L\u{fc}denscheidt",
            "O\u{2019}Neil & Sons, Inc.",
            "Route 66 Motors (Est. 1987)",
            "St. John's Ford",
            "\u{674e}\u{5c0f}\u{9f99}",
            "No. 1 Auto 24",
            "U.S. 41 Toyota",
        ] {
            assert_eq!(problem(name), None, "{name}");
        }
    }
}
