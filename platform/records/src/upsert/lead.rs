use super::invalid;
use super::values::Values;
use crate::changes::LeadWatch;
use crate::customers;
use crate::leads::By;
use crate::leads::{
    Lead, LeadChanges, LeadStatus, LeadSummary, NewLead, NewLeadEvent, TimelineKind, add_event,
    change, queries,
};
use crate::live::lead_changed;
use crate::text::{Cleaner, longest};
use crate::vehicles::{self, Stated};
use platform_db::TenantTx;
use platform_engine::LiveBus;
use platform_engine::step::{StepContext, StepError};
use platform_kernel::id::{CustomerId, LeadId, UserId, VehicleId};
use platform_kernel::{Error, ErrorCode};
use serde_json::{Value, json};

/// Changes the lead with the id given, else the one that the run works on, or makes one.
pub(super) async fn upsert(
    tx: &mut TenantTx,
    context: &StepContext,
    values: &Values<'_>,
    bus: &LiveBus,
) -> Result<Value, StepError> {
    let given = values.id::<LeadId>()?;
    let known = given.or(context.lead_id);
    let id = match known {
        Some(id) => id,
        None => create(tx, context, values).await?,
    };
    let before = queries::lock(tx, id)
        .await?
        .ok_or_else(|| Error::from(ErrorCode::NotFound))?;
    let watch = LeadWatch::begin(tx, known.map(|_| &before)).await?;
    apply(tx, context, values, &before).await?;
    watch.end(tx, id, Some(context.execution_id)).await?;
    let row = queries::summary(tx, id)
        .await?
        .ok_or_else(|| Error::from(ErrorCode::NotFound))?;
    let summary = LeadSummary::from(row);
    let (bus, tenant, status) = (bus.clone(), context.tenant.id, summary.status);
    tx.after_commit(move || lead_changed(&bus, tenant, id, status));
    Ok(json!({ "id": id, "record": summary }))
}

async fn apply(
    tx: &mut TenantTx,
    context: &StepContext,
    values: &Values<'_>,
    before: &Lead,
) -> Result<(), StepError> {
    let by = By {
        user: None,
        name: None,
        execution: Some(context.execution_id),
    };
    let changes = changes(tx, context, values).await?;
    let has_news = changes.ai.is_some() && changes.ai != before.ai;
    change(tx, before, changes, &by).await?;
    if has_news {
        let event = NewLeadEvent::new(TimelineKind::Note, "Summarised by AI");
        add_event(tx, before.id, event.execution(context.execution_id)).await?;
    }
    if let Some(vehicle) = values.link::<VehicleId>("vehicle_id")? {
        let found = vehicles::find(tx, vehicle).await?;
        found.ok_or_else(|| invalid("vehicle_id is no vehicle on record"))?;
        let interest = values.text("interest").map(|i| i.to_lowercase());
        queries::add_vehicle(
            tx,
            before.id,
            vehicle,
            interest.as_deref(),
            &Stated::default(),
        )
        .await?;
    }
    Ok(())
}

async fn changes(
    tx: &mut TenantTx,
    context: &StepContext,
    values: &Values<'_>,
) -> Result<LeadChanges, StepError> {
    let mut cleaner = Cleaner::of(tx.tenant());
    let customer_id = values.link::<CustomerId>("customer_id")?;
    if let Some(id) = customer_id {
        let found = customers::find(tx, id).await?;
        found.ok_or_else(|| invalid("customer_id is no customer on record"))?;
    }
    let status = match values.text("status") {
        Some(word) => {
            let status: Result<LeadStatus, _> = word.parse();
            Some(status.map_err(|_unknown| invalid("status is no status of leads"))?)
        }
        None => None,
    };
    let assigned_to = match values.link::<UserId>("assigned_to")? {
        Some(user) => Some(Some(user)),
        None => values.has("assigned_to").then_some(None),
    };
    let mut line = |name: &str| cleaner.value(name, values.text(name).as_deref(), longest::LINE);
    let (source, interest, review_reason) =
        (line("source"), line("interest"), line("review_reason"));
    let comments = cleaner.paragraph(
        "comments",
        values.text("comments").as_deref(),
        longest::PARAGRAPH,
    );
    super::tell(context, cleaner);
    Ok(LeadChanges {
        status,
        source,
        customer_id,
        interest: interest.map(|i| i.to_lowercase()),
        comments,
        assigned_to,
        review_reason: review_reason.map(Some),
        ai: values.get("ai").cloned().map(as_object),
        ..LeadChanges::default()
    })
}

/// The lead's page shows an object; a bare text is its summary.
fn as_object(ai: Value) -> Value {
    match ai {
        Value::Object(_) => without_nul(ai),
        other => without_nul(json!({ "summary": other })),
    }
}

/// Postgres' jsonb holds no NUL character.
fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace('\0', "")),
        Value::Array(items) => items.into_iter().map(without_nul).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name.replace('\0', ""), without_nul(value)))
            .collect(),
        other => other,
    }
}

/// A lead that no document brought: the step's values stand for it.
async fn create(
    tx: &mut TenantTx,
    context: &StepContext,
    values: &Values<'_>,
) -> Result<LeadId, StepError> {
    let new = NewLead {
        id: LeadId::new(),
        status: LeadStatus::New,
        source: None,
        provider_id: None,
        customer_id: None,
        interest: None,
        comments: None,
        timeframe: None,
        requested_at: None,
        received_at: context.now,
        review_reason: None,
        warnings: json!([]),
        raw: values.document(),
        raw_content_type: Some("application/json".to_owned()),
    };
    queries::insert(tx, &new).await?;
    let event = NewLeadEvent::new(TimelineKind::Received, "Made by a workflow");
    add_event(tx, new.id, event.execution(context.execution_id)).await?;
    Ok(new.id)
}
