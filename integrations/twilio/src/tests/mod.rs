mod provider;
mod simulated;

use crate::{TwilioConfig, TwilioConfigError, TwilioSender};
use async_trait::async_trait;
use platform_kernel::ports::{CallError, Description, Handover, OutgoingText, SmsSender};
use platform_kernel::secret::SecretString;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";

/// Counts the marks, or refuses them.
#[derive(Default)]
struct Marks {
    count: AtomicUsize,
    fails: bool,
}

impl Marks {
    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Handover for Marks {
    async fn mark(&self) -> Result<(), CallError> {
        self.count.fetch_add(1, Ordering::SeqCst);
        if self.fails {
            return Err(CallError::retry("lease_lost", "another worker took over"));
        }
        Ok(())
    }
}

fn config(base_url: &str) -> TwilioConfig {
    TwilioConfig {
        base_url: base_url.parse().unwrap(),
        account_sid: ACCOUNT.to_owned(),
        key_sid: None,
        secret: SecretString::from("token-123"),
        from: "+1 (512) 555-0100".to_owned(),
        simulated: true,
        timeout: Duration::from_millis(500),
    }
}

fn sender(base_url: &str) -> TwilioSender {
    TwilioSender::new(config(base_url)).unwrap()
}

fn text(to: &str) -> OutgoingText {
    OutgoingText {
        to: to.to_owned(),
        body: "Your RAV4 is ready & waiting 🚗".to_owned(),
    }
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let refused = |change: fn(&mut TwilioConfig)| {
        let mut config = config("https://api.twilio.com");
        change(&mut config);
        TwilioSender::new(config).err()
    };
    let path = refused(|c| c.base_url = "https://api.twilio.com/v2".parse().unwrap());
    assert!(matches!(path, Some(TwilioConfigError::BaseUrl)));
    let user = refused(|c| c.base_url = "https://me:pw@api.twilio.com".parse().unwrap());
    assert!(matches!(user, Some(TwilioConfigError::BaseUrl)));
    let account = refused(|c| "AC12".clone_into(&mut c.account_sid));
    assert!(matches!(account, Some(TwilioConfigError::AccountSid)));
    let key = refused(|c| c.key_sid = Some("AC12".to_owned()));
    assert!(matches!(key, Some(TwilioConfigError::KeySid)));
    let from = refused(|c| "Acme".clone_into(&mut c.from));
    assert!(matches!(from, Some(TwilioConfigError::From)));
    assert!(refused(|c| SERVICE.clone_into(&mut c.from)).is_none());
}

#[test]
fn it_is_introduced_by_its_number() {
    let Description {
        kind,
        adapter,
        name,
        simulated,
    } = sender("https://api.twilio.com").describe();
    assert_eq!(
        (kind, adapter, name.as_str(), simulated),
        ("sms", "twilio", "+15125550100", true)
    );
}
