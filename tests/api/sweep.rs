//! Every operation of the document, called as nobody, as each role, as another dealership.

use policies::Role;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tests::{Answer, Group, Person, TestApp};

struct Operation {
    method: Method,
    path: String,
    public: bool,
}

fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(platform_server::routes::openapi()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            if ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()) {
                let public = operation.get("security").is_none();
                all.push(Operation {
                    method,
                    path: path.clone(),
                    public,
                });
            }
        }
    }
    assert!(all.len() > 40, "the document lost its operations");
    all
}

/// Operations that need no sign-in. A new one belongs here only after some thought.
const PUBLIC: [&str; 19] = [
    "GET /.well-known/jwks.json",
    "GET /health",
    "GET /health/live",
    "GET /health/ready",
    "GET /socket",
    "POST /api/v1/approval-links/decide",
    "POST /api/v1/approval-links/show",
    "POST /api/v1/auth/forgotten-password",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/reset-password",
    "POST /api/v1/invitations/accept",
    "POST /api/v1/invitations/show",
    "POST /api/v1/signup",
    "POST /api/v1/signup/resend",
    "POST /api/v1/signup/show",
    "POST /api/v1/signup/verify",
    "POST /hooks/{key}",
];

/// Things of one dealership, to fill the paths with.
struct Things(BTreeMap<&'static str, String>);

impl Things {
    async fn of(app: &TestApp, group: &Group) -> Self {
        let (workflow, hook) = group
            .admin
            .publish_template("answer-internet-lead", json!({}))
            .await;
        let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
        let accepted = app.anyone().post_adf(&hook, &lead).await.assert(202);
        let execution = accepted.text_of("/execution_id");
        group.admin.execution(&execution, &["succeeded"]).await;
        let first = |answer: Answer, pointer: &str| {
            answer.items()[0]
                .pointer(pointer)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        let invite = json!({ "email": "someone@else.example", "role": "user" });
        let invitation = group
            .admin
            .post("/api/v1/invitations", &invite)
            .await
            .assert(201)
            .text_of("/id");
        let (approval, file) = asked(group).await;
        let body = json!({ "filter": { "workflow_id": workflow }, "from": "start" });
        let bulk_replay = group.admin.post("/api/v1/bulk-replays", &body).await;
        let bulk_replay = bulk_replay.assert(202).text_of("/id");
        let rollout = paused_rollout(app, group, &workflow).await;
        Self(BTreeMap::from([
            ("/api/v1/bulk-replays/{id}", bulk_replay),
            // This needs much to be there at all; a name that nothing has will do.
            ("/api/v1/backtests/{id}", uuid::Uuid::now_v7().to_string()),
            ("/api/v1/template-rollouts/{id}", rollout),
            ("/api/v1/approvals/{id}", approval),
            ("/api/v1/files/{id}", file),
            ("/api/v1/workflows/{id}", workflow),
            ("/api/v1/executions/{id}", execution),
            (
                "/api/v1/leads/{id}",
                first(group.admin.get("/api/v1/leads").await, "/id"),
            ),
            (
                "/api/v1/customers/{id}",
                first(group.admin.get("/api/v1/customers").await, "/id"),
            ),
            (
                "/api/v1/notifications/{id}",
                first(group.admin.get("/api/v1/notifications").await, "/id"),
            ),
            ("/api/v1/invitations/{id}", invitation),
            ("/api/v1/members/{user_id}", group.admin.user_id.clone()),
            ("/api/v1/admin/tenants/{id}", group.tenant_id.to_string()),
            ("/api/v1/templates/{id}", "answer-internet-lead".to_owned()),
        ]))
    }

    /// The path with the dealership's ids in it; whether it names anything of the dealership's own.
    fn fill(&self, path: &str) -> (String, bool) {
        for (prefix, id) in &self.0 {
            if let Some(rest) = path.strip_prefix(prefix) {
                let folder = prefix.rsplit_once('/').unwrap().0;
                let rest = rest
                    .replace("{version}", "1")
                    .replace("{trigger_id}", "no-such-trigger")
                    .replace("{key}", "no-such-effect");
                return (
                    format!("{folder}/{id}{rest}"),
                    !prefix.contains("templates"),
                );
            }
        }
        assert!(
            !path.contains('{'),
            "the sweep does not know how to fill {path}"
        );
        (path.to_owned(), false)
    }
}

/// The id of a rollout that rests.
async fn paused_rollout(app: &TestApp, group: &Group, workflow: &str) -> String {
    let id = uuid::Uuid::now_v7().to_string();
    let (tenant, user) = (group.tenant_id, &group.admin.user_id);
    app.database
        .run_as_owner(&format!(
            "INSERT INTO control.template_rollouts (id, group_id, template_id, to_version, stages, stage_minutes, \
                max_error_rate, min_runs, state, created_by, created_by_name) \
             SELECT '{id}', group_id, 'answer-internet-lead', 99, '[100]', 60, 0.1, 1000, 'paused', '{user}', 'Alex' \
                FROM control.tenants WHERE id = '{tenant}'; \
             INSERT INTO control.template_rollout_targets (rollout_id, tenant_id, tenant_name, workflow_id, \
                workflow_name, position, stage) VALUES ('{id}', '{tenant}', 'Acme', '{workflow}', 'Leads', 0, 0)"
        ))
        .await;
    id
}

/// The ids of a decision that a run waits for and of a file that it kept.
async fn asked(group: &Group) -> (String, String) {
    let definition = json!({
        "triggers": [{ "id": "start", "type": "manual", "config": {} }],
        "steps": [
            { "id": "keep", "type": "file.store", "name": "Keep", "config": { "name": "a.txt", "content": "a" } },
            { "id": "ask", "type": "approval", "name": "Ask", "config": { "title": "Go on?", "assignee": { "role": "user" } } }
        ],
        "edges": [
            { "from": "start", "port": "out", "to": "keep" },
            { "from": "keep", "port": "out", "to": "ask" }
        ]
    });
    let body = json!({ "name": "Asks", "definition": definition });
    let workflow = group.admin.post("/api/v1/workflows", &body).await;
    let path = format!("/api/v1/workflows/{}", workflow.assert(201).text_of("/id"));
    let published = group
        .admin
        .post(&format!("{path}/publish"), &json!({}))
        .await;
    published.assert(201);
    let run = group
        .admin
        .post(&format!("{path}/executions"), &json!({ "input": {} }))
        .await;
    let run = run.assert(202).text_of("/execution_id");
    group.admin.execution(&run, &["waiting"]).await;
    let approvals = group.admin.get("/api/v1/approvals").await.assert(200);
    let files = group.admin.get("/api/v1/files").await.assert(200);
    (
        approvals.text_of("/items/0/id"),
        files.text_of("/items/0/id"),
    )
}

/// A body that each operation would accept, so that what is refused is the caller.
fn body(operation: &Operation) -> Value {
    match (operation.method.as_str(), operation.path.as_str()) {
        ("POST", "/api/v1/workflows") => json!({ "name": "Swept" }),
        ("PATCH", "/api/v1/workflows/{id}") => json!({ "name": "Renamed" }),
        ("PUT", "/api/v1/workflows/{id}/draft") => {
            json!({ "definition": { "triggers": [], "steps": [], "edges": [] } })
        }
        ("POST", "/api/v1/workflows/{id}/backtests") => json!({ "count": 5 }),
        ("POST", "/api/v1/workflows/{id}/try-step") => json!({ "step_id": "one" }),
        ("POST", "/api/v1/workflows/{id}/triggers/{trigger_id}/rotate") => {
            json!({ "grace_days": 7 })
        }
        ("POST", "/api/v1/workflows/{id}/executions") => json!({ "input": {} }),
        ("POST", "/api/v1/templates/{id}/instantiate") => json!({ "parameters": {} }),
        ("POST", "/api/v1/members" | "/api/v1/invitations") => {
            json!({ "name": "N", "email": format!("{}@x.example", uuid::Uuid::now_v7().simple()), "role": "user" })
        }
        ("PATCH", "/api/v1/members/{user_id}") => json!({ "status": "active" }),
        ("PATCH", "/api/v1/leads/{id}") => json!({ "status": "working" }),
        ("POST", "/api/v1/executions/{id}/effects/{key}/settle") => json!({ "outcome": "sent" }),
        ("POST", "/api/v1/approvals/{id}/assign") => json!({ "role": "user" }),
        ("POST", "/api/v1/approvals/{id}/decide") => json!({ "decision": "approved" }),
        ("POST", "/api/v1/admin/tenants/{id}/suspend") => json!({ "reason": "swept" }),
        _ => json!({}),
    }
}

async fn call(person: &Person, operation: &Operation, path: &str) -> Answer {
    let mut request = person.request(operation.method.clone(), path);
    if operation.method != Method::GET {
        request = request.json(&body(operation));
    }
    person.send(request).await
}

#[tokio::test]
async fn nobody_gets_past_an_operation_that_is_not_on_the_public_list() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let things = Things::of(&app, &acme).await;
    let mut public: Vec<String> = Vec::new();
    for operation in operations() {
        let name = format!("{} {}", operation.method, operation.path);
        if operation.public {
            public.push(name);
            continue;
        }
        let (path, _) = things.fill(&operation.path);
        for person in [app.anyone(), app.anyone().with_token("forged.token.here")] {
            call(&person, &operation, &path)
                .await
                .assert_problem(401, "unauthenticated");
        }
    }
    public.sort();
    assert_eq!(public, PUBLIC);
}

#[tokio::test]
async fn another_dealership_finds_nothing() {
    let app = TestApp::start().await;
    let (acme, birch) = (
        app.group("Acme Motors").await,
        app.group("Birch Cars").await,
    );
    // Of another group, and of the same one.
    let sibling = app.sibling(&acme, "Acme North").await;
    let things = Things::of(&app, &acme).await;
    let host = format!("{}.localhost:{}", acme.slug, app.port);
    for operation in operations().iter().filter(|o| !o.public) {
        let (path, own) = things.fill(&operation.path);
        let admin_only = path.starts_with("/api/v1/admin/");
        for stranger in [&birch.admin, &sibling.admin] {
            if own {
                let answer = call(stranger, operation, &path).await;
                let expected = if admin_only { 403 } else { 404 };
                answer.assert(expected);
            }
            // With its own token on the other's host, whatever the operation.
            call(&stranger.on_host(&host), operation, &path)
                .await
                .assert(404);
        }
    }
    // Nothing of Acme's was changed on the way.
    let leads = acme.admin.get("/api/v1/leads").await.assert(200);
    assert_eq!(leads.items()[0]["status"], "contacted");
}

/// Which role may call what. The file is to be reviewed; a wanted change is written to it.
#[tokio::test]
async fn each_role_may_call_what_the_reviewed_table_says() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let things = Things::of(&app, &acme).await;
    let manager = acme.member(&app, Role::Manager).await;
    let user = acme.member(&app, Role::User).await;
    let mut table = format!("{:<60} {}\n", "operation", "user manager dealership_admin");
    for operation in operations().iter().filter(|o| !o.public) {
        // These would end what the rest of the sweep works with.
        let last = operation.method == Method::DELETE || operation.path.ends_with("/archive");
        let (path, _) = things.fill(&operation.path);
        let mut cells = Vec::new();
        for person in [&user, &manager, &acme.admin] {
            if last && std::ptr::eq(person, &acme.admin) {
                cells.push("yes");
                continue;
            }
            let answer = call(person, operation, &path).await;
            assert_ne!(answer.status, 401, "{}", answer.asked);
            assert!(answer.status < 500, "{}: {}", answer.asked, answer.text);
            cells.push(if answer.status == 403 { "-" } else { "yes" });
        }
        let name = format!("{} {}", operation.method, operation.path);
        writeln!(
            table,
            "{name:<60} {:<4} {:<7} {}",
            cells[0], cells[1], cells[2]
        )
        .unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/api/roles.golden.txt");
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        table == golden,
        "review the change, then write it to tests/api/roles.golden.txt:\n{table}"
    );
}
