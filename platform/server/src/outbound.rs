//! Counts and times every call to an outside system, at the ports, so that no adapter can be
//! forgotten.

use crate::app::Adapters;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use platform_kernel::ports::{
    CallError, ChatAnswer, ChatModel, ChatPurpose, ChatRequest, Description, Fate, Handover,
    HttpCall, HttpCaller, HttpReply, Mailer, OutgoingMail, OutgoingText, SentMail, SentText,
    SmsSender,
};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

impl Adapters {
    /// The same, measured.
    #[must_use]
    pub(crate) fn measured(self) -> Self {
        Self {
            mailer: Arc::new(Measured::new(self.mailer.describe(), self.mailer)),
            texts: self.texts.map(|texts| -> Arc<dyn SmsSender> {
                Arc::new(Measured::new(texts.describe(), texts))
            }),
            chat: Arc::new(Measured::new(self.chat.describe(), self.chat)),
            http: Arc::new(Measured::new(self.http.describe(), self.http)),
            leads: self.leads,
        }
    }
}

/// What stands behind a port, and the label `system` of its calls.
struct Measured<P: ?Sized> {
    system: &'static str,
    port: Arc<P>,
}

impl<P: ?Sized> Measured<P> {
    fn new(description: Description, port: Arc<P>) -> Self {
        let system = description.adapter;
        Self { system, port }
    }

    /// Awaits a call and records how it ended; `outcome` tells of a reply whether it is a success.
    async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, CallError>>,
        outcome: impl FnOnce(&T) -> &'static str,
    ) -> Result<T, CallError> {
        let begun = Instant::now();
        let result = call.await;
        let outcome = match &result {
            Ok(reply) => outcome(reply),
            Err(error) => of_fate(error.fate),
        };
        let system = self.system;
        metrics::counter!("auterity_outbound_requests_total", "system" => system, "outcome" => outcome)
            .increment(1);
        metrics::histogram!("auterity_outbound_duration_seconds", "system" => system)
            .record(begun.elapsed().as_secs_f64());
        result
    }
}

const fn of_fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Retry => "retry",
        Fate::Final => "refused",
        Fate::Unknown => "unknown",
    }
}

/// Any status is a reply of `http.request`; which one it was says how the call went.
fn of_status(reply: &HttpReply) -> &'static str {
    match reply.status {
        ..400 => "ok",
        408 | 425 | 429 | 500.. => "retry",
        _ => "refused",
    }
}

#[async_trait]
impl Mailer for Measured<dyn Mailer> {
    async fn send(
        &self,
        mail: &OutgoingMail,
        handover: &dyn Handover,
    ) -> Result<SentMail, CallError> {
        self.call(self.port.send(mail, handover), |_| "ok").await
    }

    fn describe(&self) -> Description {
        self.port.describe()
    }
}

#[async_trait]
impl SmsSender for Measured<dyn SmsSender> {
    async fn send(
        &self,
        text: &OutgoingText,
        handover: &dyn Handover,
    ) -> Result<SentText, CallError> {
        self.call(self.port.send(text, handover), |_| "ok").await
    }

    async fn find(
        &self,
        text: &OutgoingText,
        since: DateTime<Utc>,
    ) -> Result<Option<SentText>, CallError> {
        self.call(self.port.find(text, since), |_| "ok").await
    }

    fn describe(&self) -> Description {
        self.port.describe()
    }
}

#[async_trait]
impl HttpCaller for Measured<dyn HttpCaller> {
    async fn call(&self, call: &HttpCall) -> Result<HttpReply, CallError> {
        Measured::call(self, self.port.call(call), of_status).await
    }

    fn describe(&self) -> Description {
        self.port.describe()
    }
}

#[async_trait]
impl ChatModel for Measured<dyn ChatModel> {
    async fn answer(&self, request: &ChatRequest) -> Result<ChatAnswer, CallError> {
        let answer = self.call(self.port.answer(request), |_| "ok").await?;
        count_tokens(&answer);
        Ok(answer)
    }

    fn describe(&self) -> Description {
        self.port.describe()
    }

    fn default_model(&self, purpose: ChatPurpose) -> String {
        self.port.default_model(purpose)
    }
}

/// Kinds that do not overlap, so that their sum is what was used: `input` is without what came
/// from the provider's cache or went into it, `output` without reasoning.
fn count_tokens(answer: &ChatAnswer) {
    let model = model_label(&answer.model);
    let cache = answer
        .cached_tokens
        .saturating_add(answer.cache_write_tokens);
    let kinds = [
        ("input", answer.input_tokens.saturating_sub(cache)),
        ("input_cached", answer.cached_tokens),
        ("cache_write", answer.cache_write_tokens),
        (
            "output",
            answer.output_tokens.saturating_sub(answer.reasoning_tokens),
        ),
        ("reasoning", answer.reasoning_tokens),
    ];
    for (kind, tokens) in kinds.into_iter().filter(|(_, tokens)| *tokens > 0) {
        let model = model.clone();
        metrics::counter!("auterity_ai_tokens_total", "model" => model, "kind" => kind)
            .increment(u64::from(tokens));
    }
}

/// The name comes from outside, and each one is a series of its own: past this many, `other`.
const MODELS: usize = 32;
static KNOWN_MODELS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn model_label(model: &str) -> String {
    let mut known = KNOWN_MODELS.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = model.len() <= 64 && (known.contains(model) || known.len() < MODELS);
    match fits {
        true => {
            known.insert(model.to_owned());
            model.to_owned()
        }
        false => "other".to_owned(),
    }
}

pub(crate) fn describe_metrics() {
    metrics::describe_counter!(
        "auterity_outbound_requests_total",
        "Calls to outside systems; outcome is ok, retry, refused or unknown"
    );
    metrics::describe_histogram!(
        "auterity_outbound_duration_seconds",
        "How long calls to outside systems took"
    );
    metrics::describe_counter!(
        "auterity_ai_tokens_total",
        "Tokens that models took and gave; the kinds do not overlap"
    );
}

#[cfg(test)]
mod tests;
