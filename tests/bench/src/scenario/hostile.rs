//! The most expensive expressions, templates, schemas and bodies that a dealership may send, and a
//! thread that keeps sending them.

use crate::client::{Dealership, Server};
use crate::http::{Pool, Reply};
use crate::workflows;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Connections of each kind that send one request after the other.
const CONNECTIONS: usize = 4;
/// Tokens a second that the limit of a hook gives for long.
const HOOK_RATE: f64 = 200.0;
/// Tokens a second of a dealership.
const TENANT_RATE: f64 = 400.0;
/// Bytes of a body that cost a token, beside the one of the request.
const BLOCK: usize = 4_096;

/// One request of the attack.
#[derive(Clone)]
struct Shot {
    path: String,
    body: String,
    /// Hooks ask for no login and have a limit of their own.
    hook: bool,
}

impl Shot {
    /// How long its limit takes to give what it costs.
    fn seconds(&self) -> f64 {
        let rate = if self.hook { HOOK_RATE } else { TENANT_RATE };
        count_as_f64(1 + self.body.len() / BLOCK) / rate
    }
}

/// The attack, ready to be sent.
#[derive(Clone)]
pub struct Attack {
    shots: Arc<Vec<Shot>>,
    token: Arc<str>,
    app: String,
}

/// How often each status was the answer.
#[derive(Default)]
pub struct Answers {
    pub by_status: BTreeMap<u16, u32>,
    pub seconds: f64,
}

impl Attack {
    /// Prepares the attacking dealership: a published workflow whose triggers and steps evaluate, and
    /// the requests themselves.
    pub async fn prepare(server: &Server, attacker: &Dealership) -> anyhow::Result<Self> {
        let evaluating = server
            .workflow(attacker, "Worst expressions", &worst_workflow())
            .await?;
        let hook = server.hook_of(attacker, &evaluating).await?;
        let mut shots = Vec::new();
        for body in worst_evaluations() {
            shots.push(Shot {
                path: "/api/v1/expressions/evaluate".to_owned(),
                body: body.to_string(),
                hook: false,
            });
        }
        let drafted = drafted(server, attacker).await?;
        shots.push(Shot {
            path: format!("/api/v1/workflows/{drafted}/validate"),
            body: "{}".to_owned(),
            hook: false,
        });
        for body in worst_deliveries() {
            shots.push(Shot {
                path: hook.clone(),
                body: body.to_string(),
                hook: true,
            });
        }
        Ok(Self {
            shots: Arc::new(shots),
            token: attacker.token.as_str().into(),
            app: server.app.clone(),
        })
    }

    /// What each kind of request is answered with when it is sent alone, and how long that takes.
    pub async fn one_by_one(&self) -> anyhow::Result<Vec<(String, u16, Duration)>> {
        let pool = Pool::new(&self.app)?;
        let mut seen = Vec::new();
        for (number, shot) in self.shots.iter().enumerate() {
            let started = Instant::now();
            let reply = self.send(&pool, shot).await?;
            let name = if shot.hook {
                "hook"
            } else {
                shot.path.as_str()
            };
            let name = format!("{} {name} ({} KB)", number + 1, shot.body.len() / 1_024);
            seen.push((name, reply.status, started.elapsed()));
            // The share of the evaluation threads that was used up comes back.
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        Ok(seen)
    }

    /// Sends from a thread of its own, at the rates that the limits allow, until `stop`.
    pub fn begin(&self, stop: Arc<AtomicBool>) -> std::thread::JoinHandle<anyhow::Result<Answers>> {
        let attack = self.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let begun = Instant::now();
            let mut answers = Answers::default();
            let all = runtime.block_on(async {
                let pool = Pool::new(&attack.app)?;
                let connections = (0..CONNECTIONS).flat_map(|number| {
                    let of_kind = |hook| attack.keep_sending(&pool, number, hook, &stop);
                    [of_kind(false), of_kind(true)]
                });
                futures_util::future::try_join_all(connections).await
            })?;
            for status in all.into_iter().flatten() {
                *answers.by_status.entry(status).or_default() += 1;
            }
            answers.seconds = begun.elapsed().as_secs_f64();
            Ok(answers)
        })
    }

    async fn keep_sending(
        &self,
        pool: &Pool,
        number: usize,
        hook: bool,
        stop: &AtomicBool,
    ) -> anyhow::Result<Vec<u16>> {
        let mut statuses = Vec::new();
        let shots: Vec<&Shot> = self.shots.iter().filter(|shot| shot.hook == hook).collect();
        for shot in shots.iter().cycle().skip(number) {
            let started = Instant::now();
            statuses.push(self.send(pool, shot).await?.status);
            let pace = shot.seconds() * count_as_f64(CONNECTIONS);
            let until = started + Duration::from_secs_f64(pace);
            while Instant::now() < until && !stop.load(Ordering::Relaxed) {
                let left = until.saturating_duration_since(Instant::now());
                tokio::time::sleep(left.min(Duration::from_millis(200))).await;
            }
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok(statuses)
    }

    async fn send(&self, pool: &Pool, shot: &Shot) -> anyhow::Result<Reply> {
        if shot.hook {
            return pool.post(&shot.path, &shot.body).await;
        }
        pool.post_as(&self.token, &shot.path, &shot.body).await
    }
}

/// Expressions over as much as a body may hold.
fn worst_evaluations() -> Vec<Value> {
    let numbers: Vec<u8> = vec![1; 330_000];
    let objects: Vec<Value> = (0..3_000)
        .map(|n| json!({ "n": n, "t": "x".repeat(50) }))
        .collect();
    let many = format!("[{}]", vec!["trigger"; 150].join(","));
    let items: Vec<u32> = (0..200).collect();
    let big = "word ".repeat(180_000);
    let hundred: Vec<u32> = (0..100).collect();
    let tried = |expression: Value, trigger: Value| json!({ "expression": expression, "scope": { "trigger": trigger } });
    vec![
        tried(json!({ "$cel": many }), json!({ "a": numbers })),
        tried(
            json!({ "$cel": "trigger.items.filter(i, i.t.contains('y') || i.n > 1).size()" }),
            json!({ "items": objects }),
        ),
        tried(
            json!({ "$cel": format!("{hundred:?}.filter(a, {hundred:?}.exists(b, a * b + b == 9702)).size()") }),
            json!({}),
        ),
        tried(
            json!({ "$cel": "trigger.big.matches('^(w|wo|wor|word| )*$')" }),
            json!({ "big": big }),
        ),
        tried(
            json!({ "$tpl": "{% for i in trigger.l %}{{ trigger.big|title|length }}{% endfor %}" }),
            json!({ "l": items, "big": big }),
        ),
        tried(
            json!({ "$tpl": "{{ trigger.big|upper|lower|title|list|tojson|length }}" }),
            json!({ "big": big }),
        ),
        tried(
            json!({ "$tpl": format!("{{{{ {}trigger.a }}}}", "not ".repeat(900)) }),
            json!({ "a": true }),
        ),
    ]
}

/// A draft of templates that are slow to compile.
async fn drafted(server: &Server, attacker: &Dealership) -> anyhow::Result<String> {
    let token = Some(attacker.token.as_str());
    let body = json!({ "name": "Slow to check" });
    let made = server
        .call(token, Method::POST, "/api/v1/workflows", Some(&body))
        .await?;
    let id = crate::client::text(&made, "/id")?;
    let steps = (0..30).map(|n| {
        let template = format!("{{{{ {}trigger.a{n} }}}}", "not ".repeat(900));
        json!({
            "id": format!("t_{n}"), "type": "transform", "name": "T",
            "config": { "values": { "x": { "$tpl": template } } },
        })
    });
    let body = json!({ "definition": workflows::chain(steps.collect()) });
    let path = format!("/api/v1/workflows/{id}/draft");
    server.call(token, Method::PUT, &path, Some(&body)).await?;
    Ok(id)
}

/// A trigger with many patterns and steps that evaluate over the whole delivery.
fn worst_workflow() -> Value {
    let patterns: serde_json::Map<String, Value> = (0..50)
        .map(|n| {
            let pattern = format!("^[a-z]{{0,8}}{n}[a-z0-9 ]*$");
            (
                format!("p{n}"),
                json!({ "type": "string", "pattern": pattern }),
            )
        })
        .collect();
    let values: serde_json::Map<String, Value> = (0..10)
        .map(|n| {
            let cel = format!("trigger.items.filter(i, i.t.contains('{n}') || i.n > {n}).size()");
            (format!("v{n}"), json!({ "$cel": cel }))
        })
        .collect();
    let step = json!({
        "id": "compute", "type": "transform", "name": "Compute",
        "config": { "values": values },
    });
    let mut definition = workflows::chain(vec![step]);
    if let Some(config) = definition.pointer_mut("/triggers/0/config") {
        *config = json!({ "input_schema": { "type": "object", "properties": patterns } });
    }
    definition
}

/// As large as a delivery may be, in shapes that are slow to read or to check.
fn worst_deliveries() -> Vec<Value> {
    let objects: Vec<Value> = (0..9_000)
        .map(|n| json!({ "n": n, "t": "x".repeat(50) }))
        .collect();
    let mut texts = serde_json::Map::new();
    for n in 0..50 {
        texts.insert(format!("p{n}"), json!("a".repeat(15_000)));
    }
    texts.insert("items".to_owned(), json!([]));
    vec![
        json!({ "items": objects }),
        json!({ "items": [], "numbers": vec![1; 400_000] }),
        Value::Object(texts),
    ]
}

/// Few enough to be exact.
fn count_as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
