use async_trait::async_trait;
use platform_kernel::ports::{CallError, Description, Handover, Mailer, OutgoingMail, SentMail};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Stands in for the SMTP server: takes every mail, or fails as told.
#[derive(Clone, Default)]
pub struct Mailbox(Arc<Inner>);

#[derive(Default)]
struct Inner {
    mails: Mutex<Vec<OutgoingMail>>,
    failure: Mutex<Option<CallError>>,
    arrived: Notify,
}

impl Mailbox {
    /// From now on every sending fails with `failure`, or works again with `None`.
    pub fn fail_with(&self, failure: Option<CallError>) {
        *self.0.failure.lock().unwrap() = failure;
    }

    pub fn all(&self) -> Vec<OutgoingMail> {
        self.0.mails.lock().unwrap().clone()
    }

    /// Mails to an address so far.
    pub fn to(&self, address: &str) -> Vec<OutgoingMail> {
        let mut mails = self.all();
        mails.retain(|mail| mail.to == address);
        mails
    }

    /// The newest mail to `address`, once there are at least `count`.
    pub async fn wait(&self, address: &str, count: usize) -> OutgoingMail {
        let found = async {
            loop {
                let arrived = self.0.arrived.notified();
                let mails = self.to(address);
                if mails.len() >= count {
                    return mails.last().unwrap().clone();
                }
                arrived.await;
            }
        };
        let patience = std::time::Duration::from_secs(20);
        let found = tokio::time::timeout(patience, found).await;
        found.unwrap_or_else(|_| {
            panic!(
                "no mail number {count} to {address}; there are: {:#?}",
                self.all()
            )
        })
    }

    /// The value of `#token=` in the newest mail to `address`.
    pub async fn token(&self, address: &str, count: usize) -> String {
        let mail = self.wait(address, count).await;
        let start = mail
            .text
            .find("#token=")
            .unwrap_or_else(|| panic!("no token in {}", mail.text))
            + 7;
        mail.text[start..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric())
            .collect()
    }
}

#[async_trait]
impl Mailer for Mailbox {
    async fn send(
        &self,
        mail: &OutgoingMail,
        handover: &dyn Handover,
    ) -> Result<SentMail, CallError> {
        let failure = self.0.failure.lock().unwrap().clone();
        if let Some(failure) = failure {
            return Err(failure);
        }
        handover.mark().await?;
        self.0.mails.lock().unwrap().push(mail.clone());
        self.0.arrived.notify_waiters();
        Ok(SentMail {
            provider_reference: "250 kept by the test".to_owned(),
        })
    }

    fn describe(&self) -> Description {
        Description {
            kind: "email",
            adapter: "smtp",
            name: "test mailbox".to_owned(),
            simulated: true,
        }
    }
}
