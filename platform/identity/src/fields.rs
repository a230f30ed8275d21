//! Checks that several bodies share.

use platform_http::Validate;
use platform_http::body::{check_text, fault};
use platform_kernel::error::FieldError;
use platform_kernel::secret::{ExposeSecret, SecretString};
use platform_kernel::text::Email;
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

/// A password of any kind: the rules for new ones are checked where it is known to be one.
pub(crate) fn check_secret(faults: &mut Vec<FieldError>, pointer: &str, secret: &SecretString) {
    match secret.expose_secret().len() {
        0 => faults.push(fault(pointer, "required", "must not be empty")),
        1..=1024 => {}
        _ => faults.push(fault(pointer, "too_long", "is too long")),
    }
}
