use super::body::Delivery;
use super::dto::AcceptedLead;
use crate::triggers::queries::Listening;
use crate::triggers::start::{self, Incoming};
use actix_web::web::Bytes;
use chrono_tz::Tz;
use platform_db::TenantTx;
use platform_engine::LiveBus;
use platform_kernel::compute;
use platform_kernel::id::{ExecutionId, LeadId};
use platform_kernel::ports::{IncomingLead, LeadFault, LeadParser};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{ErrorCode, Result, clock};
use platform_messaging::notifications::{Notice, Severity, tell_role};
use platform_records::intake::{Raw, StoredLead, store_all, store_unreadable};
use platform_records::leads;
use std::sync::Arc;

/// A document that was read.
pub(super) struct Document {
    body: Bytes,
    content_type: Option<String>,
    content: Content,
}

enum Content {
    Leads(Vec<IncomingLead>),
    /// No lead was found in it; a person shall read it.
    Unreadable(String),
}

/// Reads the leads of a document. Only its size refuses it: whatever else is wrong with it, a
/// person gets to see it.
pub(super) async fn parse(
    parser: Arc<dyn LeadParser>,
    delivery: Delivery,
    tenant: &TenantContext,
) -> Result<Document> {
    let zone = tenant.time_zone.parse().unwrap_or(Tz::UTC);
    let Delivery {
        body, content_type, ..
    } = delivery;
    let read = move || {
        let parsed = parser.parse(&body, content_type.as_deref(), zone);
        (body, content_type, parsed)
    };
    let (body, content_type, parsed) = compute::run(read).await?;
    let content = match parsed {
        Ok(leads) => Content::Leads(leads),
        Err(LeadFault::NotALead(reason)) => Content::Unreadable(reason),
        Err(fault @ LeadFault::TooLarge { .. }) => {
            return Err(ErrorCode::PayloadTooLarge.detail(fault.to_string()));
        }
    };
    Ok(Document {
        body,
        content_type,
        content,
    })
}

/// Stores the leads of a document and accepts a run for each that is new.
pub(super) async fn accept_document(
    tx: &mut TenantTx,
    bus: &LiveBus,
    listening: &Listening,
    document: &Document,
) -> Result<Vec<AcceptedLead>> {
    let now = clock::now();
    let raw = Raw {
        body: &document.body,
        content_type: document.content_type.as_deref(),
    };
    let incoming = match &document.content {
        Content::Leads(leads) => leads,
        Content::Unreadable(reason) => {
            let stored = store_unreadable(tx, raw, reason, now).await?;
            tell_of_unreadable(tx, bus, &stored, reason).await?;
            return Ok(vec![accepted(&stored, None)]);
        }
    };
    let stored = store_all(tx, incoming, raw, now).await?;
    let mut answers = Vec::with_capacity(stored.len());
    for (lead, incoming) in stored.into_iter().zip(incoming) {
        let execution = match (lead.duplicate, &incoming.review) {
            (true, _) => execution_of(tx, lead.lead_id).await?,
            // Nothing answers what was read only in part before a person has seen it.
            (false, Some(reason)) => {
                tell_of_unreadable(tx, bus, &lead, reason).await?;
                None
            }
            (false, None) => start(tx, bus, listening, &lead).await?,
        };
        answers.push(accepted(&lead, execution));
    }
    Ok(answers)
}

/// No run tells anyone of a document that starts none.
async fn tell_of_unreadable(
    tx: &mut TenantTx,
    bus: &LiveBus,
    stored: &StoredLead,
    reason: &str,
) -> Result<()> {
    if stored.duplicate {
        return Ok(());
    }
    let notice = Notice {
        title: "A lead could not be read",
        body: reason,
        link: format!("/leads/{}", stored.lead_id),
        severity: Severity::Warning,
        dedup_key: format!("unreadable:{}", stored.lead_id),
    };
    tell_role(tx, bus, "manager", notice).await
}

async fn start(
    tx: &mut TenantTx,
    bus: &LiveBus,
    listening: &Listening,
    lead: &StoredLead,
) -> Result<Option<ExecutionId>> {
    let incoming = Incoming {
        input: lead.trigger_payload.clone(),
        lead_id: Some(lead.lead_id),
        ..Incoming::default()
    };
    let started = start::start(tx, bus, listening, incoming).await?;
    if let Some(id) = started.execution_id {
        leads::link_execution(tx, lead.lead_id, id, &listening.workflow_name).await?;
    }
    Ok(started.execution_id)
}

/// The run that works on a lead that was here before.
async fn execution_of(tx: &mut TenantTx, lead: LeadId) -> Result<Option<ExecutionId>> {
    let found = leads::queries::find(tx, lead).await?;
    Ok(found.and_then(|lead| lead.execution_id))
}

fn accepted(lead: &StoredLead, execution_id: Option<ExecutionId>) -> AcceptedLead {
    AcceptedLead {
        execution_id,
        lead_id: lead.lead_id,
        duplicate: lead.duplicate,
        status: lead.status,
    }
}
