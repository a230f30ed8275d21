//! Which adapter stands behind which port.

use crate::app::Adapters;
use crate::config::{Config, SmsConfig};
use anyhow::Context as _;
use integrations_adf::AdfParser;
use integrations_http::{GuardedHttp, GuardedHttpConfig};
use integrations_openai::{OpenAiConfig, OpenAiModel, model_end};
use integrations_smtp::{SmtpConfig, SmtpMailer};
use integrations_twilio::{TwilioConfig, TwilioSender};
use platform_kernel::ports::SmsSender;
use platform_kernel::secret::ExposeSecret;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Adapters {
    /// The real ones, as configured.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let (from_name, from_address) = sender(&config.mail.from);
        let smtp = SmtpConfig::parse(&config.mail.smtp_url, from_address, from_name)?;
        let key = &config.ai.api_key;
        let openai = OpenAiConfig {
            base_url: config.ai.base_url.to_string(),
            api_key: (!key.expose_secret().is_empty()).then(|| key.clone()),
            model: config.ai.model.clone(),
            reading_model: config.ai.reading_model.clone(),
            simulated: config.ai.simulated,
            label: None,
        };
        warn_of_ends(config);
        Ok(Self {
            mailer: Arc::new(SmtpMailer::new(smtp, config.mail.simulated)),
            texts: config.sms.as_ref().map(texts).transpose()?,
            chat: Arc::new(OpenAiModel::new(openai)?),
            http: Arc::new(GuardedHttp::new(outbound(config))?),
            leads: Arc::new(AdfParser),
        })
    }
}

/// Says at start which of the configured models will soon be gone.
fn warn_of_ends(config: &Config) {
    /// How long before its end a model is worth a warning.
    const DAYS: i64 = 60;
    let today = platform_kernel::clock::now().date_naive();
    for model in BTreeSet::from([&config.ai.model, &config.ai.reading_model]) {
        let end = model_end(model);
        if let Some(end) = end.filter(|end| (end.date - today).num_days() <= DAYS) {
            tracing::warn!(
                %model, date = %end.date, replacement = end.replacement,
                "the configured AI model ends; set AUTERITY_AI_MODEL or AUTERITY_AI_READING_MODEL"
            );
        }
    }
}

fn texts(config: &SmsConfig) -> anyhow::Result<Arc<dyn SmsSender>> {
    let sender = TwilioSender::new(TwilioConfig {
        base_url: config.base_url.clone(),
        account_sid: config.account_sid.clone(),
        key_sid: config.key_sid.clone(),
        secret: config.secret.clone(),
        from: config.from.clone(),
        simulated: config.simulated,
        timeout: TwilioConfig::TIMEOUT,
    });
    Ok(Arc::new(sender.context("AUTERITY_SMS_*")?))
}

/// Workflows may call the public internet, not the platform itself.
fn outbound(config: &Config) -> GuardedHttpConfig {
    GuardedHttpConfig {
        allowed_subnets: config.http.outbound_allowed_networks.clone(),
        forbidden_domains: vec![config.http.base_domain.clone()],
        ..GuardedHttpConfig::default()
    }
}

/// Name and address of `Name <address>`, or of an address alone.
fn sender(from: &str) -> (Option<&str>, &str) {
    match from.split_once('<') {
        Some((name, rest)) => {
            let name = name.trim().trim_matches('"');
            (
                (!name.is_empty()).then_some(name),
                rest.trim_end_matches('>').trim(),
            )
        }
        None => (None, from.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::sender;

    #[test]
    fn a_sender_is_a_name_and_an_address_or_an_address() {
        assert_eq!(
            sender("Auterity <a@b.example>"),
            (Some("Auterity"), "a@b.example")
        );
        assert_eq!(sender("a@b.example"), (None, "a@b.example"));
    }
}
