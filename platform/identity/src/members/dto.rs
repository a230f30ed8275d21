use super::queries::Member;
use chrono::{DateTime, Utc};
use platform_http::Validate;
use platform_http::body::fault;
use platform_kernel::error::FieldError;
use platform_kernel::id::UserId;
use policies::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

platform_kernel::words! {
    /// Whether a member may sign in at the dealership.
    pub enum MemberStatus {
        Active = "active",
        Disabled = "disabled",
    }
}

/// Somebody who works at the dealership.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberView {
    pub user_id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub status: MemberStatus,
    pub last_seen_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        Self {
            role: member.role(),
            status: member.status(),
            user_id: member.user_id,
            name: member.name,
            email: member.email,
            last_seen_at: member.last_seen_at,
            created_at: member.created_at,
        }
    }
}

/// What is to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMember {
    #[serde(default)]
    pub role: Option<Role>,
    #[serde(default)]
    pub status: Option<MemberStatus>,
}

impl Validate for UpdateMember {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_role(&mut faults, self.role);
        faults
    }
}

/// Nobody becomes a super admin at a dealership.
pub(crate) fn check_role(faults: &mut Vec<FieldError>, role: Option<Role>) {
    if role == Some(Role::SuperAdmin) {
        let detail = "must be dealership_admin, manager or user";
        faults.push(fault("/role", "invalid", detail));
    }
}
