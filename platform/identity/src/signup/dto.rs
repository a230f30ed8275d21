use crate::fields::{check_email, check_name, check_token};
use crate::password::check_password;
use crate::sessions::TokenDelivery;
use platform_http::Validate;
use platform_kernel::error::FieldError;
use platform_kernel::id::SignupId;
use platform_kernel::secret::{ExposeSecret, SecretString};
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
    /// 8 to 128 characters; not a common one and not one's own name.
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
}

impl Validate for SignUp {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_name(&mut faults, "/group_name", &self.group_name);
        check_name(&mut faults, "/dealership_name", &self.dealership_name);
        check_name(&mut faults, "/name", &self.name);
        check_email(&mut faults, "/email", &self.email);
        let personal = [
            self.email.as_str(),
            &self.name,
            &self.dealership_name,
            &self.group_name,
        ];
        let password = self.password.expose_secret();
        check_password(&mut faults, "/password", password, &personal);
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

/// The token from the mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifySignup {
    pub token: String,
    #[serde(default)]
    pub token_delivery: Option<TokenDelivery>,
}

impl Validate for VerifySignup {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_token(&mut faults, "/token", &self.token);
        faults
    }
}
