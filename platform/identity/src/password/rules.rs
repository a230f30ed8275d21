//! What a new password must be: NIST SP 800-63B §3.1.1.2. Long enough, not among those that
//! everybody tries first, not what one reads on the business card; nothing about digits and signs.

use platform_http::body::fault;
use platform_kernel::error::FieldError;
use platform_kernel::text::nfkc;
use std::collections::HashSet;
use std::sync::LazyLock;

/// The 11,611 of zxcvbn's 30,000 most frequent passwords that are long enough to be asked about,
/// in lower case. Its licence: `common.LICENSE.txt`.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common.txt").lines().collect());

const SHORTEST: usize = 8;
const LONGEST: usize = 128;

/// Adds what is wrong with `password`. `personal` is what others know of its owner: e-mail, name,
/// dealership.
pub(crate) fn check_password(
    faults: &mut Vec<FieldError>,
    pointer: &str,
    password: &str,
    personal: &[&str],
) {
    let password = nfkc(password);
    let length = password.chars().count();
    let lower = password.to_lowercase();
    let problem = if length < SHORTEST {
        ("too_short", "must have at least 8 characters")
    } else if length > LONGEST {
        ("too_long", "must have at most 128 characters")
    } else if is_common(&lower) {
        (
            "too_common",
            "is one of the passwords that are guessed first; choose another",
        )
    } else if is_personal(&lower, personal) {
        (
            "too_personal",
            "must not be your e-mail address, your name or your dealership's name",
        )
    } else {
        return;
    };
    faults.push(fault(pointer, problem.0, problem.1));
}

fn is_common(lower: &str) -> bool {
    let mut chars = lower.chars();
    let first = chars.next();
    COMMON.contains(lower) || chars.all(|c| Some(c) == first)
}

/// Equal but for case, signs and digits around it: `Acme-Motors1!` is `acme motors`.
fn is_personal(lower: &str, personal: &[&str]) -> bool {
    let password = bare(lower);
    let of_email = personal
        .iter()
        .filter_map(|text| text.rsplit_once('@').map(|(local, _)| local));
    personal
        .iter()
        .copied()
        .chain(of_email)
        .chain(["auterity"])
        .map(|text| bare(&text.to_lowercase()))
        .any(|text| !text.is_empty() && text == password)
}

/// Letters only, and digits inside.
fn bare(lower: &str) -> String {
    let text: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let trimmed = text.trim_matches(|c: char| c.is_numeric());
    if trimmed.is_empty() {
        text
    } else {
        trimmed.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(password: &str) -> Option<String> {
        let mut faults = Vec::new();
        let personal = ["ann.smith@acme.example", "Ann Smith", "Acme Motors"];
        check_password(&mut faults, "/password", password, &personal);
        faults.pop().map(|fault| fault.code)
    }

    #[test]
    fn a_bad_password_is_refused_and_told_why() {
        for (password, code) in [
            ("", "too_short"),
            ("seven77", "too_short"),
            ("password", "too_common"),
            ("PassWord1", "too_common"),
            ("1qaz2wsx", "too_common"),
            ("zzzzzzzzzzzz", "too_common"),
            ("ann.smith@acme.example", "too_personal"),
            ("Ann.Smith", "too_personal"),
            ("annsmith2026", "too_personal"),
            ("Acme-Motors1!", "too_personal"),
            ("Auterity2026", "too_personal"),
        ] {
            assert_eq!(verdict(password).as_deref(), Some(code), "{password}");
        }
        assert_eq!(verdict(&"x1".repeat(65)).as_deref(), Some("too_long"));
    }

    #[test]
    fn any_other_is_taken_whatever_it_is_made_of() {
        for password in [
            "correct horse battery",
            "tlqkfehgkrh",
            "пароль для входа",
            "83920175",
            &"y7".repeat(64),
        ] {
            assert_eq!(verdict(password), None, "{password}");
        }
    }

    #[test]
    fn the_list_is_long_and_clean() {
        assert!(COMMON.len() > 3_000);
        assert!(COMMON.iter().all(|p| p.len() >= 8 && *p == p.trim()));
    }
}
