//! How leads come in: normalised, recognised, stored, and told on to whoever answers them.

mod duplicate;
mod payload;
mod reading;
mod schema;

pub use schema::adf_output_schema;

use crate::changes::LeadWatch;
use crate::customers::house::House;
use crate::customers::recognise;
use crate::leads::{LeadStatus, NewLead, NewLeadEvent, TimelineKind, add_event, queries};
use crate::vehicles::{Car, LeadVehicle, settle};
use crate::{lock, text};
use chrono::{DateTime, Utc};
use duplicate::Repeated;
use payload::Occasion;
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

/// How much of a document of several leads is kept with each but the first, which has all of it.
const BEGINNING: usize = 16 << 10;

impl Raw<'_> {
    fn beginning(self) -> Self {
        let body = self.body.get(..BEGINNING).unwrap_or(self.body);
        Self { body, ..self }
    }
}

/// What became of a lead that came in.
#[derive(Clone, Debug)]
pub struct StoredLead {
    pub lead_id: LeadId,
    pub status: LeadStatus,
    /// It repeats a lead that is there already, and says nothing new; `lead_id` is that one's.
    pub duplicate: bool,
    /// It belongs to a lead that is there already, and says something new: the customer wrote
    /// again. `lead_id` is that one's.
    pub follow_up: bool,
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
/// there and makes no second lead; what is new in it is kept there. Locks are taken for all of them at once, so that two
/// documents with the same people in another order do not wait for each other for ever.
pub async fn store_all(
    tx: &mut TenantTx,
    leads: &[IncomingLead],
    raw: Raw<'_>,
    received_at: DateTime<Utc>,
) -> Result<Vec<StoredLead>> {
    let readings: Vec<Reading> = leads
        .iter()
        .map(|lead| Reading::of(lead, tx.tenant()))
        .collect();
    let mut house = House::load(tx).await?;
    for vendor in readings
        .iter()
        .filter_map(|reading| reading.vendor.as_ref())
    {
        house.add_vendor(vendor);
    }
    let keys: Vec<String> = readings.iter().flat_map(Reading::lock_keys).collect();
    lock::take(tx, &keys).await?;
    let mut stored = Vec::with_capacity(readings.len());
    for (number, reading) in readings.iter().enumerate() {
        let raw = if number == 0 { raw } else { raw.beginning() };
        stored.push(store_one(tx, reading, &house, raw, received_at).await?);
    }
    Ok(stored)
}

async fn store_one(
    tx: &mut TenantTx,
    reading: &Reading,
    house: &House,
    raw: Raw<'_>,
    received_at: DateTime<Utc>,
) -> Result<StoredLead> {
    let customer = match &reading.person {
        Some(person) => Some(recognise::settle(tx, person, house, None).await?),
        None => None,
    };
    let customer_id = customer.as_ref().map(|c| c.id);
    let repeated = duplicate::find(tx, reading, customer_id, received_at).await?;
    let has_news = repeated.as_ref().is_some_and(|repeated| repeated.has_news);
    let occasion = match (&repeated, has_news) {
        (None, _) => Occasion::First,
        (Some(_), true) => Occasion::FollowUp,
        (Some(_), false) => Occasion::Repeat,
    };
    let (lead_id, status) = match &repeated {
        Some(repeated) => {
            repeat(tx, repeated, reading).await?;
            (repeated.lead.id, repeated.lead.status)
        }
        None => insert(tx, reading, customer_id, raw, received_at).await?,
    };
    let trigger_payload = payload::build(tx, lead_id, reading, customer.as_ref(), occasion).await?;
    Ok(StoredLead {
        lead_id,
        status,
        duplicate: occasion == Occasion::Repeat,
        follow_up: occasion == Occasion::FollowUp,
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
        status,
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
        add_car(tx, new.id, car).await?;
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

async fn add_car(tx: &mut TenantTx, lead: LeadId, car: &Car) -> Result<()> {
    let vehicle = settle::settle(tx, car).await?;
    let interest = car.interest.as_deref();
    queries::add_vehicle(tx, lead, vehicle.id, interest, &car.stated).await?;
    Ok(())
}

/// Notes at the earlier lead that it came again, and what is new in it.
async fn repeat(tx: &mut TenantTx, repeated: &Repeated, reading: &Reading) -> Result<()> {
    let lead = &repeated.lead;
    let watch = LeadWatch::begin(tx, Some(lead)).await?;
    queries::count_resend(tx, lead.id).await?;
    for car in &reading.cars {
        match duplicate::mentioned(&repeated.vehicles, car) {
            Some(known) => restate(tx, lead.id, known, car).await?,
            None => add_car(tx, lead.id, car).await?,
        }
    }
    let by = |text: &str| match &reading.source {
        Some(source) => format!("{text} {source}"),
        None => text.split(' ').take(2).collect::<Vec<_>>().join(" "),
    };
    let mut event = match repeated.has_news {
        true => NewLeadEvent::new(TimelineKind::Request, by("Wrote again through")),
        false => NewLeadEvent::new(TimelineKind::Resent, by("Sent again by")),
    };
    event.detail.clone_from(&reading.comments);
    add_event(tx, lead.id, event).await?;
    watch.end(tx, lead.id, None).await
}

/// Adds to what the lead says of a vehicle; the latest offer holds.
async fn restate(tx: &mut TenantTx, lead: LeadId, known: &LeadVehicle, car: &Car) -> Result<()> {
    let mut stated = known.stated.clone();
    let offer = car.stated.offer_minor;
    let filled = stated.fill(&car.stated);
    if filled || (offer.is_some() && offer != stated.offer_minor) {
        stated.offer_minor = offer.or(stated.offer_minor);
        queries::set_stated(tx, lead, known.vehicle.id, &stated).await?;
    }
    Ok(())
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
        status: LeadStatus::NeedsReview,
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
        follow_up: false,
        needs_review: Some(reason),
        trigger_payload: payload::build(tx, new.id, &reading, None, Occasion::First).await?,
    })
}

fn content_type(raw: Raw<'_>) -> Option<String> {
    text::Cleaner::default().line("content_type", raw.content_type, text::longest::LINE)
}
