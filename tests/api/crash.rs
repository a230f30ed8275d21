//! `kill -9` in the middle of the path: the run ends correctly, and the customer has one mail.

use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// An SMTP server that counts what it has accepted.
#[derive(Clone, Default)]
struct Counter(Arc<Mutex<Vec<String>>>);

impl Counter {
    /// Listens on a port of its own and answers it.
    async fn listen(&self) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let counter = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let counter = counter.clone();
                tokio::spawn(async move { counter.converse(stream).await });
            }
        });
        port
    }

    async fn converse(&self, stream: tokio::net::TcpStream) -> Option<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 counter\r\n").await.ok()?;
        let (mut content, mut in_data) = (String::new(), false);
        while let Some(line) = lines.next_line().await.ok()? {
            if in_data {
                if line == "." {
                    in_data = false;
                    self.0.lock().unwrap().push(std::mem::take(&mut content));
                    writer.write_all(b"250 counted\r\n").await.ok()?;
                } else {
                    content.push_str(&line);
                    content.push('\n');
                }
                continue;
            }
            let verb = line.get(..4).unwrap_or_default().to_uppercase();
            let answer: &[u8] = match verb.as_str() {
                "EHLO" => b"250-counter\r\n250 8BITMIME\r\n",
                "DATA" => {
                    in_data = true;
                    b"354 go on\r\n"
                }
                "QUIT" => return None,
                _ => b"250 fine\r\n",
            };
            writer.write_all(answer).await.ok()?;
        }
        None
    }

    fn mails_to(&self, address: &str) -> Vec<String> {
        let mails = self.0.lock().unwrap();
        mails
            .iter()
            .filter(|m| {
                m.lines()
                    .any(|l| l.starts_with("To:") && l.contains(address))
            })
            .cloned()
            .collect()
    }

    async fn token(&self, address: &str) -> String {
        tests::eventually("the verification mail", || async {
            let mail = self.mails_to(address).pop()?;
            // Undo the soft line breaks of quoted-printable.
            let text = mail.replace("=\n", "").replace("=3D", "=");
            let (_, rest) = text.split_once("#token=")?;
            Some(
                rest.chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .collect(),
            )
        })
        .await
    }
}

/// The real binary, in a process of its own.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn start(environment: &[(String, String)], url: &str) -> Self {
        let child = Command::new(binary())
            .arg("up")
            .env_clear()
            .envs(environment.iter().cloned())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        Self {
            child,
            url: url.to_owned(),
        }
    }

    async fn ready(&self, http: &reqwest::Client) {
        tests::eventually("the server being ready", || async {
            let answer = http
                .get(format!("{}/health/ready", self.url))
                .send()
                .await
                .ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// As the machine's power going out would end it.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server's binary, built beside this test's.
fn binary() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let binary = here.parent().unwrap().parent().unwrap().join("auterity");
    assert!(
        binary.exists(),
        "{} is not built; run the tests with `make test`",
        binary.display()
    );
    binary
}

/// A port that nothing takes meanwhile: below those that the system hands out by itself.
async fn free_port() -> u16 {
    loop {
        let port = 10_000 + (uuid::Uuid::now_v7().as_u128() % 20_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).await.is_ok() {
            return port;
        }
    }
}

async fn call(
    http: &reqwest::Client,
    token: &str,
    method: reqwest::Method,
    url: String,
    body: Option<Value>,
) -> Value {
    let mut request = http.request(method, &url).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{url}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

#[tokio::test]
async fn killed_at_any_moment_the_run_ends_and_the_customer_has_one_mail() {
    let database = platform_testkit::TestDatabase::create().await;
    let counter = Counter::default();
    let smtp = counter.listen().await;
    let simulator = integrations_simulator::start(([127, 0, 0, 1], 0).into()).unwrap();
    let (port, internal) = (free_port().await, free_port().await);
    let url = format!("http://127.0.0.1:{port}");
    let redis = std::env::var("AUTERITY_TEST_REDIS_URL").unwrap();
    let environment: Vec<(String, String)> = [
        ("AUTERITY_DATABASE_URL", database.owner_url.clone()),
        ("AUTERITY_DATABASE_APP_URL", database.app_url.clone()),
        ("AUTERITY_REDIS_URL", redis),
        (
            "AUTERITY_SMTP_URL",
            format!("smtp://127.0.0.1:{smtp}?tls=none"),
        ),
        (
            "AUTERITY_MAIL_FROM",
            "Auterity <no-reply@auterity.example>".to_owned(),
        ),
        ("AUTERITY_AI_BASE_URL", simulator.base_url()),
        ("AUTERITY_AI_MODEL", "simulator-slow-150".to_owned()),
        (
            "AUTERITY_SECRET_KEY",
            data_encoding::BASE64.encode(b"a key for tests and nothing else"),
        ),
        ("AUTERITY_HTTP_LISTEN", format!("127.0.0.1:{port}")),
        (
            "AUTERITY_HTTP_INTERNAL_LISTEN",
            format!("127.0.0.1:{internal}"),
        ),
        ("AUTERITY_HTTP_PUBLIC_URL", url.clone()),
        ("AUTERITY_WORK_LEASE_SECONDS", "5".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec();
    let http = reqwest::Client::new();
    let mut process = Process::start(&environment, &url);
    process.ready(&http).await;

    let email = "alex@acme.example";
    let body = json!({ "group_name": "Acme", "dealership_name": "Acme Motors", "name": "Alex", "email": email });
    call(
        &http,
        "",
        reqwest::Method::POST,
        format!("{url}/api/v1/signup"),
        Some(body),
    )
    .await;
    let body = json!({ "token": counter.token(email).await, "password": tests::Person::PASSWORD, "token_delivery": "body" });
    let session = call(
        &http,
        "",
        reqwest::Method::POST,
        format!("{url}/api/v1/signup/verify"),
        Some(body),
    )
    .await;
    let token = session["access_token"].as_str().unwrap().to_owned();
    let path = format!("{url}/api/v1/templates/answer-internet-lead/instantiate");
    let workflow = call(
        &http,
        &token,
        reqwest::Method::POST,
        path,
        Some(json!({ "parameters": {} })),
    )
    .await;
    let path = format!(
        "{url}/api/v1/workflows/{}",
        workflow["id"].as_str().unwrap()
    );
    call(
        &http,
        &token,
        reqwest::Method::POST,
        format!("{path}/publish"),
        Some(json!({})),
    )
    .await;
    let workflow = call(&http, &token, reqwest::Method::GET, path, None).await;
    let hook = workflow["triggers"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|t| t["url"].as_str())
        .unwrap()
        .to_owned();

    // Moments spread over the path, which takes some 300 ms with a model this slow.
    for (number, moment) in [0_u64, 40, 90, 140, 190, 240, 290, 340]
        .into_iter()
        .enumerate()
    {
        let customer = format!("pat{number}@buyer.example");
        let vin = format!("1HGCM82633A00{:04}", 4352 + number);
        let lead = crate::lead("Pat", &customer, &vin)
            .replace("555-0142", &format!("555-01{:02}", 42 + number));
        let post = http
            .post(&hook)
            .header("Content-Type", "application/x-adf+xml")
            .body(lead);
        let accepted = post.send().await.unwrap();
        assert_eq!(accepted.status(), 202);
        let accepted: Value = accepted.json().await.unwrap();
        tokio::time::sleep(Duration::from_millis(moment)).await;
        process.kill();
        process = Process::start(&environment, &url);
        process.ready(&http).await;
        let path = format!(
            "{url}/api/v1/executions/{}",
            accepted["execution_id"].as_str().unwrap()
        );
        let run = tests::eventually("the run's end, or a question to a person", || async {
            let run = call(&http, &token, reqwest::Method::GET, path.clone(), None).await;
            let ended = ["succeeded", "failed", "cancelled"].contains(&run["status"].as_str()?);
            let asks = run["effects"]
                .as_array()?
                .iter()
                .any(|e| e["state"] == "unknown");
            (ended || asks).then_some(run)
        })
        .await;
        let mails = counter.mails_to(&customer).len();
        let unknown = run["effects"]
            .as_array()
            .unwrap()
            .iter()
            .find(|e| e["state"] == "unknown");
        if let Some(effect) = unknown {
            // Killed between handing the mail over and hearing of it: a person looks and says.
            let outcome = if mails == 1 { "sent" } else { "not_sent" };
            let settle = format!("{path}/effects/{}/settle", effect["key"].as_str().unwrap());
            call(
                &http,
                &token,
                reqwest::Method::POST,
                settle,
                Some(json!({ "outcome": outcome })),
            )
            .await;
            tests::eventually("the settled run's end", || async {
                let run = call(&http, &token, reqwest::Method::GET, path.clone(), None).await;
                (run["status"] == "succeeded").then_some(())
            })
            .await;
        } else {
            assert_eq!(
                run["status"], "succeeded",
                "killed after {moment} ms: {run:#}"
            );
        }
        assert_eq!(
            counter.mails_to(&customer).len(),
            1,
            "killed after {moment} ms"
        );
    }
    process.kill();
}
