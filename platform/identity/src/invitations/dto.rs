use super::queries::Invitation;
use crate::fields::{check_email, check_name, check_secret, check_token};
use crate::members::dto::check_role;
use crate::sessions::TokenDelivery;
use chrono::{DateTime, Utc};
use platform_http::Validate;
use platform_kernel::clock;
use platform_kernel::error::FieldError;
use platform_kernel::id::InvitationId;
use platform_kernel::secret::SecretString;
use policies::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInvitation {
    pub email: String,
    #[serde(default)]
    pub name: Option<String>,
    pub role: Role,
}

impl Validate for CreateInvitation {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_email(&mut faults, "/email", &self.email);
        if let Some(name) = &self.name {
            check_name(&mut faults, "/name", name);
        }
        check_role(&mut faults, Some(self.role));
        faults
    }
}

/// A person to add, who is invited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateMember {
    pub name: String,
    pub email: String,
    pub role: Role,
}

impl Validate for CreateMember {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_name(&mut faults, "/name", &self.name);
        check_email(&mut faults, "/email", &self.email);
        check_role(&mut faults, Some(self.role));
        faults
    }
}

impl From<CreateMember> for CreateInvitation {
    fn from(member: CreateMember) -> Self {
        Self {
            email: member.email,
            name: Some(member.name),
            role: member.role,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationStatus {
    Pending,
    Accepted,
    Expired,
    Revoked,
}

/// An invitation as the dealership sees it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitationView {
    pub id: InvitationId,
    pub email: String,
    pub name: Option<String>,
    pub role: Role,
    /// Name of who invited.
    pub invited_by: String,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub status: InvitationStatus,
}

impl From<Invitation> for InvitationView {
    fn from(row: Invitation) -> Self {
        let status = if row.accepted_at.is_some() {
            InvitationStatus::Accepted
        } else if row.revoked_at.is_some() {
            InvitationStatus::Revoked
        } else if row.expires_at <= clock::now() {
            InvitationStatus::Expired
        } else {
            InvitationStatus::Pending
        };
        Self {
            role: row.role(),
            id: row.id,
            email: row.email,
            name: row.name,
            invited_by: row.invited_by,
            expires_at: row.expires_at,
            created_at: row.created_at,
            status,
        }
    }
}

/// An invitation as the invited person sees it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitationPreview {
    pub tenant_name: String,
    pub tenant_slug: String,
    pub email: String,
    pub role: Role,
    /// Name of who invited.
    pub invited_by: String,
    pub name: Option<String>,
    /// The person works at another dealership of the group already: they accept with the
    /// password that they have.
    pub has_account: bool,
}

/// The token from the mail, and who one is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    pub token: String,
    pub name: String,
    /// A new one, or the one of the account that the person has in the group.
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
    #[serde(default)]
    pub token_delivery: Option<TokenDelivery>,
}

impl Validate for AcceptInvitation {
    /// The rules for new passwords are checked once it is known to be a new one.
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_token(&mut faults, "/token", &self.token);
        check_name(&mut faults, "/name", &self.name);
        check_secret(&mut faults, "/password", &self.password);
        faults
    }
}
