platform_kernel::words! {
    /// Where a lead stands.
    pub enum LeadStatus {
        New = "new",
        Contacted = "contacted",
        Working = "working",
        Sold = "sold",
        Lost = "lost",
        /// A person has to look at it first: see `review_reason`.
        NeedsReview = "needs_review",
    }
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
