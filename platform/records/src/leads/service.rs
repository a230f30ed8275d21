//! Rules of leads: what a change of status entails, and what counts as an answer.

use super::dto::LeadCustomer;
use super::model::{Lead, LeadChanges};
use super::queries;
use super::status::LeadStatus;
use super::timeline::{self, NewLeadEvent, TimelineKind};
use super::view::{LeadParts, LeadView};
use crate::changes::LeadWatch;
use crate::customers::house::House;
use crate::customers::{self, CustomerView, Person, recognise};
use crate::text::Cleaner;
use crate::{lock, members, messages, vehicles};
use chrono::{DateTime, Utc};
use platform_db::TenantTx;
use platform_kernel::id::{CustomerId, ExecutionId, LeadId, UserId};
use platform_kernel::{Error, ErrorCode, Result, clock};

/// Who changes a lead, for its timeline.
#[derive(Clone, Debug, Default)]
pub(crate) struct By {
    pub(crate) user: Option<UserId>,
    /// `Alice`, or a workflow step.
    pub(crate) name: Option<String>,
    pub(crate) execution: Option<ExecutionId>,
}

/// Everything about a lead.
pub(crate) async fn view(tx: &mut TenantTx, id: LeadId) -> Result<LeadView> {
    let lead = queries::find(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    let customer = match lead.customer_id {
        Some(id) => customers::find(tx, id).await?.map(CustomerView::from),
        None => None,
    };
    let parts = LeadParts {
        lead,
        customer,
        vehicles: vehicles::of_leads(tx, &[id]).await?,
        document: queries::document(tx, id).await?,
        timeline: queries::events(tx, id)
            .await?
            .into_iter()
            .map(Into::into)
            .collect(),
        messages: messages::of_lead(tx, id).await?,
    };
    Ok(parts.into())
}

/// The customer on record that a person is, or a new one.
pub(super) async fn customer(tx: &mut TenantTx, customer: &LeadCustomer) -> Result<CustomerId> {
    let mut cleaner = Cleaner::of(tx.tenant());
    let person = Person::read(&customer.contact(), &mut cleaner);
    require(customer, &person)?;
    lock::take(tx, &person.lock_keys()).await?;
    let house = House::load(tx).await?;
    Ok(recognise::settle(tx, &person, &house, None).await?.id)
}

/// What a person typed must have been understood.
fn require(typed: &LeadCustomer, person: &Person) -> Result<()> {
    let given = |text: &Option<String>| text.as_deref().is_some_and(|t| !t.trim().is_empty());
    let fault = |pointer, detail| Err(Error::invalid(pointer, "invalid", detail));
    if given(&typed.email) && person.email.is_none() {
        return fault("/customer/email", "must be an e-mail address");
    }
    if given(&typed.phone) && person.phone().is_none() {
        return fault("/customer/phone", "must be a phone number");
    }
    if person.is_empty() {
        return fault(
            "/customer",
            "needs a name, an e-mail address or a phone number",
        );
    }
    Ok(())
}

/// Changes a lead by itself: see [`change`].
pub(super) async fn update(
    tx: &mut TenantTx,
    before: &Lead,
    changes: LeadChanges,
    by: &By,
) -> Result<Lead> {
    let watch = LeadWatch::begin(tx, Some(before)).await?;
    let after = change(tx, before, changes, by).await?;
    watch.end(tx, before.id, by.execution).await?;
    Ok(after)
}

/// Changes a lead and notes in its timeline what people will look for there. Whoever calls it
/// tells of the change: see [`LeadWatch`].
pub(crate) async fn change(
    tx: &mut TenantTx,
    before: &Lead,
    mut changes: LeadChanges,
    by: &By,
) -> Result<Lead> {
    let new_status = changes.status.filter(|status| *status != before.status);
    if let Some(status) = new_status {
        if status.means_answered() && before.first_response_at.is_none() {
            changes.first_response_at = changes.first_response_at.or(Some(clock::now()));
        }
        if before.status == LeadStatus::NeedsReview && changes.review_reason.is_none() {
            changes.review_reason = Some(None);
        }
        note(
            tx,
            before.id,
            by,
            TimelineKind::Status,
            format!("Status: {}", status.label()),
        )
        .await?;
    }
    let assigned_to = changes.assigned_to.filter(|to| *to != before.assigned_to);
    if let Some(to) = assigned_to {
        let title = match to {
            Some(user) => format!("Assigned to {}", assignee(tx, user).await?),
            None => "Assigned to nobody".to_owned(),
        };
        note(tx, before.id, by, TimelineKind::Note, title).await?;
    }
    let customer = changes.customer_id.filter(|_| by.user.is_some());
    if let Some(id) = customer.filter(|id| Some(*id) != before.customer_id) {
        let customer = customers::find(tx, id).await?.ok_or(ErrorCode::NotFound)?;
        let title = format!("Customer: {}", customer.full_name);
        note(tx, before.id, by, TimelineKind::Note, title).await?;
    }
    changes.updated_at = Some(clock::now());
    Ok(queries::update(tx, before.id, &changes).await?)
}

async fn note(
    tx: &mut TenantTx,
    lead: LeadId,
    by: &By,
    kind: TimelineKind,
    title: String,
) -> Result<()> {
    let event = NewLeadEvent {
        kind,
        title,
        detail: by.name.as_ref().map(|name| format!("by {name}")),
        execution_id: by.execution,
        actor_id: by.user,
    };
    timeline::add(tx, lead, event).await
}

/// The name of a member who may be given leads.
async fn assignee(tx: &mut TenantTx, id: UserId) -> Result<String> {
    let member = members::find(tx, id).await?;
    let member = member.ok_or_else(|| {
        Error::invalid(
            "/assigned_to",
            "unknown_member",
            "must be an active member of this dealership",
        )
    })?;
    Ok(member.name)
}

/// Notes that a run works on the lead.
pub async fn link_execution(
    tx: &mut TenantTx,
    lead: LeadId,
    execution: ExecutionId,
    workflow_name: &str,
) -> Result<()> {
    if queries::set_execution(tx, lead, execution).await? == 0 {
        return Ok(());
    }
    let event = NewLeadEvent::new(TimelineKind::Execution, format!("{workflow_name} started"));
    timeline::add(tx, lead, event.execution(execution)).await
}

/// Notes that the customer was answered at `at`. Only the first answer counts; a lead that waits
/// for review keeps waiting, and one further along stays there. `by` is the run that answered.
pub async fn record_response(
    tx: &mut TenantTx,
    lead: LeadId,
    at: DateTime<Utc>,
    by: Option<ExecutionId>,
) -> Result<()> {
    let Some(before) = queries::lock(tx, lead).await? else {
        return Ok(());
    };
    let is_new = before.status == LeadStatus::New;
    let changes = LeadChanges {
        status: is_new.then_some(LeadStatus::Contacted),
        first_response_at: Some(before.first_response_at.map_or(at, |first| first.min(at))),
        updated_at: Some(clock::now()),
        ..LeadChanges::default()
    };
    let watch = LeadWatch::begin(tx, Some(&before)).await?;
    queries::update(tx, lead, &changes).await?;
    watch.end(tx, lead, by).await
}
