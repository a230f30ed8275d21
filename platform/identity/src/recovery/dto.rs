use crate::fields::{check_email, check_token};
use crate::password::check_password;
use platform_http::Validate;
use platform_http::body::check_text;
use platform_kernel::error::FieldError;
use platform_kernel::secret::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whose password was forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgottenPassword {
    /// The dealership's slug.
    pub tenant: String,
    pub email: String,
}

impl Validate for ForgottenPassword {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_text(&mut faults, "/tenant", &self.tenant, 100);
        check_email(&mut faults, "/email", &self.email);
        faults
    }
}

/// Always the same, whether or not there is such an account.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ForgottenPasswordAccepted {}

/// The token from the mail and the new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    pub token: String,
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
}

impl Validate for ResetPassword {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_token(&mut faults, "/token", &self.token);
        check_password(&mut faults, "/password", self.password.expose_secret(), &[]);
        faults
    }
}
