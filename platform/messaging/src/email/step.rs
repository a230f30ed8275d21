use super::draft::{Draft, message_id};
use super::queries;
use async_trait::async_trait;
use platform_db::TenantTx;
use platform_engine::LiveBus;
use platform_engine::step::{
    AfterCrash, EffectContext, EffectIntent, EffectOutcome, EffectStep, StepContext, StepError,
};
use platform_kernel::id::{CustomerId, LeadId};
use platform_kernel::ports::{CallError, Fate, Mailer};
use platform_kernel::{Error, Result, clock};
use platform_records::leads::{self, NewLeadEvent, TimelineKind, add_event, record_response};
use platform_records::live::lead_changed;
use serde_json::{Value, json};
use std::sync::Arc;

/// The step type `email.send`.
pub(super) struct SendEmail {
    pub(super) mailer: Arc<dyn Mailer>,
    pub(super) message_id_domain: String,
    pub(super) bus: LiveBus,
}

#[async_trait]
impl EffectStep for SendEmail {
    async fn prepare(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<EffectIntent, StepError> {
        let mut draft = Draft::of(&config, &context.tenant.name)?;
        draft.message_id = message_id(context.tenant.id, &context.key, &self.message_id_domain);
        let customer = self.link(tx, context, &config, &mut draft).await?;
        draft.id =
            queries::insert(tx, &draft, customer, context.execution_id, &context.key).await?;
        Ok(EffectIntent {
            kind: "email".to_owned(),
            summary: format!("E-mail to {}: {}", draft.to, draft.subject),
            request: serde_json::to_value(&draft).map_err(Error::internal)?,
            simulated: self.mailer.describe().simulated,
        })
    }

    async fn call(
        &self,
        context: &EffectContext<'_>,
        request: &Value,
    ) -> Result<EffectOutcome, CallError> {
        let draft = read(request).map_err(|_logged| {
            CallError::fatal(
                "mail_unreadable",
                "The mail that was written down cannot be read",
            )
        })?;
        let sent = self.mailer.send(&draft.mail(), context.handover).await?;
        Ok(EffectOutcome {
            output: json!({
                "message_id": draft.id,
                "to": draft.to,
                "subject": draft.subject,
                "provider_reference": sent.provider_reference,
            }),
            port: None,
            provider_reference: Some(sent.provider_reference),
        })
    }

    async fn record(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        request: &Value,
        result: Result<&EffectOutcome, &CallError>,
    ) -> Result<(), Error> {
        let draft = read(request)?;
        let now = clock::now();
        match result {
            Ok(outcome) => {
                let reference = outcome.provider_reference.as_deref();
                queries::settle(tx, draft.id, "sent", Some(now), reference, None).await?;
            }
            Err(error) => {
                let status = if error.fate == Fate::Unknown {
                    "unknown"
                } else {
                    "failed"
                };
                let message = error.to_string();
                queries::settle(tx, draft.id, status, None, None, Some(&message)).await?;
            }
        }
        let Some(lead) = draft.lead_id else {
            return Ok(());
        };
        if draft.is_answer && result.is_ok() {
            record_response(tx, lead, now).await?;
            if let Some(changed) = leads::queries::find(tx, lead).await? {
                let (bus, tenant, status) = (self.bus.clone(), context.tenant.id, changed.status());
                tx.after_commit(move || lead_changed(&bus, tenant, lead, status));
            }
        }
        add_event(
            tx,
            lead,
            event(&draft, result).execution(context.execution_id),
        )
        .await
    }

    /// A mail that may be on its way is not sent again: nobody wants the same mail twice.
    fn after_crash(&self, _request: &Value) -> AfterCrash {
        AfterCrash::RepeatUnlessSending
    }
}

impl SendEmail {
    /// Finds the lead that the mail belongs to. It answers the lead if the author says so or if
    /// it goes to the lead's customer; a mail to the sales manager about the lead does not.
    async fn link(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: &Value,
        draft: &mut Draft,
    ) -> Result<Option<CustomerId>, StepError> {
        let given = config.get("lead_id").and_then(Value::as_str).map(str::trim);
        let given: Option<LeadId> = match given.filter(|id| !id.is_empty()) {
            Some(id) => Some(id.parse().map_err(|_not_an_id| no_lead(id))?),
            None => None,
        };
        let Some(lead) = given.or(context.lead_id) else {
            return Ok(None);
        };
        let customer = match (queries::customer_of(tx, lead).await?, given) {
            (Some(customer), _) => customer,
            (None, Some(lead)) => return Err(no_lead(&lead.to_string())),
            (None, None) => return Ok(None),
        };
        let to_customer = match customer {
            Some(customer) => queries::is_of_customer(tx, customer, &draft.to).await?,
            None => false,
        };
        draft.lead_id = Some(lead);
        draft.is_answer = given.is_some() || to_customer;
        Ok(customer.filter(|_| to_customer))
    }
}

fn no_lead(id: &str) -> StepError {
    let id = crate::text::line(id, 60);
    StepError::fatal("unknown_lead", format!("lead_id: there is no lead {id}"))
}

fn read(request: &Value) -> Result<Draft> {
    serde_json::from_value(request.clone()).map_err(Error::internal)
}

/// The mail in the lead's timeline.
fn event(draft: &Draft, result: Result<&EffectOutcome, &CallError>) -> NewLeadEvent {
    let title = match result {
        Ok(_) => format!("E-mail sent to {}", draft.to),
        Err(error) if error.fate == Fate::Unknown => {
            format!("E-mail to {}: whether it was sent is not known", draft.to)
        }
        Err(_) => format!("E-mail to {} could not be sent", draft.to),
    };
    let detail = match result {
        Ok(_) => draft.subject.clone(),
        Err(error) => error.message.clone(),
    };
    NewLeadEvent::new(TimelineKind::Message, title).detail(detail)
}
