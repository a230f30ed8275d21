use crate::answer::Answer;
use crate::app::TestApp;
use crate::mailbox::Mailbox;
use policies::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

/// A dealership group with one dealership.
pub struct Group {
    pub admin: Person,
    pub tenant_id: Uuid,
    pub slug: String,
}

/// A person with their browser.
#[derive(Clone)]
pub struct Person {
    http: reqwest::Client,
    base: String,
    host: Option<String>,
    mail: Mailbox,
    pub token: Option<String>,
    pub refresh_token: Option<String>,
    pub email: String,
    pub user_id: String,
    pub slug: String,
}

impl Group {
    pub(crate) fn new(admin: Person, session: &Value) -> Self {
        let slug = session["tenant"]["slug"].as_str().unwrap().to_owned();
        let tenant_id = session["tenant"]["id"].as_str().unwrap().parse().unwrap();
        Self {
            admin,
            tenant_id,
            slug,
        }
    }

    /// A colleague who was invited with `role` and accepted.
    pub async fn member(&self, app: &TestApp, role: Role) -> Person {
        let email = format!("{role}-{}@{}.example", Uuid::now_v7().simple(), self.slug);
        let body = json!({ "email": email, "name": "Chris Colleague", "role": role.as_str() });
        self.admin
            .post("/api/v1/invitations", &body)
            .await
            .assert(201);
        let token = self.admin.mail.token(&email, 1).await;
        let body = json!({
            "token": token,
            "name": "Chris Colleague",
            "password": Person::PASSWORD,
            "token_delivery": "body",
        });
        let session = app
            .anyone()
            .post("/api/v1/invitations/accept", &body)
            .await
            .assert(201);
        Person::signed_in(app, &session.body, &email)
    }
}

impl Person {
    /// Everybody's password in tests.
    pub const PASSWORD: &str = "correct horse battery";

    pub(crate) fn anyone(app: &TestApp) -> Self {
        Self {
            http: app.http.clone(),
            base: app.url.clone(),
            host: None,
            mail: app.mail.clone(),
            token: None,
            refresh_token: None,
            email: String::new(),
            user_id: String::new(),
            slug: String::new(),
        }
    }

    /// The person that a session was given to.
    pub fn signed_in(app: &TestApp, session: &Value, email: &str) -> Self {
        let text = |pointer: &str| {
            session
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        Self {
            token: text("/access_token"),
            refresh_token: text("/refresh_token"),
            email: email.to_owned(),
            user_id: text("/user/id").unwrap_or_default(),
            slug: text("/tenant/slug").unwrap_or_default(),
            ..Self::anyone(app)
        }
    }

    /// The same person, asking on another host.
    #[must_use]
    pub fn on_host(&self, host: &str) -> Self {
        Self {
            host: Some(host.to_owned()),
            ..self.clone()
        }
    }

    /// The same person with another access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// A request as this person would send it.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(host) = &self.host {
            request = request.header("Host", host);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let asked = format!("{} {}", request.method(), request.url().path());
        let response = self.http.execute(request).await.unwrap();
        Answer::of(asked, response).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body))
            .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Makes a workflow from a template with its parameters and publishes it; answers its id and
    /// the path of its hook.
    pub async fn publish_template(&self, template: &str, parameters: Value) -> (String, String) {
        let body = json!({ "parameters": parameters });
        let workflow = self
            .post(&format!("/api/v1/templates/{template}/instantiate"), &body)
            .await
            .assert(201);
        let id = workflow.text_of("/id");
        self.post(&format!("/api/v1/workflows/{id}/publish"), &json!({}))
            .await
            .assert(201);
        let workflow = self
            .get(&format!("/api/v1/workflows/{id}"))
            .await
            .assert(200);
        let hook = workflow.body["triggers"]
            .as_array()
            .unwrap()
            .iter()
            .find_map(|t| t["url"].as_str());
        let path = hook.and_then(|url| url.find("/hooks/").map(|at| url[at..].to_owned()));
        (id, path.unwrap_or_default())
    }

    /// Posts an ADF document to a hook.
    pub async fn post_adf(&self, hook: &str, document: &str) -> Answer {
        let request = self
            .request(Method::POST, hook)
            .header("Content-Type", "application/x-adf+xml");
        self.send(request.body(document.to_owned())).await
    }

    /// The execution, once it has one of `states`.
    pub async fn execution(&self, id: &str, states: &[&str]) -> Value {
        let path = format!("/api/v1/executions/{id}");
        crate::eventually(&format!("execution {id} being {states:?}"), || async {
            let answer = self.get(&path).await.assert(200);
            let status = answer.body["status"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            states.contains(&status.as_str()).then_some(answer.body)
        })
        .await
    }
}
