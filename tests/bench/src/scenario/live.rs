//! S12: how soon a line of a run's log is at 200 browsers.

use super::Bench;
use crate::client::text;
use crate::load::Times;
use crate::report::{PERCENTILES, Section, Table, number, percentiles};
use crate::watch::post;
use crate::workflows;
use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const WATCHERS: usize = 200;
/// One person may have 32 sockets.
const PEOPLE: usize = 8;
const LINES: usize = 20;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub async fn run(bench: &Bench) -> anyhow::Result<Section> {
    let mut section = Section::begin(
        "s12",
        "a line of the log to 200 WebSocket clients",
        format!(
            "{WATCHERS} sockets of {PEOPLE} people watch one run whose steps write a line every quarter of a second. \
             The time counts from the line's own time, when the step reported it, to its arrival at each client, so \
             the commit before it may be told is part of it. Then the same while 100 runs a second start beside it."
        ),
        &bench.probe,
    )
    .await?;
    let (dealership, target) = bench.target("S12", &workflows::talkative(LINES)).await?;
    let light = workflows::light_steps(1);
    let beside = bench.target_of(&dealership, "S12 beside", &light).await?;
    let mut tokens = vec![dealership.token.clone()];
    while tokens.len() < PEOPLE {
        tokens.push(bench.server.colleague(&dealership).await?);
    }
    let mut table = Table::new(&[&["", "messages"], &PERCENTILES[..]].concat());
    let quiet = watched(bench, &tokens, &target).await?;
    let busy = async {
        let load = (700, 100.0);
        let patience = Duration::from_secs(20);
        let beside = std::slice::from_ref(&beside);
        crate::watch::drive(&bench.probe, &bench.pool, beside, load, patience).await
    };
    let (busy, load) = tokio::join!(watched(bench, &tokens, &target), busy);
    let (busy, load) = (busy?, load?);
    for (what, times) in [
        ("alone", &quiet),
        ("with 100 runs a second beside it", &busy),
    ] {
        let cells = [what.to_owned(), times.0.len().to_string()];
        table.row(cells.into_iter().chain(percentiles(times)));
    }
    section.tables.push(table);
    section.note(format!(
        "p99 of due → durable end of the runs beside it: {} ms.",
        number(load.ended.at(99.0))
    ));
    let line = "nobody publishes one";
    section.at_most("log line → client, p99", quiet.at(99.0), 100.0, "ms", line);
    section.keep(
        "times",
        json!({ "alone": quiet.raw(), "with_load": busy.raw() }),
    );
    Ok(section)
}

/// Starts a run, watches it with all sockets, and gives the time of every message.
async fn watched(
    bench: &Bench,
    tokens: &[String],
    target: &crate::watch::Target,
) -> anyhow::Result<Times> {
    let mut sockets = Vec::new();
    for number in 0..WATCHERS {
        let token = tokens.get(number % tokens.len().max(1)).context("nobody")?;
        sockets.push(open(bench, token).await?);
    }
    let id = post(&bench.pool, Some(target), 1).await?;
    let subscribe = json!({ "subscribe": format!("execution:{id}"), "after": 0 }).to_string();
    for socket in &mut sockets {
        socket.send(Message::text(subscribe.clone())).await?;
    }
    let listening = sockets
        .into_iter()
        .map(|socket| tokio::spawn(listen(socket)));
    let heard = futures_util::future::try_join_all(listening).await?;
    let mut times = Times::new()?;
    let mut incomplete = 0;
    for heard in heard {
        let messages = decode(&heard?);
        // What was replayed because it happened before the socket listened does not count.
        let live: Vec<_> = messages.iter().skip_while(|(live, _)| !live).collect();
        incomplete += usize::from(live.len() < LINES);
        live.iter().for_each(|(_, time)| times.record(*time));
    }
    ensure!(incomplete == 0, "{incomplete} sockets missed messages");
    Ok(times)
}

async fn open(bench: &Bench, token: &str) -> anyhow::Result<Socket> {
    let path = "/api/v1/socket-tickets";
    let answer = bench
        .server
        .call(Some(token), Method::POST, path, None)
        .await?;
    let host = bench.server.app.trim_start_matches("http://");
    let url = format!("ws://{host}/socket?ticket={}", text(&answer, "/ticket")?);
    Ok(connect_async(url).await?.0)
}

/// Every text with when it came, until the run has ended. What it says is read later.
async fn listen(mut socket: Socket) -> anyhow::Result<Vec<(DateTime<Utc>, String)>> {
    let mut heard = Vec::new();
    loop {
        let next = tokio::time::timeout(Duration::from_secs(30), socket.next()).await;
        let message = next
            .context("the socket is silent")?
            .context("the socket was closed")??;
        if let Message::Text(text) = message {
            let ended = text.contains("\"execution_succeeded\"");
            heard.push((Utc::now(), text.to_string()));
            if ended {
                return Ok(heard);
            }
        }
    }
}

/// Whether each event or line came after the subscription was confirmed, and how late.
fn decode(heard: &[(DateTime<Utc>, String)]) -> Vec<(bool, Duration)> {
    let mut live = false;
    let mut times = Vec::new();
    for (came, text) in heard {
        let Ok(message) = serde_json::from_str::<Value>(text) else {
            continue;
        };
        match message["type"].as_str() {
            Some("subscribed") => live = true,
            Some("log" | "event") => {
                let at = message["data"]["at"].as_str();
                let at = at.and_then(|at| at.parse::<DateTime<Utc>>().ok());
                let late = at.and_then(|at| (*came - at).to_std().ok());
                times.push((live, late.unwrap_or_default()));
            }
            _ => {}
        }
    }
    times
}
