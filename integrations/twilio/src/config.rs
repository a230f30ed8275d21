use platform_kernel::secret::SecretString;
use platform_kernel::text::PhoneNumber;
use std::time::Duration;
use url::Url;

/// An account at Twilio and what its texts are sent from.
#[derive(Clone, Debug)]
pub struct TwilioConfig {
    /// `https://api.twilio.com`, unless a simulator stands in.
    pub base_url: Url,
    /// `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// `SK…`: the API key that `secret` belongs to. Without one `secret` is the account's auth token.
    pub key_sid: Option<String>,
    pub secret: SecretString,
    /// A number of the account's, or the messaging service (`MG…`) that chooses one.
    pub from: String,
    /// Whether a simulator stands at the other end.
    pub simulated: bool,
    /// How long one request may take.
    pub timeout: Duration,
}

impl TwilioConfig {
    /// How long an answer is waited for unless something else is said. Twilio answers once it has
    /// queued the message, mostly within a second.
    pub const TIMEOUT: Duration = Duration::from_secs(15);
}

/// Why the settings of an account cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TwilioConfigError {
    #[error("the base URL must look like https://api.twilio.com")]
    BaseUrl,
    #[error("the account SID must be AC and 32 hexadecimal digits")]
    AccountSid,
    #[error("the API key must be SK and 32 hexadecimal digits")]
    KeySid,
    #[error("the sender must be a phone number like +15125550100 or a messaging service (MG…)")]
    From,
    #[error("the HTTP client could not be made")]
    Client(#[source] reqwest::Error),
}

/// What texts come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Number(String),
    Service(String),
}

impl Sender {
    pub(crate) fn parse(text: &str) -> Result<Self, TwilioConfigError> {
        if is_sid(text, "MG") {
            return Ok(Self::Service(text.to_owned()));
        }
        let number = PhoneNumber::parse(text).ok_or(TwilioConfigError::From)?;
        Ok(Self::Number(number.as_str().to_owned()))
    }

    /// The form's field and its value.
    pub(crate) fn field(&self) -> (&'static str, &str) {
        match self {
            Self::Number(number) => ("From", number),
            Self::Service(sid) => ("MessagingServiceSid", sid),
        }
    }
}

/// Twilio's names of things: two letters for what it is, and 32 hexadecimal digits.
pub(crate) fn is_sid(text: &str, kind: &str) -> bool {
    let digits = text.strip_prefix(kind).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Where the account's messages are. The path is ours, so a base URL has none.
pub(crate) fn endpoint(config: &TwilioConfig) -> Result<Url, TwilioConfigError> {
    let base = &config.base_url;
    let plain = matches!(base.scheme(), "http" | "https")
        && base.host_str().is_some()
        && base.username().is_empty()
        && matches!(base.path(), "" | "/")
        && base.query().is_none()
        && base.fragment().is_none();
    if !plain {
        return Err(TwilioConfigError::BaseUrl);
    }
    if !is_sid(&config.account_sid, "AC") {
        return Err(TwilioConfigError::AccountSid);
    }
    let path = format!("/2010-04-01/Accounts/{}/Messages.json", config.account_sid);
    base.join(&path)
        .map_err(|_unjoinable| TwilioConfigError::BaseUrl)
}
