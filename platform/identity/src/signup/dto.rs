use crate::fields::{check_email, check_name, check_secret, check_token};
use crate::sessions::TokenDelivery;
use platform_http::Validate;
use platform_kernel::error::FieldError;
use platform_kernel::id::SignupId;
use platform_kernel::secret::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who wants to join.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    pub group_name: String,
    pub dealership_name: String,
    pub name: String,
    pub email: String,
}

impl Validate for SignUp {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_name(&mut faults, "/group_name", &self.group_name);
        check_name(&mut faults, "/dealership_name", &self.dealership_name);
        check_name(&mut faults, "/name", &self.name);
        check_email(&mut faults, "/email", &self.email);
        faults
    }
}

/// The sign-up waits for its e-mail address to be verified.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SignupAccepted {
    pub signup_id: SignupId,
}

/// Asks for the mail once more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResendSignup {
    pub signup_id: SignupId,
}

impl Validate for ResendSignup {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// A sign-up as the person sees it who got its mail.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SignupPreview {
    pub group_name: String,
    pub dealership_name: String,
    /// As it was typed at sign-up; verification may give another.
    pub name: String,
    pub email: String,
}

/// The token from the mail, and what only its reader may choose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifySignup {
    pub token: String,
    /// 8 to 128 characters; not a common one and not one's own name.
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
    /// Replaces the name that was typed at sign-up.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub token_delivery: Option<TokenDelivery>,
}

impl Validate for VerifySignup {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_token(&mut faults, "/token", &self.token);
        if let Some(name) = &self.name {
            check_name(&mut faults, "/name", name);
        }
        check_secret(&mut faults, "/password", &self.password);
        faults
    }
}
