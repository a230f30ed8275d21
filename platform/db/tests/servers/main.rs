//! Postgres and Redis that speak TLS only, with right and wrong certificates, and several hosts of which
//! one takes writes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests may fail loudly"
)]

mod certificates;
mod process;

use certificates::Authority;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use platform_db::{Database, DatabaseConfig, Owner, PostgresServer, Redis, Transport};
use platform_kernel::{Error, ErrorCode};
use process::Server;
use std::time::Duration;

fn trusting(authority: &Authority) -> Transport {
    Transport {
        ca: Some(authority.pem.clone()),
        allow_plaintext: false,
    }
}

fn at(ports: &[u16], query: &str, transport: &Transport) -> PostgresServer {
    let hosts: Vec<String> = ports
        .iter()
        .map(|port| format!("localhost:{port}"))
        .collect();
    let url = format!(
        "postgres://postgres:secret@{}/postgres?{query}",
        hosts.join(",")
    );
    PostgresServer::parse(&url, transport).unwrap()
}

/// How a fresh connection ended: the answer of a question, or why there is none.
async fn asked(server: PostgresServer, question: &str) -> Result<bool, String> {
    let owner = Owner::new(server);
    let mut connection = owner.connect().await.map_err(|error| error.to_string())?;
    let question = diesel::dsl::sql::<diesel::sql_types::Bool>(question);
    let answer = diesel::select(question).get_result(&mut connection).await;
    answer.map_err(|error| error.to_string())
}

const ENCRYPTED: &str = "(SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())";

#[tokio::test(flavor = "multi_thread")]
async fn postgres_with_the_right_certificate_is_spoken_to_over_tls() {
    let authority = Authority::new();
    let server = Server::postgres(&authority.certificate("localhost"), &[]);
    let transport = trusting(&authority);
    let right = at(&[server.port], "sslmode=verify-full", &transport);
    assert_eq!(asked(right.clone(), ENCRYPTED).await, Ok(true));
    let pools = Database::new(&DatabaseConfig {
        app: right.clone(),
        session: right,
        control_connections: 1,
        shards: 1,
        connections_per_shard: 1,
        statement_timeout: Duration::from_secs(5),
    });
    pools.unwrap().ping().await.unwrap();

    let stranger = trusting(&Authority::new());
    let wrong = at(&[server.port], "sslmode=verify-full", &stranger);
    let refused = asked(wrong, ENCRYPTED).await.unwrap_err();
    assert!(refused.contains("certificate"), "{refused}");
    // The system's certificates do not vouch for it either, and `require` is no weaker.
    let system = at(&[server.port], "sslmode=require", &Transport::default());
    let refused = asked(system, ENCRYPTED).await.unwrap_err();
    assert!(refused.contains("certificate"), "{refused}");
    let clear = at(&[server.port], "sslmode=disable", &transport);
    let refused = asked(clear, ENCRYPTED).await.unwrap_err();
    assert!(refused.contains("no encryption"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_with_another_name_or_an_old_certificate_is_refused() {
    let authority = Authority::new();
    let transport = trusting(&authority);
    for (certificate, word) in [
        (authority.certificate("db.example"), "name"),
        (authority.expired("localhost"), "expired"),
    ] {
        let server = Server::postgres(&certificate, &[]);
        let there = at(&[server.port], "sslmode=verify-full", &transport);
        let refused = asked(there, ENCRYPTED).await.unwrap_err().to_lowercase();
        assert!(
            refused.contains("certificate") && refused.contains(word),
            "{refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_hosts_the_one_that_takes_writes_is_used() {
    let authority = Authority::new();
    let transport = trusting(&authority);
    let certificate = authority.certificate("localhost");
    let standby = Server::postgres(&certificate, &["default_transaction_read_only=on"]);
    let primary = Server::postgres(&certificate, &[]);
    // Nobody listens on the first port, and who listens on the second says nothing.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let quiet = silent.local_addr().unwrap().port();
    let ports = [9, quiet, standby.port, primary.port];
    let hosts = at(&ports, "sslmode=verify-full", &transport);
    let writes = format!("inet_server_port() = {}", primary.port);
    assert_eq!(asked(hosts, &writes).await, Ok(true));
    let alone = at(&[standby.port], "sslmode=verify-full", &transport);
    let refused = asked(alone, "true").await.unwrap_err();
    assert!(refused.contains("does not allow writes"), "{refused}");
}

/// A failover that leaves the connections open, and back.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_writes_is_unavailable_until_it_does_again() {
    let authority = Authority::new();
    let server = Server::postgres(&authority.certificate("localhost"), &[]);
    let there = at(&[server.port], "sslmode=verify-full", &trusting(&authority));
    let mut operator = Owner::new(there.clone()).connect().await.unwrap();
    operator
        .batch_execute("CREATE TABLE written (at timestamptz)")
        .await
        .unwrap();
    let pools = Database::new(&DatabaseConfig {
        app: there.clone(),
        session: there,
        control_connections: 2,
        shards: 1,
        connections_per_shard: 1,
        statement_timeout: Duration::from_secs(5),
    })
    .unwrap();
    write(&pools).await.unwrap();
    for read_only in ["on", "off"] {
        let change = format!("ALTER SYSTEM SET default_transaction_read_only = {read_only}");
        operator.batch_execute(&change).await.unwrap();
        operator
            .batch_execute("SELECT pg_reload_conf()")
            .await
            .unwrap();
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        loop {
            let (ping, written) = (pools.ping().await, write(&pools).await);
            let refused = read_only == "on";
            let settled = (ping.is_err(), written.is_err()) == (refused, refused);
            for error in [ping.err(), written.err()].into_iter().flatten() {
                assert_eq!(error.code(), ErrorCode::Unavailable, "{error}");
            }
            if settled {
                break;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "the setting was not taken over"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn write(pools: &Database) -> Result<(), Error> {
    let mut tx = pools.control().await?;
    tx.conn()
        .batch_execute("INSERT INTO written VALUES (now())")
        .await?;
    tx.commit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_spoken_to_over_tls_with_the_right_certificate_only() {
    let authority = Authority::new();
    let server = Server::redis(&authority.certificate("localhost"));
    let url = |scheme: &str| format!("{scheme}://localhost:{}", server.port).into();
    let right = Redis::new(&url("rediss"), &trusting(&authority)).unwrap();
    right.ping().await.unwrap();
    let mut listening = right.subscribe(&["tls:*"]).await.unwrap();
    right.publish("tls:a", "heard").await;
    let heard = tokio::time::timeout(Duration::from_secs(5), listening.next()).await;
    assert_eq!(
        heard.unwrap(),
        Some(("tls:a".to_owned(), "heard".to_owned()))
    );

    let stranger = Redis::new(&url("rediss"), &trusting(&Authority::new())).unwrap();
    assert!(stranger.ping().await.is_err());
    assert!(stranger.subscribe(&["tls:*"]).await.is_err());
    let clear = Redis::new(&url("redis"), &Transport::default()).unwrap();
    assert!(clear.ping().await.is_err());

    for certificate in [
        authority.certificate("cache.example"),
        authority.expired("localhost"),
    ] {
        let server = Server::redis(&certificate);
        let url = format!("rediss://localhost:{}", server.port).into();
        let redis = Redis::new(&url, &trusting(&authority)).unwrap();
        assert!(redis.ping().await.is_err());
    }
}
