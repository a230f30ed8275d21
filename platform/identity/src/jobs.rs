//! The mails of this slice as jobs.

use crate::Identity;
use crate::invitations::mail::SEND_INVITATION_MAIL;
use crate::recovery::mail::SEND_PASSWORD_RESET_MAIL;
use crate::signup::mail::SEND_SIGNUP_MAIL;
use async_trait::async_trait;
use platform_db::jobs::{JobHandler, LeasedJob, Turn};
use platform_kernel::ports::Mailer;
use platform_kernel::{Error, Result};
use std::sync::Arc;

/// Sends the mails of one kind.
struct SendMail {
    kind: &'static str,
    identity: Identity,
    mailer: Arc<dyn Mailer>,
}

impl Identity {
    /// What the job runner needs to send this slice's mails.
    pub fn job_handlers(&self, mailer: &Arc<dyn Mailer>) -> Vec<Arc<dyn JobHandler>> {
        [
            SEND_SIGNUP_MAIL,
            SEND_PASSWORD_RESET_MAIL,
            SEND_INVITATION_MAIL,
        ]
        .into_iter()
        .map(|kind| -> Arc<dyn JobHandler> {
            Arc::new(SendMail {
                kind,
                identity: self.clone(),
                mailer: Arc::clone(mailer),
            })
        })
        .collect()
    }
}

#[async_trait]
impl JobHandler for SendMail {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        let mailer = self.mailer.as_ref();
        match self.kind {
            SEND_SIGNUP_MAIL => {
                let id = job.key.parse().map_err(Error::internal)?;
                self.identity.send_signup_mail(mailer, id).await?;
            }
            SEND_INVITATION_MAIL => {
                let id = job.key.parse().map_err(Error::internal)?;
                self.identity.send_invitation_mail(mailer, id).await?;
            }
            _ => {
                let request =
                    serde_json::from_value(job.payload.clone()).map_err(Error::internal)?;
                self.identity
                    .send_password_reset_mail(mailer, &request)
                    .await?;
            }
        }
        Ok(Turn::Done)
    }
}
