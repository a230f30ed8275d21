//! What people and senders do with secrets, rightly and wrongly.

use super::Canaries;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Group, Person, TestApp};

const ADMIN: &str = "alex@canary-motors.example";
const INVITED: &str = "ines@canary-motors.example";

async fn post(canaries: &Canaries, by: &Person, path: &str, body: Value) -> Answer {
    canaries.note(by.post(path, &body).await)
}

/// Sign-up, sign-in, sessions, a new password, an invitation.
pub(super) async fn accounts(app: &TestApp, canaries: &Canaries) -> Group {
    let anyone = app.anyone();
    let password = "canary-password-of-alex-4711";
    canaries.plant("password", password);
    let body = json!({
        "group_name": "Canary Group", "dealership_name": "Canary Motors",
        "name": "Alex Admin", "email": ADMIN,
    });
    post(canaries, &anyone, "/api/v1/signup", body)
        .await
        .assert(202);
    let token = app.mail.token(ADMIN, 1).await;
    canaries.plant("sign-up token", &token);
    for (path, body, status) in [
        ("show", json!({ "token": token }), 200),
        ("show", json!({ "token": format!("{token}x") }), 400),
        (
            "verify",
            json!({ "token": token, "password": "canary-password-no" , "x": 1 }),
            422,
        ),
        (
            "verify",
            json!({ "token": token, "password": password, "token_delivery": "body" }),
            201,
        ),
        (
            "verify",
            json!({ "token": token, "password": password }),
            400,
        ),
    ] {
        let path = format!("/api/v1/signup/{path}");
        let answer = post(canaries, &anyone, &path, body).await.assert(status);
        if status == 201 {
            tokens(canaries, &answer.body);
        }
    }
    let slug = login(app, canaries, password, true).await.slug;
    new_password(app, canaries, &slug).await
}

fn tokens(canaries: &Canaries, session: &Value) {
    canaries.plant("access token", session["access_token"].as_str().unwrap());
    let refresh = session["refresh_token"].as_str().unwrap();
    canaries.plant("refresh token", refresh);
}

/// Signs in after a wrong attempt, and renews the session.
async fn login(app: &TestApp, canaries: &Canaries, password: &str, ready: bool) -> Person {
    let wrong = "canary-wrong-password-0815";
    canaries.plant("wrong password", wrong);
    let anyone = app.anyone();
    let body = |password: &str| json!({ "email": ADMIN, "password": password, "tenant": "canary-motors", "token_delivery": "body" });
    let path = "/api/v1/auth/login";
    post(canaries, &anyone, path, body(wrong)).await.assert(401);
    let session = tests::eventually("the dealership being set up", || async {
        let answer = post(canaries, &anyone, path, body(password)).await;
        let active = answer.body["tenant"]["status"] == "active";
        (answer.status == 200 && (active || !ready)).then_some(answer.body)
    })
    .await;
    tokens(canaries, &session);
    let refresh = json!({ "refresh_token": session["refresh_token"], "token_delivery": "body" });
    let renewed = post(canaries, &anyone, "/api/v1/auth/refresh", refresh).await;
    let renewed = renewed.assert(200);
    tokens(canaries, &renewed.body);
    Person::signed_in(app, &renewed.body, ADMIN)
}

async fn new_password(app: &TestApp, canaries: &Canaries, slug: &str) -> Group {
    let anyone = app.anyone();
    let mails = app.mail.to(ADMIN).len();
    let body = json!({ "email": ADMIN, "tenant": slug });
    let path = "/api/v1/auth/forgotten-password";
    post(canaries, &anyone, path, body).await.assert(202);
    let token = app.mail.token(ADMIN, mails + 1).await;
    canaries.plant("reset token", &token);
    let password = "canary-second-password-0816";
    canaries.plant("new password", password);
    let path = "/api/v1/auth/reset-password";
    let body = json!({ "token": token, "password": password });
    post(canaries, &anyone, path, body.clone())
        .await
        .assert(204);
    post(canaries, &anyone, path, body).await.assert(400);
    let admin = login(app, canaries, password, true).await;
    let me = admin.get("/api/v1/me").await.assert(200);
    let acme = Group {
        tenant_id: me.text_of("/tenant/id").parse().unwrap(),
        slug: slug.to_owned(),
        admin,
    };
    invitation(app, canaries, &acme).await;
    acme
}

async fn invitation(app: &TestApp, canaries: &Canaries, acme: &Group) {
    let body = json!({ "email": INVITED, "name": "Ines", "role": "manager" });
    let path = "/api/v1/invitations";
    post(canaries, &acme.admin, path, body).await.assert(201);
    let token = app.mail.token(INVITED, 1).await;
    canaries.plant("invitation token", &token);
    let password = "canary-password-of-ines-4712";
    canaries.plant("invited person's password", password);
    let accept =
        json!({ "token": token, "name": "Ines", "password": password, "token_delivery": "body" });
    for (path, body, status) in [
        ("show", json!({ "token": token }), 200),
        ("accept", accept.clone(), 201),
        ("accept", accept, 400),
    ] {
        let path = format!("/api/v1/invitations/{path}");
        let answer = post(canaries, &app.anyone(), &path, body).await;
        let answer = answer.assert(status);
        if status == 201 {
            tokens(canaries, &answer.body);
        }
    }
}

fn definition(secret: &str) -> Value {
    let edges = ["open", "signed", "hand"].map(|from| json!({ "from": from, "to": "ask" }));
    json!({
        "triggers": [
            { "id": "open", "type": "webhook", "config": {} },
            { "id": "signed", "type": "webhook",
              "config": { "signature": { "scheme": "hmac_sha256", "secret": secret } } },
            { "id": "hand", "type": "manual", "config": {} }
        ],
        "steps": [{ "id": "ask", "type": "approval", "name": "Ask", "config": {
            "title": "Go on?", "links": true, "assignee": { "role": "manager" },
            "form": { "type": "object", "properties": { "price": { "type": "integer" } } }
        } }],
        "edges": edges
    })
}

/// A workflow with hooks and approval links: its open hook's path, and a link's token.
pub(super) async fn hooks_and_links(
    app: &TestApp,
    acme: &Group,
    canaries: &Canaries,
) -> (String, String) {
    let secret = "canary-signing-secret-1234";
    canaries.plant("signing secret", secret);
    let body = json!({ "name": "Canary", "definition": definition(secret) });
    let made = post(canaries, &acme.admin, "/api/v1/workflows", body).await;
    let workflow = format!("/api/v1/workflows/{}", made.assert(201).text_of("/id"));
    let publish = format!("{workflow}/publish");
    let published = post(canaries, &acme.admin, &publish, json!({})).await;
    published.assert(201);
    let rotate = format!("{workflow}/triggers/open/rotate");
    let mut paths = Vec::new();
    for id in ["open", "signed"] {
        let view = acme.admin.get(&workflow).await.assert(200);
        let triggers = view.body["triggers"].as_array().unwrap();
        let url = triggers.iter().find(|t| t["id"] == id).unwrap()["url"].clone();
        let url = url.as_str().unwrap();
        canaries.plant("hook address", url.rsplit('/').next().unwrap());
        paths.push(url[url.find("/hooks/").unwrap()..].to_owned());
    }
    let body = json!({ "grace_days": 7 });
    let rotated = post(canaries, &acme.admin, &rotate, body).await.assert(200);
    let url = rotated.text_of("/url");
    canaries.plant("rotated hook address", url.rsplit('/').next().unwrap());
    deliveries(app, canaries, &paths[0], &paths[1]).await;
    let mail = tests::eventually("a mail with a link", || async {
        let mails = app.mail.to(INVITED);
        mails
            .into_iter()
            .find(|mail| mail.text.contains("/approve#token="))
    })
    .await;
    let (_, token) = mail.text.split_once("/approve#token=").unwrap();
    let token = token.split_whitespace().next().unwrap().to_owned();
    canaries.plant("approval link", &token);
    (paths[0].clone(), token)
}

/// Deliveries with secrets in their headers, taken and refused.
async fn deliveries(app: &TestApp, canaries: &Canaries, open: &str, signed: &str) {
    let headers = [
        ("Authorization", "Bearer canary-authorization-of-sender"),
        ("Cookie", "session=canary-cookie-of-sender"),
        ("X-Api-Key", "canary-api-key-of-sender"),
        ("X-Signature", "canary-signature-of-sender"),
    ];
    for (name, value) in headers {
        let secret = value.rsplit([' ', '=']).next().unwrap();
        canaries.plant(name, secret);
    }
    let anyone = app.anyone();
    for (method, path, body, status) in [
        (Method::POST, open.to_owned(), r#"{"n": 1}"#, 202),
        (Method::POST, open.to_owned(), "{\"n\":", 400),
        (Method::POST, open.to_owned(), "[]", 422),
        (Method::POST, signed.to_owned(), "{}", 401),
        (Method::POST, format!("{open}x"), "{}", 404),
        (Method::POST, format!("{open}/more"), "{}", 404),
        (Method::GET, open.to_owned(), "", 405),
        (
            Method::from_bytes(b"PROPFIND").unwrap(),
            open.to_owned(),
            "",
            405,
        ),
    ] {
        let mut request = anyone.request(method, &path).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        canaries.note(anyone.send(request).await).assert(status);
    }
    // With a letter encoded: refused, or taken; in either case not written down.
    let encoded = open.replace("/hooks/", "/%68ooks/");
    let request = anyone.request(Method::POST, &encoded).body("{}");
    canaries.note(anyone.send(request).await);
}

/// Links as mail programs and strangers open them, tokens that are none, secrets in wrong places.
pub(super) async fn strangers(app: &TestApp, canaries: &Canaries, hook: &str, approval: &str) {
    let anyone = app.anyone();
    canaries.note(anyone.get(&format!("/approve/{approval}")).await);
    canaries.note(
        anyone
            .get(&format!("/api/v1/approval-links/{approval}"))
            .await,
    );
    canaries.note(anyone.get(&format!("/problems/{approval}")).await);
    canaries.note(anyone.get(&format!("/api/v1/leads/{approval}")).await);
    canaries.note(
        anyone
            .get(&format!("/api/v1/leads?cursor={approval}"))
            .await,
    );
    canaries.note(anyone.get(&format!("{hook}?key={approval}")).await);
    let method = Method::from_bytes(approval.to_uppercase().as_bytes()).unwrap();
    canaries.note(anyone.send(anyone.request(method, "/health")).await);
    let show = "/api/v1/approval-links/show";
    let decide = "/api/v1/approval-links/decide";
    for (path, body, status) in [
        (show, json!({ "token": approval }), 200),
        (show, json!({ "token": format!("{approval}x") }), 400),
        (
            decide,
            json!({ "token": approval, "decision": "perhaps" }),
            422,
        ),
        (
            decide,
            json!({ "token": approval, "decision": "approved", "values": { "price": "x" } }),
            422,
        ),
        (
            decide,
            json!({ "token": approval, "decision": "approved", "values": { "price": 1 } }),
            200,
        ),
        (
            decide,
            json!({ "token": approval, "decision": "rejected" }),
            409,
        ),
    ] {
        let answer = post(canaries, &anyone, path, body).await;
        assert_eq!(answer.status, status, "{}: {}", answer.asked, answer.text);
    }
    let forged = "canary-forged-access-token";
    canaries.plant("forged access token", forged);
    let stranger = anyone.with_token(forged);
    canaries.note(stranger.get("/api/v1/me").await).assert(401);
    let cookie = "canary-forged-refresh-cookie";
    canaries.plant("forged cookie", cookie);
    let request = anyone
        .request(Method::POST, "/api/v1/auth/refresh")
        .header("Cookie", format!("__Host-auterity_refresh={cookie}"))
        .header("X-Auterity-Csrf", "1")
        .json(&json!({}));
    let answer = canaries.note(anyone.send(request).await);
    assert!((400..500).contains(&answer.status), "{}", answer.text);
}

/// Requests under a key, whose bodies name a customer.
pub(super) async fn idempotent(acme: &Group, canaries: &Canaries) {
    let ticket = post(canaries, &acme.admin, "/api/v1/socket-tickets", json!({})).await;
    let ticket = ticket.assert(201).text_of("/ticket");
    canaries.plant("socket ticket", &ticket);
    for ticket in [&ticket, &format!("{ticket}x")] {
        let path = format!("/socket?ticket={ticket}");
        canaries.note(acme.admin.get(&path).await);
    }
    let (key, customer) = ("canary-idempotency-key-1", "canary-customer-Patricia");
    canaries.plant("Idempotency-Key", key);
    canaries.plant("customer of an Idempotency-Key'd body", customer);
    let workflows = acme.admin.get("/api/v1/workflows").await.assert(200);
    let id = workflows.items()[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/workflows/{id}/executions");
    for (name, status) in [(customer, 202), (customer, 202), ("Somebody", 422)] {
        let request = acme.admin.request(Method::POST, &path);
        let request = request.header("Idempotency-Key", key);
        let body = json!({ "input": { "name": name } });
        let answer = acme.admin.send(request.json(&body)).await;
        canaries.note(answer).assert(status);
    }
    // What is not kept has no answer either: this one's would be a token.
    let request = acme.admin.request(Method::POST, "/api/v1/socket-tickets");
    let request = request.header("Idempotency-Key", key).json(&json!({}));
    let ticket = acme.admin.send(request).await.assert(201);
    canaries.plant("socket ticket under a key", &ticket.text_of("/ticket"));
}

/// The same while the database is away, so that errors of ours are logged with their causes.
pub(super) async fn without_database(
    app: &TestApp,
    acme: &Group,
    canaries: &Canaries,
    hook: &str,
    approval: &str,
) {
    app.close_database().await;
    let anyone = app.anyone();
    let password = "canary-password-without-database";
    canaries.plant("password without a database", password);
    let refresh = acme.admin.refresh_token.clone().unwrap();
    let login = json!({ "email": ADMIN, "password": password, "tenant": acme.slug });
    for (path, body) in [
        ("/api/v1/auth/login", login),
        ("/api/v1/auth/refresh", json!({ "refresh_token": refresh })),
        ("/api/v1/approval-links/show", json!({ "token": approval })),
        (
            "/api/v1/signup/show",
            json!({ "token": "canary-token-without-database" }),
        ),
        (hook, json!({ "n": 2 })),
    ] {
        let answer = post(canaries, &anyone, path, body).await;
        assert!(answer.status >= 500, "{}: {}", answer.asked, answer.text);
    }
    let member = acme.admin.get("/api/v1/me").await;
    canaries.note(member);
    app.open_database().await;
    let ready = || async { (acme.admin.get("/api/v1/leads").await.status == 200).then_some(()) };
    tests::eventually("the database being back", ready).await;
}
