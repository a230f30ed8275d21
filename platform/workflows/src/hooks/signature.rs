//! Whether a delivery was signed by who knows the trigger's secret.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

/// How old, or how far ahead, a signed time may be unless told.
const TOLERANCE_SECONDS: u32 = 300;

/// How deliveries are signed: `signature` in a webhook's configuration.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Signature {
    scheme: Scheme,
    /// Names the secret.
    pub(super) secret: String,
    #[serde(default)]
    header: Option<String>,
    #[serde(default)]
    prefix: Option<String>,
    #[serde(default)]
    encoding: Encoding,
    #[serde(default)]
    timestamp_header: Option<String>,
    #[serde(default)]
    tolerance_seconds: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scheme {
    HmacSha256,
    Github,
    Stripe,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Encoding {
    #[default]
    Hex,
    Base64,
}

/// What was signed, and the signatures given for it.
struct Given {
    time: Option<String>,
    signatures: Vec<String>,
    encoding: Encoding,
}

impl Signature {
    /// The signature that a trigger's configuration asks for. The error is one of ours: what was
    /// published can always be read.
    pub(super) fn of(config: &Value) -> Result<Option<Self>, serde_json::Error> {
        match config.get("signature") {
            None | Some(Value::Null) => Ok(None),
            Some(signature) => Self::deserialize(signature).map(Some),
        }
    }

    /// Refuses what is not signed with `secret`; says why, and nothing of what would be right.
    /// `header` gives the value of a request's header.
    pub(super) fn check(
        &self,
        secret: &[u8],
        header: impl Fn(&str) -> Option<String>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(), String> {
        let given = self.given(header)?;
        if let Some(time) = &given.time {
            self.check_time(time, now)?;
        }
        let signed = given.signatures.iter().any(|signature| {
            let Some(bytes) = decode(signature, given.encoding) else {
                return false;
            };
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
                return false;
            };
            if let Some(time) = &given.time {
                mac.update(time.as_bytes());
                mac.update(b".");
            }
            mac.update(body);
            // Takes as long whatever is wrong.
            mac.verify_slice(&bytes).is_ok()
        });
        match signed {
            true => Ok(()),
            false => Err("the signature is not that of this body".to_owned()),
        }
    }

    fn given(&self, header: impl Fn(&str) -> Option<String>) -> Result<Given, String> {
        let read = |name: &str| header(name).ok_or_else(|| format!("the header {name} is missing"));
        match self.scheme {
            Scheme::Github => Ok(Given {
                time: None,
                signatures: without_prefix(&read("X-Hub-Signature-256")?, "sha256="),
                encoding: Encoding::Hex,
            }),
            Scheme::Stripe => stripe(&read("Stripe-Signature")?),
            Scheme::HmacSha256 => {
                let name = self.header.as_deref().unwrap_or("X-Signature");
                let prefix = self.prefix.as_deref().unwrap_or_default();
                Ok(Given {
                    time: self.timestamp_header.as_deref().map(read).transpose()?,
                    signatures: without_prefix(&read(name)?, prefix),
                    encoding: self.encoding,
                })
            }
        }
    }

    /// A time in seconds since 1970 that is near enough to now.
    fn check_time(&self, time: &str, now: DateTime<Utc>) -> Result<(), String> {
        let seconds = time.parse::<i64>().ok();
        let at = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let at = at.ok_or("the signed time is not in seconds since 1970")?;
        let tolerance = self.tolerance_seconds.unwrap_or(TOLERANCE_SECONDS);
        if (now - at).abs() > TimeDelta::seconds(i64::from(tolerance)) {
            return Err("the signed time is too far from now".to_owned());
        }
        Ok(())
    }
}

fn without_prefix(value: &str, prefix: &str) -> Vec<String> {
    let signature = value.strip_prefix(prefix);
    signature.map(str::to_owned).into_iter().collect()
}

/// `t=<seconds>,v1=<hex>[,v1=<hex>]`: two while a secret is being exchanged
/// (<https://docs.stripe.com/webhooks#verify-manually>).
fn stripe(header: &str) -> Result<Given, String> {
    let parts: Vec<(&str, &str)> = header
        .split(',')
        .filter_map(|part| part.trim().split_once('='))
        .collect();
    let time = parts.iter().find(|(name, _)| *name == "t");
    let (_, time) = time.ok_or("the header Stripe-Signature has no time")?;
    let signatures = parts.iter().filter(|(name, _)| *name == "v1");
    Ok(Given {
        time: Some((*time).to_owned()),
        signatures: signatures.map(|(_, value)| (*value).to_owned()).collect(),
        encoding: Encoding::Hex,
    })
}

fn decode(signature: &str, encoding: Encoding) -> Option<Vec<u8>> {
    let text = signature.trim().as_bytes();
    match encoding {
        Encoding::Hex => data_encoding::HEXLOWER_PERMISSIVE.decode(text).ok(),
        Encoding::Base64 => data_encoding::BASE64.decode(text).ok(),
    }
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
