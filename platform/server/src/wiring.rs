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
        refused_subnets: config.http.outbound_refused_networks.clone(),
        own_hosts: own_hosts(&config.http.base_domain, &config.http.public_url),
        ..GuardedHttpConfig::default()
    }
}

/// Hosts that stand for the platform: its domain, one below it, as dealerships are, and the one
/// that hooks are delivered to.
fn own_hosts(base_domain: &str, public_url: &url::Url) -> Vec<String> {
    let mut hosts = vec![base_domain.to_owned(), format!("platform.{base_domain}")];
    // The brackets of an IPv6 address belong to the URL.
    let public = public_url
        .host_str()
        .map(|host| host.trim_matches(['[', ']']));
    hosts.extend(public.map(str::to_owned));
    // These are loopback (RFC 6761), which is refused anyway.
    hosts.retain(|host| host != "localhost" && !host.ends_with(".localhost"));
    hosts.sort_unstable();
    hosts.dedup();
    hosts
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
    use super::{own_hosts, sender};

    #[test]
    fn the_platforms_hosts_are_its_domain_and_where_hooks_arrive() {
        let url = |text: &str| text.parse().unwrap();
        assert_eq!(
            own_hosts("auterity.example", &url("https://app.auterity.example")),
            [
                "app.auterity.example",
                "auterity.example",
                "platform.auterity.example"
            ]
        );
        assert_eq!(
            own_hosts("localhost", &url("http://[2606:4700::1]:80")),
            ["2606:4700::1"]
        );
        assert!(own_hosts("localhost", &url("http://localhost:8080")).is_empty());
    }

    #[test]
    fn a_sender_is_a_name_and_an_address_or_an_address() {
        assert_eq!(
            sender("Auterity <a@b.example>"),
            (Some("Auterity"), "a@b.example")
        );
        assert_eq!(sender("a@b.example"), (None, "a@b.example"));
    }
}
