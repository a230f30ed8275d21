//! This slice's background work: its mails, and the first row of an audit log.

use crate::Identity;
use crate::invitations::mail::SEND_INVITATION_MAIL;
use crate::recovery::mail::SEND_PASSWORD_RESET_MAIL;
use crate::signup::mail::SEND_SIGNUP_MAIL;
use crate::signup::note::NOTE_SIGNUP;
use async_trait::async_trait;
use platform_db::jobs::{JobHandler, LeasedJob, Turn};
use platform_kernel::ports::Mailer;
use platform_kernel::{Error, Result};
use std::sync::Arc;

/// Works on the jobs of one kind.
struct Handler {
    kind: &'static str,
    identity: Identity,
    mailer: Arc<dyn Mailer>,
}

impl Identity {
    /// What the job runner needs to do this slice's jobs.
    pub fn job_handlers(&self, mailer: &Arc<dyn Mailer>) -> Vec<Arc<dyn JobHandler>> {
        [
            SEND_SIGNUP_MAIL,
            SEND_PASSWORD_RESET_MAIL,
            SEND_INVITATION_MAIL,
            NOTE_SIGNUP,
        ]
        .into_iter()
        .map(|kind| -> Arc<dyn JobHandler> {
            Arc::new(Handler {
                kind,
                identity: self.clone(),
                mailer: Arc::clone(mailer),
            })
        })
        .collect()
    }
}

#[async_trait]
impl JobHandler for Handler {
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
                let tenant = job.tenant()?;
                self.identity
                    .send_invitation_mail(mailer, tenant, id)
                    .await?;
            }
            NOTE_SIGNUP => {
                let id = job.tenant()?;
                let actor = serde_json::from_value(job.payload.clone()).map_err(Error::internal)?;
                return self.identity.note_signup(id, &actor).await;
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
