//! `AUTERITY_DATABASE_*` and `AUTERITY_REDIS_*`: the servers that hold state.

use super::reader::Reader;
use platform_db::{PostgresServer, Redis, Transport};
use platform_kernel::secret::{ExposeSecret, MasterKey, SecretString};

/// The logins at Postgres.
pub(super) struct Logins {
    pub owner: Option<PostgresServer>,
    pub app: PostgresServer,
    pub session: PostgresServer,
    pub app_password: Option<SecretString>,
    pub app_role: String,
}

/// The application's login is configured, or derived from the owner's with a role of its own, so that
/// one variable is enough to start with both walls standing.
pub(super) fn logins(reader: &mut Reader, master_key: &MasterKey) -> Logins {
    let transport = transport(reader, "AUTERITY_DATABASE");
    let owner = server(reader, "AUTERITY_DATABASE_URL", &transport);
    let app = server(reader, "AUTERITY_DATABASE_APP_URL", &transport);
    let session = server(reader, "AUTERITY_DATABASE_SESSION_URL", &transport);
    if let Some(app) = app {
        return Logins {
            owner,
            app_role: app.user().to_owned(),
            session: session.unwrap_or_else(|| app.clone()),
            app,
            app_password: None,
        };
    }
    if owner.is_none() && reader.is_unset("AUTERITY_DATABASE_URL") {
        let what = "is not set, and neither is AUTERITY_DATABASE_APP_URL";
        reader.mistake("AUTERITY_DATABASE_URL", what);
    }
    let base = owner.clone().unwrap_or_else(refused_server);
    // One role for each database, because roles are of the whole cluster.
    let role = format!("auterity_app_{}", short_name(base.database()));
    let password = master_key.derive(&format!("database login {role}"));
    let session = session.unwrap_or_else(|| base.clone());
    Logins {
        owner,
        app: base.with_login(&role, &password),
        session: session.with_login(&role, &password),
        app_password: Some(password.into()),
        app_role: role,
    }
}

pub(super) fn redis(reader: &mut Reader) -> Redis {
    const NAME: &str = "AUTERITY_REDIS_URL";
    let transport = transport(reader, "AUTERITY_REDIS");
    let url = reader.required_secret(NAME);
    if url.expose_secret().is_empty() {
        return refused_redis();
    }
    Redis::new(&url, &transport).unwrap_or_else(|what| {
        reader.mistake(NAME, &what);
        refused_redis()
    })
}

/// Stands in for a server that was refused; the process does not start with it.
fn refused_server() -> PostgresServer {
    #[expect(clippy::expect_used, reason = "a constant")]
    PostgresServer::parse("postgres://127.0.0.1:1/none", &Transport::default())
        .expect("a constant address")
}

/// The same for Redis.
fn refused_redis() -> Redis {
    #[expect(clippy::expect_used, reason = "a constant")]
    Redis::new(
        &"redis://127.0.0.1:1".to_owned().into(),
        &Transport::default(),
    )
    .expect("a constant address")
}

fn server(reader: &mut Reader, name: &str, transport: &Transport) -> Option<PostgresServer> {
    let url = reader.secret(name)?;
    let server = PostgresServer::parse(url.expose_secret(), transport);
    server.map_err(|what| reader.mistake(name, &what)).ok()
}

fn transport(reader: &mut Reader, area: &str) -> Transport {
    // Not a secret, but a file like those of secrets.
    let ca = reader.secret(&format!("{area}_CA"));
    Transport {
        ca: ca.map(|ca| ca.expose_secret().to_owned()),
        allow_plaintext: reader.parsed(&format!("{area}_ALLOW_PLAINTEXT"), false),
    }
}

/// The database's name as part of a role's.
fn short_name(name: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    name.chars()
        .filter(plain)
        .take(40)
        .collect::<String>()
        .to_ascii_lowercase()
}
