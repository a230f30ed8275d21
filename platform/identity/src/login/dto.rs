use crate::fields::check_email;
use crate::sessions::TokenDelivery;
use platform_http::Validate;
use platform_http::body::{check_text, fault};
use platform_kernel::error::FieldError;
use platform_kernel::secret::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

/// Who signs in where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    /// The dealership's slug; `platform` for those who run the platform.
    pub tenant: String,
    pub email: String,
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
    #[serde(default)]
    pub token_delivery: Option<TokenDelivery>,
}

impl Validate for LogIn {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_text(&mut faults, "/tenant", &self.tenant, 100);
        check_email(&mut faults, "/email", &self.email);
        match self.password.expose_secret().len() {
            0 => faults.push(fault("/password", "required", "must not be empty")),
            1..=1024 => {}
            _ => faults.push(fault("/password", "too_long", "is too long")),
        }
        faults
    }
}
