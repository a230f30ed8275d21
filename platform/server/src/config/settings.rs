use super::ai::{self, AiConfig};
use super::database;
use super::reader::{ConfigError, Reader};
use super::sms::{self, SmsConfig};
use ipnet::IpNet;
use platform_db::{PostgresServer, Redis};
use platform_identity::SignupBounds;
use platform_kernel::secret::{ExposeSecret, MasterKey, SecretString};
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// Everything that can be set.
pub struct Config {
    /// The owner's login; only what migrates, provisions or administers needs it.
    pub database_owner: Option<PostgresServer>,
    /// The application's restricted login.
    pub database_app: PostgresServer,
    /// The same past a pooler that hands connections on between transactions.
    pub database_session: PostgresServer,
    /// The password to give that login when it was derived and not configured.
    pub database_app_password: Option<SecretString>,
    pub database_app_role: String,
    pub database_shards: usize,
    pub database_connections_per_shard: usize,
    pub database_control_connections: usize,
    pub database_statement_timeout: Duration,
    pub redis: Redis,
    pub master_key: MasterKey,
    pub http: HttpConfig,
    pub mail: MailConfig,
    /// Nothing unless an account is named: then texts cannot be sent.
    pub sms: Option<SmsConfig>,
    pub ai: AiConfig,
    pub work: WorkConfig,
    pub retention: RetentionConfig,
    /// Memory of one password hash; tests make it less than `read` accepts.
    pub password_memory_kib: u32,
    /// How many dealerships may sign up by themselves in an hour; not asked without rate limits.
    pub signups: SignupBounds,
    pub log: LogFormat,
    pub log_filter: String,
}

/// `AUTERITY_HTTP_*`
pub struct HttpConfig {
    pub listen: SocketAddr,
    /// Metrics and health, for the operator's network only.
    pub internal_listen: SocketAddr,
    /// Where people find the app; links in mails start with it.
    pub public_url: Url,
    /// Dealerships are at `<slug>.<base domain>`.
    pub base_domain: String,
    pub allowed_origins: Vec<Url>,
    pub trusted_proxy_hops: usize,
    pub workers: usize,
    /// How long requests are still taken after readiness has failed, for load balancers that
    /// notice late.
    pub drain_delay: Duration,
    /// The built web app; without it only the API is served.
    pub web_root: Option<PathBuf>,
    pub rate_limits: bool,
    /// Networks that `http.request` may reach although they are not public.
    pub outbound_allowed_networks: Vec<IpNet>,
    /// Networks that `http.request` may not reach: the platform's own public addresses, where
    /// DNS does not tell them.
    pub outbound_refused_networks: Vec<IpNet>,
}

/// `AUTERITY_SMTP_URL`, `AUTERITY_MAIL_*`
pub struct MailConfig {
    pub smtp_url: SecretString,
    pub from: String,
    pub simulated: bool,
}

/// `AUTERITY_WORK_*`
pub struct WorkConfig {
    /// Executions and jobs in hand at once.
    pub concurrency: usize,
    pub drain: Duration,
    /// A worker silent for this long is taken for dead, and its work is taken over.
    pub lease: Duration,
    /// Runs of one dealership that may wait to begin; more are refused.
    pub backlog_limit: u32,
}

/// `AUTERITY_RETENTION_*`: days that things are kept where a dealership's plan does not say.
pub struct RetentionConfig {
    pub events_days: u32,
    pub logs_days: u32,
    pub runs_days: u32,
}

/// `AUTERITY_LOG_FORMAT`
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Text,
}

impl Config {
    /// Reads everything, or tells all that is wrong.
    pub fn read(mut reader: Reader) -> Result<Self, ConfigError> {
        let config = Self::of(&mut reader);
        reader.finish(config)
    }

    fn of(reader: &mut Reader) -> Self {
        let master_key = master_key(reader);
        let logins = database::logins(reader, &master_key);
        Self {
            database_owner: logins.owner,
            database_app: logins.app,
            database_session: logins.session,
            database_app_password: logins.app_password,
            database_app_role: logins.app_role,
            database_shards: at_least(reader, "AUTERITY_DATABASE_SHARDS", 1, 4),
            database_connections_per_shard: at_least(
                reader,
                "AUTERITY_DATABASE_CONNECTIONS_PER_SHARD",
                1,
                6,
            ),
            database_control_connections: at_least(
                reader,
                "AUTERITY_DATABASE_CONTROL_CONNECTIONS",
                1,
                12,
            ),
            database_statement_timeout: at_least_seconds(
                reader,
                "AUTERITY_DATABASE_STATEMENT_TIMEOUT_SECONDS",
                1,
                15,
            ),
            redis: database::redis(reader),
            master_key,
            http: http(reader),
            mail: MailConfig {
                smtp_url: reader.required_secret("AUTERITY_SMTP_URL"),
                from: reader.required("AUTERITY_MAIL_FROM"),
                simulated: reader.parsed("AUTERITY_MAIL_SIMULATED", false),
            },
            sms: sms::read(reader),
            ai: ai::read(reader),
            work: WorkConfig {
                concurrency: at_least(reader, "AUTERITY_WORK_CONCURRENCY", 1, 128),
                drain: seconds(reader, "AUTERITY_WORK_DRAIN_SECONDS", 25),
                lease: at_least_seconds(reader, "AUTERITY_WORK_LEASE_SECONDS", 5, 10),
                backlog_limit: at_least(reader, "AUTERITY_WORK_BACKLOG_LIMIT", 1, 10_000),
            },
            retention: RetentionConfig {
                events_days: at_least(reader, "AUTERITY_RETENTION_EVENTS_DAYS", 1, 30),
                logs_days: at_least(reader, "AUTERITY_RETENTION_LOGS_DAYS", 1, 14),
                runs_days: at_least(reader, "AUTERITY_RETENTION_RUNS_DAYS", 1, 400),
            },
            password_memory_kib: password_memory(reader),
            signups: signups(reader),
            log: match reader.text("AUTERITY_LOG_FORMAT").as_deref() {
                None | Some("json") => LogFormat::Json,
                Some("text") => LogFormat::Text,
                Some(_) => {
                    reader.mistake("AUTERITY_LOG_FORMAT", "must be json or text");
                    LogFormat::Json
                }
            },
            log_filter: reader
                .text("AUTERITY_LOG_FILTER")
                .unwrap_or_else(|| "info".to_owned()),
        }
    }
}

fn signups(reader: &mut Reader) -> SignupBounds {
    let normal = SignupBounds::default();
    SignupBounds {
        hourly: reader.parsed("AUTERITY_SIGNUPS_HOURLY", normal.hourly),
        per_network_hourly: reader.parsed(
            "AUTERITY_SIGNUPS_PER_NETWORK_HOURLY",
            normal.per_network_hourly,
        ),
    }
}

/// The least that OWASP accepts, or more.
fn password_memory(reader: &mut Reader) -> u32 {
    const LEAST: u32 = 19_456;
    at_least(reader, "AUTERITY_PASSWORD_MEMORY_KIB", LEAST, LEAST)
}

/// A number that must not be below `least`.
fn at_least<T>(reader: &mut Reader, name: &str, least: T, default: T) -> T
where
    T: std::str::FromStr<Err: Display> + PartialOrd + Display,
{
    let value = reader.parsed(name, default);
    if value < least {
        reader.mistake(name, &format!("must be at least {least}"));
    }
    value
}

fn at_least_seconds(reader: &mut Reader, name: &str, least: u64, default: u64) -> Duration {
    Duration::from_secs(at_least(reader, name, least, default))
}

fn http(reader: &mut Reader) -> HttpConfig {
    let list = |text: Option<String>| -> Vec<String> {
        let text = text.unwrap_or_default();
        text.split(',')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect()
    };
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    HttpConfig {
        listen: reader.parsed(
            "AUTERITY_HTTP_LISTEN",
            SocketAddr::from(([127, 0, 0, 1], 8080)),
        ),
        internal_listen: reader.parsed(
            "AUTERITY_HTTP_INTERNAL_LISTEN",
            SocketAddr::from(([127, 0, 0, 1], 9464)),
        ),
        public_url: url(reader, "AUTERITY_HTTP_PUBLIC_URL", "http://localhost:8080"),
        base_domain: reader.text("AUTERITY_HTTP_BASE_DOMAIN").map_or_else(
            || "localhost".to_owned(),
            |domain| domain.to_ascii_lowercase(),
        ),
        allowed_origins: list(reader.text("AUTERITY_HTTP_ALLOWED_ORIGINS"))
            .iter()
            .filter_map(|origin| parse_url(reader, "AUTERITY_HTTP_ALLOWED_ORIGINS", origin))
            .collect(),
        trusted_proxy_hops: reader.parsed("AUTERITY_HTTP_TRUSTED_PROXY_HOPS", 0),
        workers: reader.parsed("AUTERITY_HTTP_WORKERS", workers),
        drain_delay: drain_delay(reader),
        web_root: reader.text("AUTERITY_WEB_ROOT").map(PathBuf::from),
        rate_limits: reader.parsed("AUTERITY_HTTP_RATE_LIMITS", true),
        outbound_allowed_networks: networks(reader, "AUTERITY_OUTBOUND_ALLOWED_NETWORKS"),
        outbound_refused_networks: networks(reader, "AUTERITY_OUTBOUND_REFUSED_NETWORKS"),
    }
}

/// Requests in hand keep at least five seconds of the twenty.
fn drain_delay(reader: &mut Reader) -> Duration {
    const NAME: &str = "AUTERITY_HTTP_DRAIN_DELAY_SECONDS";
    const MOST: u64 = 15;
    let delay = reader.parsed(NAME, 0);
    if delay > MOST {
        reader.mistake(NAME, &format!("must be at most {MOST}"));
    }
    Duration::from_secs(delay)
}

fn networks(reader: &mut Reader, name: &'static str) -> Vec<IpNet> {
    let text = reader.text(name).unwrap_or_default();
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts
        .filter_map(|part| match part.parse() {
            Ok(network) => Some(network),
            Err(error) => {
                reader.mistake(name, &format!("{part}: {error}"));
                None
            }
        })
        .collect()
}

fn master_key(reader: &mut Reader) -> MasterKey {
    const NAME: &str = "AUTERITY_SECRET_KEY";
    let text = reader.required_secret(NAME);
    let bytes = data_encoding::BASE64
        .decode(text.expose_secret().as_bytes())
        .unwrap_or_default();
    let Ok(key) = <[u8; 32]>::try_from(bytes.as_slice()) else {
        if !text.expose_secret().is_empty() {
            reader.mistake(NAME, "must be 32 bytes in base64");
        }
        return MasterKey::new([0; 32]);
    };
    // An example from a page or a forgotten default: 32 random bytes never look like this.
    if key.iter().all(|byte| Some(byte) == key.first()) {
        reader.mistake(
            NAME,
            "must be random; make one with `openssl rand -base64 32`",
        );
    }
    MasterKey::new(key)
}

fn seconds(reader: &mut Reader, name: &str, default: u64) -> Duration {
    Duration::from_secs(reader.parsed(name, default))
}

pub(super) fn url(reader: &mut Reader, name: &str, default: &str) -> Url {
    let text = reader.text(name).unwrap_or_else(|| default.to_owned());
    parse_url(reader, name, &text).unwrap_or_else(unreachable_url)
}

/// Stands in for an address that was refused; the process does not start with it.
fn unreachable_url() -> Url {
    #[expect(clippy::expect_used, reason = "a constant")]
    Url::parse("http://invalid./").expect("a constant address parses")
}

fn parse_url(reader: &mut Reader, name: &str, text: &str) -> Option<Url> {
    match Url::parse(text) {
        Ok(url) => Some(url),
        Err(error) => {
            reader.mistake(name, &error.to_string());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let pairs = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::read(Reader::new(pairs))
    }

    const GOOD: [(&str, &str); 5] = [
        (
            "AUTERITY_DATABASE_URL",
            "postgres://owner:pw@db.example/auterity",
        ),
        ("AUTERITY_REDIS_URL", "redis://127.0.0.1"),
        ("AUTERITY_SMTP_URL", "smtp://127.0.0.1"),
        ("AUTERITY_MAIL_FROM", "Auterity <hello@example.com>"),
        (
            "AUTERITY_SECRET_KEY",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        ),
    ];

    #[test]
    fn a_secret_key_of_one_byte_repeated_is_refused() {
        for key in [
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "ERERERERERERERERERERERERERERERERERERERERERE=",
        ] {
            let mut pairs = GOOD.to_vec();
            pairs.retain(|(name, _)| *name != "AUTERITY_SECRET_KEY");
            pairs.push(("AUTERITY_SECRET_KEY", key));
            let error = read(&pairs).err().unwrap().to_string();
            assert!(
                error.contains("AUTERITY_SECRET_KEY must be random"),
                "{error}"
            );
        }
    }

    #[test]
    fn one_database_url_is_enough_and_the_app_gets_a_login_of_its_own() {
        let config = read(&GOOD).unwrap();
        assert_eq!(config.database_app.user(), "auterity_app_auterity");
        assert_eq!(config.database_session.user(), "auterity_app_auterity");
        assert_eq!(config.database_app_role, "auterity_app_auterity");
        assert!(config.database_app_password.is_some());
    }

    #[test]
    fn servers_elsewhere_must_be_spoken_to_over_tls() {
        let elsewhere = [
            (
                "AUTERITY_DATABASE_URL",
                "postgres://owner:pw@db.example/auterity?sslmode=disable",
            ),
            ("AUTERITY_REDIS_URL", "redis://cache.example:6379"),
        ];
        let mut pairs = GOOD.to_vec();
        pairs.retain(|(name, _)| !elsewhere.iter().any(|(other, _)| other == name));
        pairs.extend(elsewhere);
        let error = read(&pairs).err().unwrap().to_string();
        assert!(
            error.contains("AUTERITY_DATABASE_URL asks for a connection in the clear"),
            "{error}"
        );
        assert!(
            error.contains("AUTERITY_REDIS_URL asks for a connection in the clear"),
            "{error}"
        );
        pairs.push(("AUTERITY_DATABASE_ALLOW_PLAINTEXT", "true"));
        pairs.push(("AUTERITY_REDIS_ALLOW_PLAINTEXT", "true"));
        assert!(read(&pairs).is_ok());
    }

    #[test]
    fn texts_need_a_whole_account_or_none() {
        assert!(read(&GOOD).unwrap().sms.is_none());
        let with = |more: &[(&'static str, &'static str)]| {
            let pairs: Vec<_> = GOOD.iter().chain(more).copied().collect();
            read(&pairs)
        };
        let account = (
            "AUTERITY_SMS_ACCOUNT_SID",
            "AC0123456789abcdef0123456789abcdef",
        );
        let half = with(&[account]).err().unwrap().to_string();
        assert!(half.contains("AUTERITY_SMS_SECRET") && half.contains("AUTERITY_SMS_FROM"));
        let other = with(&[("AUTERITY_SMS_FROM", "+15125550100")])
            .err()
            .unwrap();
        assert!(other.to_string().contains("AUTERITY_SMS_ACCOUNT_SID"));
        let rest = [
            account,
            ("AUTERITY_SMS_SECRET", "s"),
            ("AUTERITY_SMS_FROM", "+15125550100"),
        ];
        let whole = with(&rest).unwrap().sms.unwrap();
        assert_eq!(whole.base_url.as_str(), "https://api.twilio.com/");
    }

    #[test]
    fn all_mistakes_come_at_once_with_their_variables() {
        let error = read(&[
            ("AUTERITY_HTTP_LISTEN", "nowhere"),
            ("AUTERITY_HTP_LISTEN", "127.0.0.1:1"),
            ("AUTERITY_SECRET_KEY", "short"),
            ("AUTERITY_WORK_LEASE_SECONDS", "0"),
            ("AUTERITY_HTTP_DRAIN_DELAY_SECONDS", "16"),
        ])
        .err()
        .unwrap();
        let all = error.to_string();
        for name in [
            "AUTERITY_HTTP_LISTEN",
            "AUTERITY_HTP_LISTEN",
            "AUTERITY_SECRET_KEY",
            "AUTERITY_DATABASE_URL",
            "AUTERITY_REDIS_URL",
            "AUTERITY_SMTP_URL",
            "AUTERITY_MAIL_FROM",
            "AUTERITY_WORK_LEASE_SECONDS must be at least 5",
            "AUTERITY_HTTP_DRAIN_DELAY_SECONDS must be at most 15",
        ] {
            assert!(all.contains(name), "{name} is missing in:\n{all}");
        }
    }

    /// The names on the page that describes them.
    fn documented() -> BTreeSet<String> {
        let page = include_str!("../../../../docs/operations.md");
        let is_of_a_name = |c: char| c.is_ascii_uppercase() || c == '_';
        page.split(|c| !is_of_a_name(c))
            .filter(|word| word.starts_with("AUTERITY_") && !word.ends_with('_'))
            .filter(|word| !word.starts_with("AUTERITY_TEST_"))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn every_setting_is_documented_and_nothing_else_is() {
        // A phone account, so that what belongs to it is asked for.
        let account = format!("AC{}", "0".repeat(32));
        let values = [("AUTERITY_SMS_ACCOUNT_SID".to_owned(), account)];
        let mut reader = Reader::new(values);
        let _config = Config::of(&mut reader);
        let known: BTreeSet<String> = reader.known().cloned().collect();
        let is_no_file = |name: &&String| !name.ends_with("_FILE");
        let known: BTreeSet<&String> = known.iter().filter(is_no_file).collect();
        let documented = documented();
        assert_eq!(known, documented.iter().collect());
    }
}
