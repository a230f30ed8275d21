use crate::fields::{check_email, check_secret};
use crate::sessions::TokenDelivery;
use platform_http::Validate;
use platform_http::body::check_text;
use platform_kernel::error::FieldError;
use platform_kernel::secret::SecretString;
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
        check_secret(&mut faults, "/password", &self.password);
        faults
    }
}
