//! What mails and texts have in common: which lead they belong to, their row, and what the lead's
//! page says of them.

mod queries;

use platform_db::TenantTx;
use platform_engine::LiveBus;
use platform_engine::step::{EffectOutcome, StepContext, StepError};
use platform_kernel::id::{CustomerId, ExecutionId, LeadId, MessageId};
use platform_kernel::ports::{CallError, Fate};
use platform_kernel::{Result, clock};
use platform_records::leads::{self, NewLeadEvent, TimelineKind, add_event, record_response};
use platform_records::live::lead_changed;
use serde_json::Value;

/// The way that a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    Email,
    Sms,
}

impl Channel {
    /// The stored word.
    fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }

    /// The customer's contacts that such messages go to.
    fn contact(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "phone",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Email => "E-mail",
            Self::Sms => "Text",
        }
    }
}

/// To what a message belongs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Link {
    pub(crate) lead: Option<LeadId>,
    /// Whether it answers the lead.
    pub(crate) is_answer: bool,
    pub(crate) customer: Option<CustomerId>,
}

/// A message to write down before it is sent.
pub(crate) struct NewMessage<'a> {
    pub(crate) channel: Channel,
    pub(crate) to: &'a str,
    pub(crate) subject: Option<&'a str>,
    pub(crate) text: &'a str,
    pub(crate) html: Option<&'a str>,
    pub(crate) link: &'a Link,
    pub(crate) execution: ExecutionId,
    pub(crate) effect_key: &'a str,
}

/// A message whose sending has ended.
pub(crate) struct Ended<'a> {
    pub(crate) id: MessageId,
    pub(crate) channel: Channel,
    pub(crate) to: &'a str,
    /// What the timeline shows of its content.
    pub(crate) says: &'a str,
    pub(crate) lead: Option<LeadId>,
    pub(crate) is_answer: bool,
}

/// Finds the lead that a message to `address` belongs to. It answers the lead if the author says
/// so or if it goes to the lead's customer; one to the sales manager about the lead does not.
pub(crate) async fn link(
    tx: &mut TenantTx,
    context: &StepContext,
    config: &Value,
    channel: Channel,
    address: &str,
) -> Result<Link, StepError> {
    let given = config.get("lead_id").and_then(Value::as_str).map(str::trim);
    let given: Option<LeadId> = match given.filter(|id| !id.is_empty()) {
        Some(id) => Some(id.parse().map_err(|_not_an_id| no_lead(id))?),
        None => None,
    };
    let Some(lead) = given.or(context.lead_id) else {
        return Ok(Link::default());
    };
    let customer = match (queries::customer_of(tx, lead).await?, given) {
        (Some(customer), _) => customer,
        (None, Some(lead)) => return Err(no_lead(&lead.to_string())),
        (None, None) => return Ok(Link::default()),
    };
    let to_customer = match customer {
        Some(customer) => queries::is_of_customer(tx, customer, channel.contact(), address).await?,
        None => false,
    };
    Ok(Link {
        lead: Some(lead),
        is_answer: given.is_some() || to_customer,
        customer: customer.filter(|_| to_customer),
    })
}

fn no_lead(id: &str) -> StepError {
    let id = crate::text::line(id, 60);
    StepError::fatal("unknown_lead", format!("lead_id: there is no lead {id}"))
}

/// Writes a message down as waiting to be sent.
pub(crate) async fn insert(tx: &mut TenantTx, new: &NewMessage<'_>) -> Result<MessageId> {
    Ok(queries::insert(tx, new).await?)
}

/// Notes how the sending of a message ended, with the message and with its lead.
pub(crate) async fn record(
    tx: &mut TenantTx,
    bus: &LiveBus,
    context: &StepContext,
    ended: &Ended<'_>,
    result: Result<&EffectOutcome, &CallError>,
) -> Result<()> {
    let now = clock::now();
    match result {
        Ok(outcome) => {
            let reference = outcome.provider_reference.as_deref();
            queries::settle(tx, ended.id, "sent", Some(now), reference, None).await?;
        }
        Err(error) => {
            let status = match error.fate {
                Fate::Unknown => "unknown",
                Fate::Retry | Fate::Final => "failed",
            };
            let words = error.to_string();
            queries::settle(tx, ended.id, status, None, None, Some(&words)).await?;
        }
    }
    let Some(lead) = ended.lead else {
        return Ok(());
    };
    if ended.is_answer && result.is_ok() {
        record_response(tx, lead, now, Some(context.execution_id)).await?;
        if let Some(changed) = leads::queries::find(tx, lead).await? {
            let (bus, tenant, status) = (bus.clone(), context.tenant.id, changed.status);
            tx.after_commit(move || lead_changed(&bus, tenant, lead, status));
        }
    }
    let event = event(ended, result).execution(context.execution_id);
    add_event(tx, lead, event).await
}

/// The message in the lead's timeline.
fn event(ended: &Ended<'_>, result: Result<&EffectOutcome, &CallError>) -> NewLeadEvent {
    let (label, to) = (ended.channel.label(), ended.to);
    let title = match result {
        Ok(_) => format!("{label} sent to {to}"),
        Err(error) if error.fate == Fate::Unknown => {
            format!("{label} to {to}: whether it was sent is not known")
        }
        Err(_) => format!("{label} to {to} could not be sent"),
    };
    let detail = match result {
        Ok(_) => ended.says.to_owned(),
        Err(error) => error.message.clone(),
    };
    NewLeadEvent::new(TimelineKind::Message, title).detail(detail)
}
