use platform_http::Validate;
use platform_kernel::error::FieldError;
use platform_kernel::id::UserId;
use policies::Role;
use serde::{Deserialize, Serialize};
use tenants::TenantView;
use utoipa::ToSchema;

/// How the refresh token reaches the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenDelivery {
    /// As an HttpOnly cookie, for browsers.
    #[default]
    Cookie,
    /// As `refresh_token` in the body, for API clients.
    Body,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UserView {
    pub id: UserId,
    pub name: String,
    pub email: String,
}

/// A sign-in that worked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// Seconds until the access token expires.
    pub expires_in: i64,
    /// Only with `token_delivery: "body"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    pub user: UserView,
    /// `null` for a super admin.
    pub tenant: Option<TenantView>,
    pub role: Role,
}

/// The refresh token comes as a cookie, or in the body.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshSession {
    #[serde(default)]
    pub refresh_token: Option<String>,
    /// As the token came, unless told. One that came as a cookie is never given to scripts.
    #[serde(default)]
    pub token_delivery: Option<TokenDelivery>,
}

impl Validate for RefreshSession {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if let Some(token) = &self.refresh_token {
            crate::fields::check_token(&mut faults, "/refresh_token", token);
        }
        faults
    }
}

/// Which session to end: that of the cookie, or that of the token in the body.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogOut {
    #[serde(default)]
    pub refresh_token: Option<String>,
}

impl Validate for LogOut {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if let Some(token) = &self.refresh_token {
            crate::fields::check_token(&mut faults, "/refresh_token", token);
        }
        faults
    }
}
