use crate::config::{Sender, TwilioConfig, TwilioConfigError, endpoint, is_sid};
use crate::failure;
use async_trait::async_trait;
use chrono::{DateTime, Duration as Span, Utc};
use platform_kernel::ports::{CallError, Description, Handover, OutgoingText, SentText, SmsSender};
use platform_kernel::secret::{ExposeSecret, SecretString};
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;

/// More than any answer; a peer gone wrong must not fill the memory.
const LONGEST_ANSWER: usize = 1 << 20;
/// How many of the messages to one number are looked through, newest first.
const LOOKED_THROUGH: &str = "50";
/// Twilio's times have whole seconds, and its clock is not ours.
const CLOCKS_APART: Span = Span::seconds(5);

/// One account at Twilio.
pub struct TwilioSender {
    http: Client,
    endpoint: Url,
    user: String,
    secret: SecretString,
    sender: Sender,
    simulated: bool,
}

impl TwilioSender {
    /// Connects to nothing yet.
    pub fn new(config: TwilioConfig) -> Result<Self, TwilioConfigError> {
        let endpoint = endpoint(&config)?;
        let user = match config.key_sid {
            Some(key) if !is_sid(&key, "SK") => return Err(TwilioConfigError::KeySid),
            Some(key) => key,
            None => config.account_sid,
        };
        let http = Client::builder()
            .timeout(config.timeout)
            .connect_timeout(config.timeout.min(std::time::Duration::from_secs(10)))
            // A redirect could carry the credentials and the customer's number to somebody else.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .build()
            .map_err(TwilioConfigError::Client)?;
        Ok(Self {
            http,
            endpoint,
            user,
            secret: config.secret,
            sender: Sender::parse(&config.from)?,
            simulated: config.simulated,
        })
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.user, Some(self.secret.expose_secret()))
    }

    fn form(&self, text: &OutgoingText) -> String {
        let (field, value) = self.sender.field();
        Serializer::new(String::new())
            .append_pair("To", &text.to)
            .append_pair(field, value)
            .append_pair("Body", &text.body)
            .finish()
    }
}

/// What is read of a message.
#[derive(Debug, Deserialize)]
struct Message {
    sid: String,
    /// A number in a string; `0` while it is not known yet.
    #[serde(default)]
    num_segments: Option<String>,
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    body: Option<String>,
    /// RFC 2822.
    #[serde(default)]
    date_created: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Messages {
    messages: Vec<Message>,
}

impl Message {
    fn sent(self) -> SentText {
        let segments = self.num_segments.and_then(|number| number.parse().ok());
        SentText {
            provider_reference: self.sid,
            segments: segments.filter(|number| *number > 0),
        }
    }

    /// Whether this is the text in question. Trial accounts get words put before theirs.
    fn is(&self, text: &OutgoingText, since: DateTime<Utc>) -> bool {
        let created = self.date_created.as_deref();
        let created = created.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        self.to.as_deref() == Some(&text.to)
            && self
                .body
                .as_deref()
                .is_some_and(|body| body.ends_with(&text.body))
            && created.is_some_and(|at| at >= since - CLOCKS_APART)
    }
}

/// Status and body of a request that had an answer.
async fn exchange(mut request: RequestBuilder) -> Result<Vec<u8>, CallError> {
    if let Some(trace) = platform_kernel::trace::current() {
        request = request.header("traceparent", trace.to_string());
    }
    let mut response = request
        .send()
        .await
        .map_err(|e| failure::of_connection(&e))?;
    let status = response.status();
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let Some(chunk) = chunk.map_err(|e| failure::of_connection(&e))? else {
            break;
        };
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(failure::lost(false));
        }
        body.extend_from_slice(&chunk);
    }
    if status.is_success() {
        return Ok(body);
    }
    Err(failure::of_answer(
        status.as_u16(),
        response.headers(),
        &body,
    ))
}

#[async_trait]
impl SmsSender for TwilioSender {
    async fn send(
        &self,
        text: &OutgoingText,
        handover: &dyn Handover,
    ) -> Result<SentText, CallError> {
        let request = self
            .signed(self.http.post(self.endpoint.clone()))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(self.form(text));
        handover.mark().await?;
        let body = exchange(request).await?;
        // It said yes; under which name is not worth sending the text again.
        let message = serde_json::from_slice::<Message>(&body);
        let message = message.map_err(|_unreadable| {
            let words = "the text may have been sent: Twilio's answer cannot be read";
            CallError::unknown("sms_outcome_unknown", words)
        })?;
        Ok(message.sent())
    }

    async fn find(
        &self,
        text: &OutgoingText,
        since: DateTime<Utc>,
    ) -> Result<Option<SentText>, CallError> {
        let mut url = self.endpoint.clone();
        // Not by `DateSent`, which a message that still waits in Twilio's queue has none of.
        url.query_pairs_mut()
            .append_pair("To", &text.to)
            .append_pair("PageSize", LOOKED_THROUGH);
        let body = exchange(self.signed(self.http.get(url))).await;
        let body = body.map_err(failure::of_question)?;
        let page = serde_json::from_slice::<Messages>(&body).map_err(|_unreadable| {
            CallError::retry(
                "sms_unavailable",
                "Twilio's list of messages cannot be read",
            )
        })?;
        let found = page
            .messages
            .into_iter()
            .find(|message| message.is(text, since));
        Ok(found.map(Message::sent))
    }

    fn describe(&self) -> Description {
        let (_, from) = self.sender.field();
        Description {
            kind: "sms",
            adapter: "twilio",
            name: from.to_owned(),
            simulated: self.simulated,
        }
    }
}
