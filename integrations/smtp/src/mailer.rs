use crate::config::SmtpConfig;
use crate::message::{self, Wire};
use crate::session::Session;
use async_trait::async_trait;
use platform_kernel::ports::{
    CallError, Description, Fate, Handover, Mailer, OutgoingMail, SentMail,
};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Connections kept open for the next mail, and for how long: servers drop idle ones after
/// minutes, and a NOOP finds out.
const MOST_IDLE: usize = 4;
const IDLE_LIMIT: Duration = Duration::from_secs(20);

struct Idle {
    session: Session,
    since: Instant,
}

/// Sends mail through one SMTP server, from one address.
pub struct SmtpMailer {
    config: SmtpConfig,
    simulated: bool,
    idle: Mutex<Vec<Idle>>,
}

impl SmtpMailer {
    /// Connects to nothing yet. `simulated` says that a mail catcher stands at the other end.
    pub fn new(config: SmtpConfig, simulated: bool) -> Self {
        Self {
            config,
            simulated,
            idle: Mutex::new(Vec::new()),
        }
    }

    async fn session(&self) -> Result<Session, CallError> {
        while let Some(mut session) = self.take_idle() {
            if session.is_alive().await {
                return Ok(session);
            }
        }
        Box::pin(Session::open(&self.config)).await
    }

    fn take_idle(&self) -> Option<Session> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|one| one.since.elapsed() < IDLE_LIMIT);
        idle.pop().map(|one| one.session)
    }

    fn keep(&self, session: Session) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE {
            let since = Instant::now();
            idle.push(Idle { session, since });
        } else {
            session.close();
        }
    }
}

async fn converse(
    session: &mut Session,
    wire: &Wire,
    handover: &dyn Handover,
) -> Result<String, CallError> {
    session.address(wire).await?;
    handover.mark().await?;
    session.begin_data().await?;
    session.content(wire).await
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(
        &self,
        mail: &OutgoingMail,
        handover: &dyn Handover,
    ) -> Result<SentMail, CallError> {
        let wire = message::build(&self.config.from, mail)?;
        let mut session = self.session().await?;
        match Box::pin(converse(&mut session, &wire, handover)).await {
            Ok(provider_reference) => {
                self.keep(session);
                Ok(SentMail { provider_reference })
            }
            Err(error) => {
                // A server that may still be reading the content is not talked into; the
                // connection just drops.
                if error.fate != Fate::Unknown {
                    session.close();
                }
                Err(error)
            }
        }
    }

    fn describe(&self) -> Description {
        Description {
            kind: "email",
            adapter: "smtp",
            name: format!("{}:{}", self.config.host, self.config.port),
            simulated: self.simulated,
        }
    }
}
