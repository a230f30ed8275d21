use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a lead stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadStatus {
    New,
    Contacted,
    Working,
    Sold,
    Lost,
    /// A person has to look at it first: see `review_reason`.
    NeedsReview,
}

impl LeadStatus {
    pub const ALL: [Self; 6] = [
        Self::New,
        Self::Contacted,
        Self::Working,
        Self::Sold,
        Self::Lost,
        Self::NeedsReview,
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Contacted => "contacted",
            Self::Working => "working",
            Self::Sold => "sold",
            Self::Lost => "lost",
            Self::NeedsReview => "needs_review",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::NeedsReview => "needs review",
            other => other.as_str(),
        }
    }

    /// Whether nothing more is to be done.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Sold | Self::Lost)
    }

    /// Whether somebody must have spoken with the customer.
    pub fn means_answered(self) -> bool {
        matches!(self, Self::Contacted | Self::Working | Self::Sold)
    }
}
