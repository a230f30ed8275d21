use super::draft::Draft;
use crate::outbound::{self, Channel, Ended, NewMessage};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use platform_db::TenantTx;
use platform_engine::LiveBus;
use platform_engine::step::{
    AfterCrash, EffectContext, EffectIntent, EffectOutcome, EffectStep, StepContext, StepError,
};
use platform_kernel::ports::{CallError, Fate, OutgoingText, SentText, SmsSender};
use platform_kernel::text::{PhoneNumber, Region};
use platform_kernel::{Error, Result, clock};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tenants::allowance::{self, Allowance};

/// How often, and how far apart, a text is looked for whose sending had no answer.
const LOOKS: u32 = 3;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// The step type `sms.send`.
pub(super) struct SendText {
    pub(super) texts: Option<Arc<dyn SmsSender>>,
    pub(super) bus: LiveBus,
}

#[async_trait]
impl EffectStep for SendText {
    async fn prepare(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<EffectIntent, StepError> {
        let region = Region::of_time_zone(&context.tenant.time_zone);
        let mut draft = Draft::of(&config, region)?;
        let texts = self.texts.as_ref().ok_or_else(|| {
            let words = "No phone number is connected that texts could be sent from";
            StepError::fatal(NOT_CONNECTED, words)
        })?;
        allow(tx, &draft).await?;
        let link = outbound::link(tx, context, &config, Channel::Sms, &draft.to).await?;
        let message = NewMessage {
            channel: Channel::Sms,
            to: &draft.to,
            subject: None,
            text: &draft.body,
            html: None,
            link: &link,
            execution: context.execution_id,
            effect_key: &context.key,
        };
        draft.id = outbound::insert(tx, &message).await?;
        (draft.lead_id, draft.is_answer) = (link.lead, link.is_answer);
        Ok(EffectIntent {
            kind: "sms".to_owned(),
            summary: format!("Text to {}: {}", draft.to, draft.beginning()),
            request: serde_json::to_value(&draft).map_err(Error::internal)?,
            simulated: texts.describe().simulated,
        })
    }

    async fn call(
        &self,
        context: &EffectContext<'_>,
        request: &Value,
    ) -> Result<EffectOutcome, CallError> {
        let draft = read(request).map_err(|_logged| {
            let words = "The text that was written down cannot be read";
            CallError::fatal("sms_unreadable", words)
        })?;
        let texts = self.texts.as_deref().ok_or_else(|| {
            let words = "no phone number is connected that texts could be sent from";
            CallError::fatal(NOT_CONNECTED, words)
        })?;
        let (text, since) = (draft.text(), clock::now());
        let sent = match texts.send(&text, context.handover).await {
            Err(error) if error.fate == Fate::Unknown => {
                look(texts, &text, since).await.ok_or(error)?
            }
            answered => answered?,
        };
        Ok(outcome(&draft, sent))
    }

    /// What the provider has of the text settles it; that it has none so far settles nothing.
    async fn look_up(
        &self,
        _context: &StepContext,
        request: &Value,
        since: DateTime<Utc>,
    ) -> Option<EffectOutcome> {
        let draft = read(request).ok()?;
        let sent = look(self.texts.as_deref()?, &draft.text(), since).await?;
        Some(outcome(&draft, sent))
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
            channel: Channel::Sms,
            to: &draft.to,
            says: &draft.beginning(),
            lead: draft.lead_id,
            is_answer: draft.is_answer,
        };
        outbound::record(tx, &self.bus, context, &ended, result).await
    }

    /// A text that may be on its way is not sent again: nobody wants the same text twice.
    /// Each text has an id of its own.
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

fn outcome(draft: &Draft, sent: SentText) -> EffectOutcome {
    let segments = sent.segments.map_or(json!(draft.segments), Value::from);
    EffectOutcome {
        output: json!({
            "message_id": draft.id,
            "to": draft.to,
            "segments": segments,
            "provider_reference": sent.provider_reference,
        }),
        port: None,
        provider_reference: Some(sent.provider_reference),
    }
}

/// Refuses what would cost the platform more than the dealership may spend: numbers of other countries
/// and of those that are paid for being reached, and texts beyond the day's.
async fn allow(tx: &mut TenantTx, draft: &Draft) -> Result<(), StepError> {
    let number = PhoneNumber::parse(&draft.to);
    let country = number.as_ref().and_then(PhoneNumber::country);
    let countries = allowance::text_countries(tx).await?;
    let known = country
        .as_ref()
        .is_some_and(|country| countries.contains(country));
    if !known || number.is_some_and(|number| number.is_premium()) {
        let words = format!(
            "Texts may go to ordinary numbers of {}; {} is none.",
            countries.join(", "),
            draft.to
        );
        return Err(StepError::fatal("sms_country_not_allowed", words));
    }
    let segments = i32::try_from(draft.segments).unwrap_or(i32::MAX);
    match allowance::take(tx, Allowance::Texts, segments).await? {
        Ok(()) => Ok(()),
        Err(reached) => Err(StepError::fatal("limit_reached", reached.to_string())),
    }
}

const NOT_CONNECTED: &str = "sms_not_connected";

/// The provider took no key that would make sending again harmless, but it can be asked whether
/// it has the text. Only a yes counts: what is not there yet may still come.
async fn look(
    texts: &dyn SmsSender,
    text: &OutgoingText,
    since: DateTime<Utc>,
) -> Option<SentText> {
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        match texts.find(text, since).await {
            Ok(Some(sent)) => return Some(sent),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "a text could not be looked for"),
        }
    }
    None
}

fn read(request: &Value) -> Result<Draft> {
    serde_json::from_value(request.clone()).map_err(Error::internal)
}
