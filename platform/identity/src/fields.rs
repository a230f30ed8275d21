//! Checks that several bodies share.

use platform_http::body::{check_text, fault};
use platform_kernel::error::FieldError;
use platform_kernel::text::Email;

/// A name that goes into mails we send: no text that could pass for a link of ours.
pub(crate) fn check_name(faults: &mut Vec<FieldError>, pointer: &str, name: &str) {
    check_text(faults, pointer, name, 200);
    let lower = name.to_lowercase();
    if lower.contains("://") || lower.contains("www.") {
        faults.push(fault(pointer, "invalid", "must not contain a link"));
    }
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
