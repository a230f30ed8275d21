use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// What a person is at a dealership, or on the platform.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    User,
    Manager,
    DealershipAdmin,
    /// Runs the platform; belongs to no dealership.
    SuperAdmin,
}

impl Role {
    pub const ALL: [Role; 4] = [
        Role::User,
        Role::Manager,
        Role::DealershipAdmin,
        Role::SuperAdmin,
    ];

    /// The word in the policy, in tokens and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Manager => "manager",
            Self::DealershipAdmin => "dealership_admin",
            Self::SuperAdmin => "super_admin",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::User => "team member",
            Self::Manager => "manager",
            Self::DealershipAdmin => "dealership admin",
            Self::SuperAdmin => "platform admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
