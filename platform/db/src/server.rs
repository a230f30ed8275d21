//! Where Postgres is and how it is spoken to: hosts, login, TLS.

use crate::transport::{Transport, is_loopback};
use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long all hosts together may take, TLS and login included: less than a pool waits for a connection.
const CONNECT: Duration = Duration::from_millis(2_500);

/// A Postgres server, or several of which one takes writes, with a login.
#[derive(Clone)]
pub struct PostgresServer {
    /// One for each host, in their order: a host that accepts a connection and says nothing must not use
    /// up the time of the others.
    hosts: Vec<Config>,
    tls: Option<MakeRustlsConnect>,
}

impl PostgresServer {
    /// Reads a URL as libpq does: `postgres://user:password@host1:5432,host2:5432/name?sslmode=verify-full`.
    ///
    /// A server off this machine is spoken to over TLS with its certificate and name checked, whatever
    /// `sslmode` says, and in the clear only where `transport` allows it. Of several hosts the one that
    /// takes writes is used.
    ///
    /// # Errors
    /// A sentence that names no part of the password.
    pub fn parse(url: &str, transport: &Transport) -> Result<Self, String> {
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let mut mode = None;
        let mut rest = Vec::new();
        let mut any_session = true;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "sslmode" => mode = Some(value),
                "sslrootcert" => {
                    return Err("takes no sslrootcert: set the CA's variable".to_owned());
                }
                _ => rest.push(pair),
            }
            any_session &= name != "target_session_attrs";
        }
        let mut hosts = Vec::new();
        for address in one_by_one(address) {
            let mut config = parsed(&format!("{address}?{}", rest.join("&")))?;
            // Everything here writes; a standby that was asked would refuse the first statement.
            if any_session {
                config.target_session_attrs(TargetSessionAttrs::ReadWrite);
            }
            hosts.push(config);
        }
        let local = hosts.iter().all(is_local);
        let tls = match encrypted(mode, local, transport)? {
            false => None,
            true => Some(MakeRustlsConnect::new(transport.client_config()?)),
        };
        for config in &mut hosts {
            config.ssl_mode(if tls.is_some() {
                SslMode::Require
            } else {
                SslMode::Disable
            });
        }
        Ok(Self { hosts, tls })
    }

    /// The same servers with another login.
    #[must_use]
    pub fn with_login(mut self, user: &str, password: &str) -> Self {
        for config in &mut self.hosts {
            config.user(user);
            config.password(password);
        }
        self
    }

    pub fn user(&self) -> &str {
        let first = self.hosts.first();
        first.and_then(Config::get_user).unwrap_or_default()
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        let named = self.hosts.first().and_then(Config::get_dbname);
        named.unwrap_or_else(|| self.user())
    }

    /// Opens a connection on the runtime that polls this, to the first host that answers in its share of
    /// the time and takes writes.
    ///
    /// # Errors
    /// Why the last host was not it: nobody answers, the certificate or the login is not right, or it
    /// takes no writes.
    pub async fn connect(&self) -> Result<AsyncPgConnection, ConnectionError> {
        let share = CONNECT / u32::try_from(self.hosts.len().max(1)).unwrap_or(u32::MAX);
        let mut last = ConnectionError::BadConnection("there is no host".to_owned());
        for config in &self.hosts {
            match tokio::time::timeout(share, self.connect_to(config)).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => last = error,
                Err(_elapsed) => {
                    let hosts = config.get_hosts();
                    let words = format!("{hosts:?} did not answer within {share:?}");
                    last = ConnectionError::BadConnection(words);
                }
            }
        }
        Err(last)
    }

    async fn connect_to(&self, config: &Config) -> Result<AsyncPgConnection, ConnectionError> {
        match &self.tls {
            None => opened(config.connect(NoTls).await).await,
            Some(tls) => opened(config.connect(tls.clone()).await).await,
        }
    }
}

/// The URL once for each of its hosts: `postgres://user@a:1,b:2/name`.
fn one_by_one(address: &str) -> Vec<String> {
    let Some((scheme, rest)) = address.split_once("://") else {
        return vec![address.to_owned()];
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (login, hosts) = match authority.rfind('@') {
        Some(at) => authority.split_at(at + 1),
        None => ("", authority),
    };
    let url = |host: &str| format!("{scheme}://{login}{host}{path}");
    hosts.split(',').map(url).collect()
}

fn parsed(url: &str) -> Result<Config, String> {
    let config = Config::from_str(url.trim_end_matches('?')).map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        let why = cause.unwrap_or_else(|| error.to_string());
        format!("is no URL of Postgres: {why}")
    })?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err("names no host".to_owned());
    }
    Ok(config)
}

async fn opened<S>(
    connected: Result<
        (
            tokio_postgres::Client,
            tokio_postgres::Connection<tokio_postgres::Socket, S>,
        ),
        tokio_postgres::Error,
    >,
) -> Result<AsyncPgConnection, ConnectionError>
where
    S: tokio_postgres::tls::TlsStream + Unpin + Send + 'static,
{
    let (client, connection) = connected.map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        ConnectionError::BadConnection(format!("{error}{}", cause.unwrap_or_default()))
    })?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// Whether a connection is encrypted; an error where it would have to be and is not wanted so.
fn encrypted(mode: Option<&str>, local: bool, transport: &Transport) -> Result<bool, String> {
    match mode {
        Some("require" | "verify-ca" | "verify-full") => Ok(true),
        Some("disable") if local || transport.allow_plaintext => Ok(false),
        Some("disable") => Err(
            "asks for a connection in the clear to another machine, which must be allowed"
                .to_owned(),
        ),
        Some("allow" | "prefer") => Err(
            "has an sslmode that falls back to the clear: use verify-full or disable".to_owned(),
        ),
        Some(_) => Err("has an unknown sslmode: use verify-full or disable".to_owned()),
        None => Ok(!(local || transport.allow_plaintext)),
    }
}

fn is_local(config: &Config) -> bool {
    let named = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => is_loopback(name),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    named
        && config
            .get_hostaddrs()
            .iter()
            .all(std::net::IpAddr::is_loopback)
}

impl fmt::Debug for PostgresServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresServer")
            .field(
                "hosts",
                &self.hosts.iter().map(Config::get_hosts).collect::<Vec<_>>(),
            )
            .field("user", &self.user())
            .field("database", &self.database())
            .field("tls", &self.tls.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<PostgresServer, String> {
        PostgresServer::parse(url, &Transport::default())
    }

    #[test]
    fn a_server_elsewhere_is_spoken_to_over_tls_unless_that_is_allowed() {
        for (url, tls) in [
            ("postgres://u:p@127.0.0.1:5432/a", false),
            ("postgres://u:p@localhost/a", false),
            ("postgres://u:p@[::1]/a", false),
            ("postgres://u:p@%2Frun%2Fpostgresql/a", false),
            ("postgres://u:p@127.0.0.1/a?sslmode=verify-full", true),
            ("postgres://u:p@db.example/a", true),
            ("postgres://u:p@db.example/a?sslmode=require", true),
            ("postgres://u:p@10.0.0.5/a?sslmode=verify-ca", true),
            ("postgres://u:p@127.0.0.1,db.example/a", true),
            ("postgres://u:p@localhost/a?hostaddr=10.0.0.5", true),
        ] {
            assert_eq!(parse(url).unwrap().tls.is_some(), tls, "{url}");
        }
        for url in [
            "postgres://u:p@db.example/a?sslmode=disable",
            "postgres://u:p@db.example/a?sslmode=prefer",
            "postgres://u:p@127.0.0.1/a?sslmode=allow",
            "postgres://u:p@db.example/a?sslmode=full",
        ] {
            assert!(
                parse(url).unwrap_err().contains("clear") || url.ends_with("=full"),
                "{url}"
            );
        }
        let allowed = Transport {
            allow_plaintext: true,
            ..Transport::default()
        };
        for url in [
            "postgres://u:p@db.example/a",
            "postgres://u:p@db.example/a?sslmode=disable",
        ] {
            let server = PostgresServer::parse(url, &allowed).unwrap();
            assert!(server.tls.is_none(), "{url}");
        }
    }

    #[test]
    fn several_hosts_are_tried_for_the_one_that_takes_writes() {
        let server = parse("postgres://u:p%40w@h1:5432,h2:5433/auterity").unwrap();
        let ports: Vec<&[u16]> = server.hosts.iter().map(Config::get_ports).collect();
        assert_eq!(ports, [[5432], [5433]]);
        for config in &server.hosts {
            let wanted = config.get_target_session_attrs();
            assert_eq!(wanted, TargetSessionAttrs::ReadWrite);
            assert_eq!(config.get_password(), Some(b"p@w".as_slice()));
        }
        assert_eq!((server.user(), server.database()), ("u", "auterity"));
        let app = server.with_login("app", "other");
        assert_eq!(app.user(), "app");
        assert!(!format!("{app:?}").contains("other"));
    }

    #[test]
    fn other_parameters_arrive_as_they_were_given() {
        let url = "postgres://u@h1,h2/a?options=-c%20statement_timeout%3D5s&sslmode=require&target_session_attrs=any";
        for config in parse(url).unwrap().hosts {
            assert_eq!(config.get_options(), Some("-c statement_timeout=5s"));
            let wanted = config.get_target_session_attrs();
            assert_eq!(wanted, TargetSessionAttrs::Any);
        }
    }

    #[test]
    fn mistakes_are_told_without_the_password() {
        for url in [
            "postgres://u:topsecret@h:port/a",
            "mysql://u:topsecret@h/a",
            "postgres://u:topsecret@/a",
            "postgres://u:topsecret@h/a?sslrootcert=/x",
        ] {
            let mistake = parse(url).unwrap_err();
            assert!(!mistake.contains("topsecret"), "{mistake}");
        }
    }
}
