use anyhow::{Context, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The server under measurement and the mail catcher beside it.
pub struct Server {
    http: Client,
    app: String,
    mail: String,
}

/// A dealership that was signed up for the measurement.
pub struct Dealership {
    token: String,
    workflow: String,
}

pub struct SignUpTimes {
    pub sign_up: Duration,
    pub verify: Duration,
}

pub struct RunTimes {
    pub accepted: Duration,
    pub first_step: Duration,
}

impl Server {
    pub fn new(app: &str, mail: &str) -> anyhow::Result<Self> {
        let http = Client::builder()
            .pool_max_idle_per_host(64)
            .timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self {
            http,
            app: app.trim_end_matches('/').to_owned(),
            mail: mail.trim_end_matches('/').to_owned(),
        })
    }

    async fn call(
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

    pub async fn ping(&self) -> anyhow::Result<()> {
        self.call(None, Method::GET, "/health/live", None)
            .await
            .map(|_| ())
    }

    /// Signs a group up and verifies it.
    pub async fn sign_up(&self, number: u32) -> anyhow::Result<(Dealership, SignUpTimes)> {
        let email = format!("bench-{}@bench.example", uuid::Uuid::now_v7().simple());
        let body = json!({
            "group_name": "Bench Group", "dealership_name": format!("Bench {number}"),
            "name": "Bench", "email": email, "password": "measured with care",
        });
        let started = Instant::now();
        self.call(None, Method::POST, "/api/v1/signup", Some(&body))
            .await?;
        let sign_up = started.elapsed();
        let token = self.token_from_mail(&email).await?;
        let started = Instant::now();
        let body = json!({ "token": token, "token_delivery": "body" });
        let session = self
            .call(None, Method::POST, "/api/v1/signup/verify", Some(&body))
            .await?;
        let verify = started.elapsed();
        ensure!(
            session["tenant"]["status"] == "active",
            "not active after verification: {session}"
        );
        let token = session["access_token"]
            .as_str()
            .context("no access token")?
            .to_owned();
        let made = self.instantiate(&token).await?;
        Ok((
            Dealership {
                token,
                workflow: made,
            },
            SignUpTimes { sign_up, verify },
        ))
    }

    async fn instantiate(&self, token: &str) -> anyhow::Result<String> {
        let path = "/api/v1/templates/answer-internet-lead/instantiate";
        let made = self
            .call(
                Some(token),
                Method::POST,
                path,
                Some(&json!({ "parameters": {} })),
            )
            .await?;
        Ok(made["id"].as_str().context("no workflow id")?.to_owned())
    }

    async fn token_from_mail(&self, email: &str) -> anyhow::Result<String> {
        for _ in 0..400 {
            let url = format!("{}/email", self.mail);
            let mails: Value = self.http.get(url).send().await?.json().await?;
            let text = mails.as_array().into_iter().flatten().find_map(|mail| {
                let to_us = mail["to"]
                    .as_array()?
                    .iter()
                    .any(|to| to["address"] == email);
                to_us.then(|| mail["text"].as_str()).flatten()
            });
            if let Some((_, rest)) = text.and_then(|text| text.split_once("token=")) {
                return Ok(rest
                    .chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .collect());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("no verification mail for {email}")
    }

    /// What screens ask for, and one write in ten.
    pub async fn mixed_request(
        &self,
        dealership: Option<&Dealership>,
        number: u32,
    ) -> anyhow::Result<()> {
        let dealership = dealership.context("no dealership")?;
        let token = Some(dealership.token.as_str());
        let one = format!("/api/v1/workflows/{}", dealership.workflow);
        let (method, path, body) = match number % 10 {
            0 | 1 => (Method::GET, "/api/v1/me", None),
            2 => (Method::GET, "/api/v1/dashboard", None),
            3 => (Method::GET, "/api/v1/leads", None),
            4 => (Method::GET, "/api/v1/executions", None),
            5 => (Method::GET, "/api/v1/workflows", None),
            6 => (Method::GET, one.as_str(), None),
            7 => (Method::GET, "/api/v1/notifications", None),
            8 => (Method::GET, "/api/v1/templates", None),
            _ => (
                Method::PATCH,
                one.as_str(),
                Some(json!({ "description": format!("change {number}") })),
            ),
        };
        self.call(token, method, path, body.as_ref())
            .await
            .map(|_| ())
    }

    /// Publishes the dealership's workflow; answers the path of its hook.
    pub async fn publish_lead_workflow(&self, dealership: &Dealership) -> anyhow::Result<String> {
        let token = Some(dealership.token.as_str());
        let one = format!("/api/v1/workflows/{}", dealership.workflow);
        self.call(
            token,
            Method::POST,
            &format!("{one}/publish"),
            Some(&json!({})),
        )
        .await?;
        let workflow = self.call(token, Method::GET, &one, None).await?;
        let url = workflow
            .pointer("/triggers/0/url")
            .and_then(Value::as_str)
            .context("no hook")?;
        let (_, path) = url.split_once("/hooks/").context("no hook path")?;
        Ok(format!("/hooks/{path}"))
    }

    /// Posts a lead and reads from the run's events when it began.
    pub async fn post_lead(
        &self,
        dealership: &Dealership,
        hook: &str,
        number: u32,
    ) -> anyhow::Result<RunTimes> {
        let lead = format!(
            "<?adf version=\"1.0\"?><adf><prospect><id source=\"bench\">{number}</id>\
             <vehicle interest=\"buy\"><year>2024</year><make>Honda</make><model>Civic</model><stock>B{number}</stock></vehicle>\
             <customer><contact><name part=\"first\">Pat</name><name part=\"last\">Bench</name>\
             <email>lead-{number}@bench.example</email></contact></customer></prospect></adf>"
        );
        let request = self
            .http
            .post(format!("{}{hook}", self.app))
            .header("Content-Type", "application/x-adf+xml");
        let started = Instant::now();
        let response = request.body(lead).send().await?;
        let accepted = started.elapsed();
        let answer: Value = response.json().await?;
        let id = answer["execution_id"]
            .as_str()
            .with_context(|| format!("no run: {answer}"))?;
        let path = format!("/api/v1/executions/{id}/events");
        for _ in 0..400 {
            let events = self
                .call(Some(&dealership.token), Method::GET, &path, None)
                .await?;
            let at = |kind: &str| -> Option<chrono::DateTime<chrono::Utc>> {
                let events = events["items"].as_array()?;
                let event = events.iter().find(|event| event["kind"] == kind)?;
                event["at"].as_str()?.parse().ok()
            };
            if let (Some(accepted_at), Some(first)) = (at("execution_accepted"), at("step_started"))
            {
                let first_step = (first - accepted_at).to_std().unwrap_or_default();
                return Ok(RunTimes {
                    accepted,
                    first_step,
                });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        anyhow::bail!("run {id} did not begin")
    }
}
