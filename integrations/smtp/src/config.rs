use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use percent_encoding::percent_decode_str;
use platform_kernel::secret::{ExposeSecret, SecretString};
use std::time::Duration;
use url::{Host, Url};

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314 §3.3).
    Implicit,
    /// STARTTLS or no mail (RFC 3207).
    Required,
    /// STARTTLS where the server offers it. A password still never crosses a network in the clear.
    Opportunistic,
    /// Plain text, password included: for a relay on the same machine or in the same pod.
    None,
}

/// How long to wait for the server. RFC 5321 §4.5.3.2 allows minutes; a person is waiting here.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the connection and for each command's reply.
    pub command: Duration,
    /// For the reply to the content, which a server may scan before it takes it.
    pub content: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            command: Duration::from_secs(15),
            content: Duration::from_secs(60),
        }
    }
}

/// Why the mail settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmtpConfigError {
    #[error("not a URL like smtp://user:password@host:587")]
    NotAUrl(#[source] url::ParseError),
    #[error("the scheme must be smtp or smtps, not {0:?}")]
    Scheme(String),
    #[error("the URL names no host")]
    NoHost,
    #[error("tls must be required, opportunistic or none, not {0:?}")]
    Tls(String),
    #[error("unknown parameter {0:?}; only tls is known")]
    Parameter(String),
    #[error("user name and password must be percent-encoded UTF-8")]
    Credentials(#[source] std::str::Utf8Error),
    #[error("the sender must look like mail@example.com")]
    From(#[source] lettre::address::AddressError),
}

/// A mail server and the address that mail is sent from.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) from: Mailbox,
    pub(crate) timeouts: Timeouts,
    /// The server runs on this machine, where nobody listens in.
    pub(crate) local: bool,
}

impl SmtpConfig {
    /// Reads `smtp://user:password@host:port?tls=required|opportunistic|none` or
    /// `smtps://user:password@host:port`. Without a port it is 587, or 465 for `smtps`
    /// (RFC 6409, RFC 8314); without `tls` it is `opportunistic`.
    pub fn parse(
        url: &SecretString,
        from_address: &str,
        from_name: Option<&str>,
    ) -> Result<Self, SmtpConfigError> {
        let url = Url::parse(url.expose_secret()).map_err(SmtpConfigError::NotAUrl)?;
        let security = security(&url)?;
        let default_port = if security == Security::Implicit {
            465
        } else {
            587
        };
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or(SmtpConfigError::NoHost)?;
        let from: Address = from_address.trim().parse().map_err(SmtpConfigError::From)?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(default_port),
            security,
            credentials: credentials(&url)?,
            from: Mailbox::new(from_name.map(str::to_owned), from),
            timeouts: Timeouts::default(),
            local: is_local(&url),
        })
    }

    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }
}

fn security(url: &Url) -> Result<Security, SmtpConfigError> {
    let mut security = match url.scheme() {
        "smtp" => Security::Opportunistic,
        "smtps" => Security::Implicit,
        other => return Err(SmtpConfigError::Scheme(other.to_owned())),
    };
    for (key, value) in url.query_pairs() {
        if key != "tls" {
            return Err(SmtpConfigError::Parameter(key.into_owned()));
        }
        security = match (security, value.as_ref()) {
            (Security::Implicit, "required") => Security::Implicit,
            (Security::Implicit, _) => return Err(SmtpConfigError::Tls(value.into_owned())),
            (_, "required") => Security::Required,
            (_, "opportunistic") => Security::Opportunistic,
            (_, "none") => Security::None,
            _ => return Err(SmtpConfigError::Tls(value.into_owned())),
        };
    }
    Ok(security)
}

fn credentials(url: &Url) -> Result<Option<Credentials>, SmtpConfigError> {
    if url.username().is_empty() {
        return Ok(None);
    }
    let decode = |text: &str| -> Result<String, SmtpConfigError> {
        let decoded = percent_decode_str(text).decode_utf8();
        Ok(decoded.map_err(SmtpConfigError::Credentials)?.into_owned())
    };
    let password = decode(url.password().unwrap_or_default())?;
    Ok(Some(Credentials::new(decode(url.username())?, password)))
}

// For schemes other than http the url crate leaves IPv4 addresses as domain names.
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            name.eq_ignore_ascii_case("localhost")
                || name
                    .parse()
                    .is_ok_and(|ip: std::net::Ipv4Addr| ip.is_loopback())
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
