use crate::config::{Security, SmtpConfig};
use crate::failure::{Stage, Trouble, after_content, before_content, one_line};
use crate::message::Wire;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use platform_kernel::ports::CallError;
use std::time::Duration;

/// A connection that has said hello, is encrypted and signed in as configured.
pub(crate) struct Session {
    connection: AsyncSmtpConnection,
    command: Duration,
    content: Duration,
}

impl Session {
    pub(crate) async fn open(config: &SmtpConfig) -> Result<Self, CallError> {
        let limit = config.timeouts.command;
        let hello = ClientId::default();
        let implicit = match config.security {
            Security::Implicit => Some(tls(config)?),
            _ => None,
        };
        let server = (config.host.as_str(), config.port);
        let connect =
            AsyncSmtpConnection::connect_tokio1(server, Some(limit), &hello, implicit, None);
        let connection = within(limit, Box::pin(connect)).await;
        let connection = connection.map_err(|t| before_content(Stage::Connect, &t))?;
        let mut session = Self {
            connection,
            command: limit,
            content: config.timeouts.content,
        };
        session.encrypt(config, &hello).await?;
        session.sign_in(config).await?;
        Ok(session)
    }

    async fn encrypt(&mut self, config: &SmtpConfig, hello: &ClientId) -> Result<(), CallError> {
        let wanted = match config.security {
            Security::Implicit | Security::None => false,
            Security::Required => true,
            Security::Opportunistic => self.connection.can_starttls(),
        };
        if !wanted {
            return Ok(());
        }
        let parameters = tls(config)?;
        let upgrade = self.connection.starttls(parameters, hello);
        let upgraded = within(self.command, Box::pin(upgrade)).await;
        upgraded.map_err(|t| before_content(Stage::Encrypt, &t))
    }

    async fn sign_in(&mut self, config: &SmtpConfig) -> Result<(), CallError> {
        let Some(credentials) = &config.credentials else {
            return Ok(());
        };
        // Whoever can strip STARTTLS from the greeting would otherwise be handed the password.
        let plain = !self.connection.is_encrypted();
        if plain && config.security != Security::None && !config.local {
            let text = "the mail server offers no encryption, and the password is not sent without";
            return Err(CallError::fatal("smtp_tls_required", text));
        }
        let auth = self.connection.auth(DEFAULT_MECHANISMS, credentials);
        let signed_in = within(self.command, Box::pin(auth)).await;
        signed_in.map_err(|t| before_content(Stage::SignIn, &t))?;
        Ok(())
    }

    /// Names sender and recipient. Whatever fails here, nothing was sent.
    pub(crate) async fn address(&mut self, wire: &Wire) -> Result<(), CallError> {
        let options = self.options(wire)?;
        let from = Mail::new(wire.envelope.from().cloned(), options);
        self.command(Stage::Sender, from).await?;
        for to in wire.envelope.to() {
            let to = Rcpt::new(to.clone(), Vec::new());
            self.command(Stage::Recipient, to).await?;
        }
        Ok(())
    }

    /// Asks to send the content; until the server has said 354, none of it is sent.
    pub(crate) async fn begin_data(&mut self) -> Result<(), CallError> {
        let reply = self.command(Stage::Data, Data).await?;
        if reply.has_code(354) {
            return Ok(());
        }
        let text = format!("the mail server did not ask for the mail: {}", reply.code());
        Err(CallError::retry("smtp_unreachable", text))
    }

    /// Sends the content and returns the server's words for having taken it.
    pub(crate) async fn content(&mut self, wire: &Wire) -> Result<String, CallError> {
        let sending = self.connection.message(&wire.content);
        let reply = within(self.content, Box::pin(sending)).await;
        let reply = reply.map_err(|trouble| after_content(&trouble))?;
        let code = reply.code();
        if code.severity != Severity::PositiveCompletion {
            let text = format!("the mail may have been sent: the mail server answered {code}");
            return Err(CallError::unknown("smtp_outcome_unknown", text));
        }
        let words: Vec<&str> = reply.message().collect();
        Ok(one_line(&format!("{code} {}", words.join(" ")), 300))
    }

    pub(crate) async fn is_alive(&mut self) -> bool {
        let noop = self.connection.test_connected();
        tokio::time::timeout(self.command.min(Duration::from_secs(3)), noop)
            .await
            .unwrap_or(false)
    }

    /// Says good-bye without making anybody wait for it.
    pub(crate) fn close(mut self) {
        platform_kernel::task::spawn(async move {
            let goodbye = Box::pin(self.connection.abort());
            if tokio::time::timeout(Duration::from_secs(2), goodbye)
                .await
                .is_err()
            {
                tracing::debug!("the mail server did not answer QUIT");
            }
        });
    }

    async fn command(
        &mut self,
        stage: Stage,
        command: impl std::fmt::Display,
    ) -> Result<Response, CallError> {
        let reply = within(self.command, Box::pin(self.connection.command(command))).await;
        reply.map_err(|trouble| before_content(stage, &trouble))
    }

    /// What must be announced for this mail (RFC 6152, RFC 6531).
    fn options(&self, wire: &Wire) -> Result<Vec<MailParameter>, CallError> {
        let server = self.connection.server_info();
        let mut options = Vec::new();
        let mut addresses = wire.envelope.to().iter().chain(wire.envelope.from());
        if !addresses.all(|address| AsRef::<str>::as_ref(address).is_ascii()) {
            if !server.supports_feature(Extension::SmtpUtfEight) {
                let text = "the mail server cannot send to addresses with such letters";
                return Err(CallError::fatal("smtp_rejected", text));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if !wire.content.is_ascii() && server.supports_feature(Extension::EightBitMime) {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        Ok(options)
    }
}

fn tls(config: &SmtpConfig) -> Result<TlsParameters, CallError> {
    TlsParameters::builder(config.host.clone())
        // A catcher on this machine signs its own certificate.
        .dangerous_accept_invalid_certs(config.local)
        .build_rustls()
        .map_err(|error| CallError::fatal("smtp_unusable", error.to_string()))
}

async fn within<T>(
    limit: Duration,
    exchange: impl Future<Output = Result<T, SmtpError>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, exchange).await {
        Ok(done) => done.map_err(Trouble::Smtp),
        Err(_elapsed) => Err(Trouble::Timeout(limit)),
    }
}
