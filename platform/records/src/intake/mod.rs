//! How leads come in: normalised, recognised, stored, and told on to whoever answers them.

mod duplicate;
mod payload;
mod reading;
mod schema;

pub use schema::adf_output_schema;

use crate::changes::LeadWatch;
use crate::customers::recognise;
use crate::leads::{Lead, LeadStatus, NewLead, NewLeadEvent, TimelineKind, add_event, queries};
use crate::vehicles::settle;
use crate::{lock, text};
use chrono::{DateTime, Utc};
use platform_db::TenantTx;
use platform_kernel::id::LeadId;
use platform_kernel::ports::IncomingLead;
use platform_kernel::{Error, Result};
use reading::Reading;
use serde_json::{Value, json};

/// The document that a lead came as.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a> {
    pub body: &'a [u8],
    pub content_type: Option<&'a str>,
}

/// What became of a lead that came in.
#[derive(Clone, Debug)]
pub struct StoredLead {
    pub lead_id: LeadId,
    pub status: LeadStatus,
    /// It repeats a lead that is there already; `lead_id` is that one's.
    pub duplicate: bool,
    /// Why a person has to look at it.
    pub needs_review: Option<String>,
    /// What `trigger` is in the workflows that the lead starts: see [`adf_output_schema`].
    pub trigger_payload: Value,
}

/// Stores one lead: see [`store_all`].
pub async fn store(
    tx: &mut TenantTx,
    lead: &IncomingLead,
    raw: Raw<'_>,
    received_at: DateTime<Utc>,
) -> Result<StoredLead> {
    let stored = store_all(tx, std::slice::from_ref(lead), raw, received_at).await?;
    let one = stored.into_iter().next();
    one.ok_or_else(|| Error::internal("a stored lead is missing"))
}

/// Stores the leads of one document, in order. A lead that repeats an earlier one is counted
/// there and makes no second lead. Locks are taken for all of them at once, so that two
/// documents with the same people in another order do not wait for each other for ever.
pub async fn store_all(
    tx: &mut TenantTx,
    leads: &[IncomingLead],
    raw: Raw<'_>,
    received_at: DateTime<Utc>,
) -> Result<Vec<StoredLead>> {
    let readings: Vec<Reading> = leads.iter().map(Reading::of).collect();
    let keys: Vec<String> = readings.iter().flat_map(Reading::lock_keys).collect();
    lock::take(tx, &keys).await?;
    let mut stored = Vec::with_capacity(readings.len());
    for reading in &readings {
        stored.push(store_one(tx, reading, raw, received_at).await?);
    }
    Ok(stored)
}

async fn store_one(
    tx: &mut TenantTx,
    reading: &Reading,
    raw: Raw<'_>,
    received_at: DateTime<Utc>,
) -> Result<StoredLead> {
    let customer = match &reading.person {
        Some(person) => Some(recognise::settle(tx, person, None).await?),
        None => None,
    };
    let customer_id = customer.as_ref().map(|c| c.id);
    let repeated = duplicate::find(tx, reading, customer_id, received_at).await?;
    let (lead_id, status) = match &repeated {
        Some(lead) => (resend(tx, lead, reading).await?, lead.status()),
        None => insert(tx, reading, customer_id, raw, received_at).await?,
    };
    let trigger_payload =
        payload::build(tx, lead_id, reading, customer.as_ref(), repeated.is_some()).await?;
    Ok(StoredLead {
        lead_id,
        status,
        duplicate: repeated.is_some(),
        needs_review: reading
            .review_reason()
            .filter(|_| status == LeadStatus::NeedsReview),
        trigger_payload,
    })
}

async fn insert(
    tx: &mut TenantTx,
    reading: &Reading,
    customer_id: Option<platform_kernel::id::CustomerId>,
    raw: Raw<'_>,
    received_at: DateTime<Utc>,
) -> Result<(LeadId, LeadStatus)> {
    let review_reason = reading.review_reason();
    let status = match review_reason {
        Some(_) => LeadStatus::NeedsReview,
        None => LeadStatus::New,
    };
    let new = NewLead {
        id: LeadId::new(),
        status: status.as_str(),
        source: reading.source.clone(),
        provider_id: reading.provider_id.clone(),
        customer_id,
        interest: reading.interest.clone(),
        comments: reading.comments.clone(),
        timeframe: reading.timeframe.clone(),
        requested_at: reading.requested_at,
        received_at,
        review_reason: review_reason.clone(),
        warnings: json!(reading.warnings),
        raw: text::readable(raw.body),
        raw_content_type: content_type(raw),
    };
    let watch = LeadWatch::begin(tx, None).await?;
    queries::insert(tx, &new).await?;
    for car in &reading.cars {
        let vehicle = settle::settle(tx, car, None).await?;
        queries::add_vehicle(tx, new.id, vehicle.id, car.interest.as_deref()).await?;
    }
    received(tx, &new).await?;
    watch.end(tx, new.id, None).await?;
    Ok((new.id, status))
}

/// The first entry of a lead's timeline.
async fn received(tx: &mut TenantTx, lead: &NewLead) -> Result<()> {
    let title = match &lead.source {
        Some(source) => format!("Received from {source}"),
        None => "Received".to_owned(),
    };
    let mut event = NewLeadEvent::new(TimelineKind::Received, title);
    event.detail.clone_from(&lead.review_reason);
    add_event(tx, lead.id, event).await
}

async fn resend(tx: &mut TenantTx, lead: &Lead, reading: &Reading) -> Result<LeadId> {
    let watch = LeadWatch::begin(tx, Some(lead)).await?;
    queries::count_resend(tx, lead.id).await?;
    let title = match &reading.source {
        Some(source) => format!("Sent again by {source}"),
        None => "Sent again".to_owned(),
    };
    let mut event = NewLeadEvent::new(TimelineKind::Resent, title);
    event.detail.clone_from(&reading.comments);
    add_event(tx, lead.id, event).await?;
    watch.end(tx, lead.id, None).await?;
    Ok(lead.id)
}

/// Keeps a document in which no lead was found, for a person to read.
pub async fn store_unreadable(
    tx: &mut TenantTx,
    raw: Raw<'_>,
    reason: &str,
    received_at: DateTime<Utc>,
) -> Result<StoredLead> {
    let mut cleaner = text::Cleaner::default();
    let reason = cleaner
        .line("document", Some(reason), 500)
        .unwrap_or_else(|| "No lead was found in it".to_owned());
    let new = NewLead {
        id: LeadId::new(),
        status: LeadStatus::NeedsReview.as_str(),
        source: None,
        provider_id: None,
        customer_id: None,
        interest: None,
        comments: None,
        timeframe: None,
        requested_at: None,
        received_at,
        review_reason: Some(reason.clone()),
        warnings: json!([]),
        raw: text::readable(raw.body),
        raw_content_type: content_type(raw),
    };
    let watch = LeadWatch::begin(tx, None).await?;
    queries::insert(tx, &new).await?;
    received(tx, &new).await?;
    watch.end(tx, new.id, None).await?;
    let reading = Reading::default();
    Ok(StoredLead {
        lead_id: new.id,
        status: LeadStatus::NeedsReview,
        duplicate: false,
        needs_review: Some(reason),
        trigger_payload: payload::build(tx, new.id, &reading, None, false).await?,
    })
}

fn content_type(raw: Raw<'_>) -> Option<String> {
    text::Cleaner::default().line("content_type", raw.content_type, text::longest::LINE)
}
