//! The binary as an operator runs it: what it prints where.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

use platform_testkit::TestDatabase;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

fn auterity(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auterity"));
    command
        .args(arguments)
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn configured(database: &TestDatabase, arguments: &[&str]) -> Command {
    let redis = std::env::vars().find(|(name, _)| name == "AUTERITY_TEST_REDIS_URL");
    let redis = redis
        .expect("AUTERITY_TEST_REDIS_URL is set by `make test`")
        .1;
    let mut command = auterity(arguments);
    command.envs([
        ("AUTERITY_DATABASE_URL", database.owner_url.as_str()),
        ("AUTERITY_DATABASE_APP_URL", database.app_url.as_str()),
        ("AUTERITY_REDIS_URL", redis.as_str()),
        (
            "AUTERITY_SECRET_KEY",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        ),
        ("AUTERITY_SMTP_URL", "smtp://127.0.0.1:9?tls=none"),
        ("AUTERITY_MAIL_FROM", "Auterity <no-reply@auterity.example>"),
        ("AUTERITY_HTTP_LISTEN", "127.0.0.1:0"),
        ("AUTERITY_HTTP_INTERNAL_LISTEN", "127.0.0.1:0"),
        ("AUTERITY_LOG_FILTER", "debug"),
    ]);
    command
}

fn is_log(line: &str) -> bool {
    let line: Value = serde_json::from_str(line).unwrap_or_default();
    line["level"].is_string() && line["timestamp"].is_string()
}

/// Asks a server to stop, as a supervisor does.
fn terminate(server: &Child) {
    let pid = server.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn a_commands_result_is_alone_on_standard_output() {
    let printed = auterity(&["openapi"]).output().unwrap();
    let document: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert!(document["openapi"].is_string());
    assert!(printed.stderr.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_logs_to_standard_output_and_a_command_to_standard_error() {
    let database = TestDatabase::create().await;
    let migrated = configured(&database, &["migrate"]).output().unwrap();
    let result = String::from_utf8(migrated.stdout).unwrap();
    let log = String::from_utf8(migrated.stderr).unwrap();
    assert!(migrated.status.success(), "{log}");
    assert!(
        result.starts_with("control schema: 0 step(s) applied"),
        "{result}"
    );
    assert!(!result.lines().any(is_log), "{result}");
    assert!(log.lines().all(is_log), "{log}");

    let mut server = configured(&database, &["serve"]).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let up = lines.find(|line| line.as_ref().unwrap().contains("auterity is up"));
    assert!(is_log(&up.expect("it starts").unwrap()));
    terminate(&server);
    assert!(lines.all(|line| is_log(&line.unwrap())));
    assert!(server.wait().unwrap().success());
    let mut complaints = String::new();
    server
        .stderr
        .unwrap()
        .read_to_string(&mut complaints)
        .unwrap();
    assert_eq!(complaints, "");
}

/// Only who changes schemas and rights has the owner's login.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_starts_without_the_owners_login_and_a_tender_does_not() {
    let database = TestDatabase::create().await;
    let without = |role: &str| {
        let mut command = configured(&database, &[role]);
        command.env_remove("AUTERITY_DATABASE_URL");
        command
    };
    let mut worker = without("work").spawn().unwrap();
    let mut lines = BufReader::new(worker.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("auterity is up")));
    terminate(&worker);
    assert!(worker.wait().unwrap().success());

    let refused = without("tend").output().unwrap();
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(why.contains("AUTERITY_DATABASE_URL"), "{why}");
}
