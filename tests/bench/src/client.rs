//! The API as the benchmark uses it to prepare what it measures.

use anyhow::{Context, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PASSWORD: &str = "measured with care";

/// The server under measurement and the mail catcher beside it.
pub struct Server {
    http: Client,
    pub app: String,
    mail: String,
}

/// A dealership that was signed up for the measurement.
#[derive(Clone)]
pub struct Dealership {
    pub token: String,
    pub tenant: String,
}

pub struct SignUpTimes {
    pub sign_up: Duration,
    pub verify: Duration,
}

impl Server {
    pub fn new(app: &str, mail: &str) -> anyhow::Result<Self> {
        let http = Client::builder()
            .pool_max_idle_per_host(64)
            .timeout(Duration::from_secs(60))
            .build()?;
        Ok(Self {
            http,
            app: app.trim_end_matches('/').to_owned(),
            mail: mail.trim_end_matches('/').to_owned(),
        })
    }

    pub async fn call(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.app));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Posts something that is not JSON.
    pub async fn post_text(&self, path: &str, kind: &str, body: String) -> anyhow::Result<Value> {
        let request = self.http.post(format!("{}{path}", self.app));
        let request = request.header("Content-Type", kind).body(body);
        Ok(request.send().await?.json().await?)
    }

    pub async fn ping(&self) -> anyhow::Result<()> {
        self.call(None, Method::GET, "/health/live", None)
            .await
            .map(|_| ())
    }

    pub async fn dealership(&self, name: &str) -> anyhow::Result<Dealership> {
        Ok(self.sign_up(name).await?.0)
    }

    /// Signs a group up and verifies it.
    pub async fn sign_up(&self, name: &str) -> anyhow::Result<(Dealership, SignUpTimes)> {
        let email = format!("bench-{}@bench.example", uuid::Uuid::now_v7().simple());
        let body = json!({
            "group_name": "Bench Group", "dealership_name": format!("Bench {name}"),
            "name": "Bench", "email": email,
        });
        let started = Instant::now();
        self.call(None, Method::POST, "/api/v1/signup", Some(&body))
            .await?;
        let sign_up = started.elapsed();
        let token = self.token_from_mail(&email).await?;
        let started = Instant::now();
        let body = json!({ "token": token, "password": PASSWORD, "token_delivery": "body" });
        let session = self
            .call(None, Method::POST, "/api/v1/signup/verify", Some(&body))
            .await?;
        let verify = started.elapsed();
        ensure!(
            session["tenant"]["status"] == "active",
            "not active after verification: {session}"
        );
        let dealership = Dealership {
            token: text(&session, "/access_token")?,
            tenant: text(&session, "/tenant/id")?,
        };
        Ok((dealership, SignUpTimes { sign_up, verify }))
    }

    /// A colleague who was invited and accepted: his token.
    pub async fn colleague(&self, dealership: &Dealership) -> anyhow::Result<String> {
        let email = format!("colleague-{}@bench.example", uuid::Uuid::now_v7().simple());
        let body = json!({ "email": email, "name": "Chris Colleague", "role": "manager" });
        let token = Some(dealership.token.as_str());
        self.call(token, Method::POST, "/api/v1/invitations", Some(&body))
            .await?;
        let body = json!({
            "token": self.token_from_mail(&email).await?, "name": "Chris Colleague",
            "password": PASSWORD, "token_delivery": "body",
        });
        let path = "/api/v1/invitations/accept";
        let session = self.call(None, Method::POST, path, Some(&body)).await?;
        text(&session, "/access_token")
    }

    async fn token_from_mail(&self, email: &str) -> anyhow::Result<String> {
        for _ in 0..400 {
            let url = format!("{}/email?to.address={email}", self.mail);
            let mails: Value = self.http.get(url).send().await?.json().await?;
            let text = mails.as_array().into_iter().flatten().find_map(|mail| {
                let to_us = mail["to"]
                    .as_array()?
                    .iter()
                    .any(|to| to["address"] == email);
                to_us.then(|| mail["text"].as_str()).flatten()
            });
            if let Some((_, rest)) = text.and_then(|text| text.split_once("#token=")) {
                return Ok(rest
                    .chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .collect());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("no mail for {email}")
    }

    /// Makes a workflow, publishes it, and answers its id.
    pub async fn workflow(
        &self,
        dealership: &Dealership,
        name: &str,
        definition: &Value,
    ) -> anyhow::Result<String> {
        let body = json!({ "name": name, "definition": definition });
        let token = Some(dealership.token.as_str());
        let made = self
            .call(token, Method::POST, "/api/v1/workflows", Some(&body))
            .await?;
        let id = text(&made, "/id")?;
        self.publish(dealership, &id).await?;
        Ok(id)
    }

    pub async fn publish(&self, dealership: &Dealership, workflow: &str) -> anyhow::Result<()> {
        let path = format!("/api/v1/workflows/{workflow}/publish");
        let token = Some(dealership.token.as_str());
        self.call(token, Method::POST, &path, Some(&json!({})))
            .await?;
        Ok(())
    }

    /// The path to which deliveries for the workflow's first trigger are posted.
    pub async fn hook_of(&self, dealership: &Dealership, workflow: &str) -> anyhow::Result<String> {
        let path = format!("/api/v1/workflows/{workflow}");
        let token = Some(dealership.token.as_str());
        let workflow = self.call(token, Method::GET, &path, None).await?;
        let url = text(&workflow, "/triggers/0/url")?;
        let (_, key) = url.split_once("/hooks/").context("no hook path")?;
        Ok(format!("/hooks/{key}"))
    }

    /// A published workflow's hook.
    pub async fn hook(
        &self,
        dealership: &Dealership,
        name: &str,
        definition: &Value,
    ) -> anyhow::Result<String> {
        let id = self.workflow(dealership, name, definition).await?;
        self.hook_of(dealership, &id).await
    }
}

/// The text at a pointer.
pub fn text(value: &Value, pointer: &str) -> anyhow::Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    Ok(found
        .with_context(|| format!("no {pointer} in {value}"))?
        .to_owned())
}
