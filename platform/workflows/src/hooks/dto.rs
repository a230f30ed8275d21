use platform_kernel::id::{ExecutionId, LeadId};
use platform_records::leads::LeadStatus;
use serde::Serialize;
use utoipa::ToSchema;

/// What became of a delivery. It is durable when this is answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct HookAccepted {
    /// The run; of several leads the first one's. None where no run was started because a person
    /// has to look at what was posted.
    pub execution_id: Option<ExecutionId>,
    pub lead_id: Option<LeadId>,
    /// It was delivered before; the ids are those of then.
    pub duplicate: bool,
    /// Every lead of the document, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<AcceptedLead>,
}

/// What became of one lead.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AcceptedLead {
    pub execution_id: Option<ExecutionId>,
    pub lead_id: LeadId,
    pub duplicate: bool,
    #[serde(skip)]
    pub(super) status: LeadStatus,
}

impl HookAccepted {
    pub(super) fn of_leads(accepted: Vec<AcceptedLead>) -> Self {
        let first = accepted.first();
        Self {
            execution_id: first.and_then(|lead| lead.execution_id),
            lead_id: first.map(|lead| lead.lead_id),
            duplicate: first.is_some_and(|lead| lead.duplicate),
            accepted,
        }
    }
}
