use super::draft::{Draft, message_id};
use crate::outbound::{self, Channel, Ended, NewMessage};
use async_trait::async_trait;
use platform_db::TenantTx;
use platform_engine::LiveBus;
use platform_engine::step::{
    AfterCrash, EffectContext, EffectIntent, EffectOutcome, EffectStep, StepContext, StepError,
};
use platform_kernel::ports::{CallError, Mailer};
use platform_kernel::{Error, Result};
use serde_json::{Value, json};
use std::sync::Arc;
use tenants::allowance::{self, Allowance};

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
        if let Err(reached) = allowance::take(tx, Allowance::Mails, 1).await? {
            return Err(StepError::fatal("limit_reached", reached.to_string()));
        }
        let link = outbound::link(tx, context, &config, Channel::Email, &draft.to).await?;
        let message = NewMessage {
            channel: Channel::Email,
            to: &draft.to,
            subject: Some(&draft.subject),
            text: &draft.text,
            html: Some(&draft.html),
            link: &link,
            execution: context.execution_id,
            effect_key: &context.key,
        };
        draft.id = outbound::insert(tx, &message).await?;
        (draft.lead_id, draft.is_answer) = (link.lead, link.is_answer);
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
        let ended = Ended {
            id: draft.id,
            channel: Channel::Email,
            to: &draft.to,
            says: &draft.subject,
            lead: draft.lead_id,
            is_answer: draft.is_answer,
        };
        outbound::record(tx, &self.bus, context, &ended, result).await
    }

    /// A mail that may be on its way is not sent again: nobody wants the same mail twice.
    /// Each mail has an id and a name of its own.
    fn essence(&self, request: &Value) -> Value {
        let mut request = request.clone();
        if let Some(fields) = request.as_object_mut() {
            fields.remove("id");
            fields.remove("message_id");
        }
        request
    }

    fn after_crash(&self, _request: &Value) -> AfterCrash {
        AfterCrash::RepeatUnlessSending
    }
}

fn read(request: &Value) -> Result<Draft> {
    serde_json::from_value(request.clone()).map_err(Error::internal)
}
