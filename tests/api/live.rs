//! Watching a run as it goes.

use futures_util::{SinkExt, StreamExt};
use policies::Role;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{Person, TestApp};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

async fn connect(app: &TestApp, person: &Person) -> Socket {
    let ticket = person
        .post("/api/v1/socket-tickets", &json!({}))
        .await
        .assert(201)
        .text_of("/ticket");
    let url = format!("{}/socket?ticket={ticket}", app.url.replace("http", "ws"));
    let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    socket
}

async fn send(socket: &mut Socket, message: Value) {
    socket
        .send(Message::text(message.to_string()))
        .await
        .unwrap();
}

/// The next message; `None` when the server closed.
async fn next(socket: &mut Socket) -> Option<Value> {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(10), socket.next())
            .await
            .expect("a message in 10 s");
        match message? {
            Ok(Message::Text(text)) => return serde_json::from_str(&text).ok(),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Sequence numbers of the events of a topic until the run has ended.
async fn events_until_the_end(socket: &mut Socket, topic: &str) -> Vec<i64> {
    let mut seqs = Vec::new();
    while let Some(message) = next(socket).await {
        if message["topic"] == topic && message["type"] == "event" {
            seqs.push(message["seq"].as_i64().unwrap());
            let kind = message["data"]["kind"].as_str().unwrap();
            if ["execution_succeeded", "execution_failed"].contains(&kind) {
                return seqs;
            }
        }
    }
    panic!("the socket closed before the run ended; saw {seqs:?}");
}

#[tokio::test]
async fn a_watcher_sees_every_event_once_and_a_late_one_all_of_them() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
    let accepted = app.anyone().post_adf(&hook, &lead).await.assert(202);
    let id = accepted.text_of("/execution_id");
    let topic = format!("execution:{id}");
    let mut socket = connect(&app, &acme.admin).await;
    send(&mut socket, json!({ "subscribe": topic, "after": 0 })).await;
    let seen = events_until_the_end(&mut socket, &topic).await;
    let stored = acme
        .admin
        .get(&format!("/api/v1/executions/{id}/events?limit=200"))
        .await
        .assert(200);
    let stored: Vec<_> = stored
        .items()
        .iter()
        .map(|e| e["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(seen, stored);

    let mut late = connect(&app, &acme.admin).await;
    send(&mut late, json!({ "subscribe": topic, "after": 3 })).await;
    let rest = events_until_the_end(&mut late, &topic).await;
    assert_eq!(
        rest,
        stored
            .iter()
            .copied()
            .filter(|seq| *seq > 3)
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_ticket_works_once_and_another_dealerships_run_cannot_be_watched() {
    let app = TestApp::start().await;
    let (acme, birch) = (
        app.group("Acme Motors").await,
        app.group("Birch Cars").await,
    );
    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
    let id = app
        .anyone()
        .post_adf(&hook, &lead)
        .await
        .assert(202)
        .text_of("/execution_id");
    let mut socket = connect(&app, &birch.admin).await;
    send(
        &mut socket,
        json!({ "subscribe": format!("execution:{id}") }),
    )
    .await;
    assert_eq!(next(&mut socket).await.unwrap()["type"], "error");

    let ticket = acme
        .admin
        .post("/api/v1/socket-tickets", &json!({}))
        .await
        .assert(201)
        .text_of("/ticket");
    let url = format!("{}/socket?ticket={ticket}", app.url.replace("http", "ws"));
    tokio_tungstenite::connect_async(&url).await.unwrap();
    assert!(
        tokio_tungstenite::connect_async(&url).await.is_err(),
        "a ticket was used twice"
    );
}

#[tokio::test]
async fn a_disabled_members_socket_closes_within_five_seconds() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let chris = acme.member(&app, Role::User).await;
    let mut socket = connect(&app, &chris).await;
    send(&mut socket, json!({ "subscribe": "leads" })).await;
    assert_eq!(next(&mut socket).await.unwrap()["type"], "subscribed");
    let path = format!("/api/v1/members/{}", chris.user_id);
    acme.admin
        .patch(&path, &json!({ "status": "disabled" }))
        .await
        .assert(200);
    let closed = tokio::time::timeout(Duration::from_millis(5_500), async {
        while next(&mut socket).await.is_some() {}
    });
    closed
        .await
        .expect("the socket stays open after five seconds");
}
