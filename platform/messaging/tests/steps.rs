//! The step types `email.send` and `notify`, and the routes of notifications, against a real
//! database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    reason = "tests may fail loudly"
)]

#[path = "../../records/tests/support/mod.rs"]
mod support;

use actix_web::http::Method;
use async_trait::async_trait;
use platform_engine::registry::StepRegistry;
use platform_engine::step::{
    EffectContext, EffectIntent, EffectOutcome, EffectStep, StepContext, StepError, StepKind,
};
use platform_kernel::clock;
use platform_kernel::id::{LeadId, UserId};
use platform_kernel::ports::{
    CallError, Description, Handover, IncomingContact, IncomingLead, IncomingVehicle, Mailer,
    OutgoingMail, SentMail,
};
use platform_messaging::Messaging;
use platform_records::intake::{self, Raw};
use policies::Role;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::Dealership;

/// Takes mails, or answers with the error given.
#[derive(Default)]
struct Outbox {
    sent: Mutex<Vec<OutgoingMail>>,
    fails: Option<CallError>,
}

#[async_trait]
impl Mailer for Outbox {
    async fn send(
        &self,
        mail: &OutgoingMail,
        handover: &dyn Handover,
    ) -> Result<SentMail, CallError> {
        handover.mark().await?;
        if let Some(error) = &self.fails {
            return Err(error.clone());
        }
        self.sent.lock().unwrap().push(mail.clone());
        Ok(SentMail {
            provider_reference: "250 queued".to_owned(),
        })
    }

    fn describe(&self) -> Description {
        Description {
            kind: "email",
            adapter: "outbox",
            name: "the outbox".to_owned(),
            simulated: true,
        }
    }
}

struct NoMark;

#[async_trait]
impl Handover for NoMark {
    async fn mark(&self) -> Result<(), CallError> {
        Ok(())
    }
}

fn registry(home: &Dealership, mailer: &Arc<Outbox>) -> StepRegistry {
    let messaging = Messaging {
        mailer: Arc::clone(mailer) as Arc<dyn Mailer>,
        texts: None,
        message_id_domain: "mail.example.com".to_owned(),
        bus: home.bus.clone(),
    };
    let mut registry = StepRegistry::new();
    messaging.register(&mut registry).unwrap();
    registry
}

fn email_step(home: &Dealership, mailer: &Arc<Outbox>) -> Arc<dyn EffectStep> {
    match registry(home, mailer)
        .step("email.send")
        .unwrap()
        .kind
        .clone()
    {
        StepKind::Effect(step) => step,
        _ => panic!("a mail is an effect"),
    }
}

async fn prepare(
    home: &Dealership,
    step: &Arc<dyn EffectStep>,
    context: &StepContext,
    config: Value,
) -> Result<EffectIntent, StepError> {
    let mut tx = home.tx().await;
    let intent = step.prepare(&mut tx, context, config).await?;
    tx.commit().await.unwrap();
    Ok(intent)
}

/// Does what the engine does with an effect.
async fn send(
    home: &Dealership,
    mailer: &Arc<Outbox>,
    context: &StepContext,
    config: Value,
) -> Result<EffectOutcome, CallError> {
    let step = email_step(home, mailer);
    let intent = prepare(home, &step, context, config).await.unwrap();
    let effect = EffectContext {
        step: context,
        key: &context.key,
        handover: &NoMark,
        timeout: Duration::from_secs(5),
    };
    let result = step.call(&effect, &intent.request).await;
    let mut tx = home.tx().await;
    step.record(&mut tx, context, &intent.request, result.as_ref())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    result
}

async fn lead(home: &Dealership) -> LeadId {
    let incoming = IncomingLead {
        customer: Some(IncomingContact {
            full_name: Some("Ann Lee".to_owned()),
            email: Some("ann@example.com".to_owned()),
            ..IncomingContact::default()
        }),
        vehicles: vec![IncomingVehicle {
            model: Some("RAV4".to_owned()),
            ..IncomingVehicle::default()
        }],
        ..IncomingLead::default()
    };
    let raw = Raw {
        body: b"{}",
        content_type: None,
    };
    let mut tx = home.tx().await;
    let stored = intake::store(&mut tx, &incoming, raw, clock::now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    stored.lead_id
}

async fn lead_view(home: &Dealership, id: LeadId) -> Value {
    let manager = (Role::Manager, UserId::new());
    let path = format!("/api/v1/leads/{id}");
    home.call(
        platform_records::configure,
        manager,
        (Method::GET, &path),
        None,
    )
    .await
    .1
}

fn mail(to: &str) -> Value {
    json!({ "to": to, "to_name": "Ann", "subject": "Your RAV4", "text": "Hi <Ann>,\n\nit is here." })
}

#[actix_web::test]
async fn a_mail_to_the_customer_answers_the_lead() {
    let home = Dealership::open().await;
    let (id, outbox) = (lead(&home).await, Arc::new(Outbox::default()));
    let mut news = home.bus.subscribe();
    let outcome = send(
        &home,
        &outbox,
        &home.step(Some(id)),
        mail("Ann@Example.com"),
    )
    .await
    .unwrap();
    assert_eq!(outcome.provider_reference.as_deref(), Some("250 queued"));
    let sent = outbox.sent.lock().unwrap()[0].clone();
    assert_eq!(
        (sent.to.as_str(), sent.from_name.as_deref()),
        ("ann@example.com", Some("Acme Motors"))
    );
    assert!(sent.html.unwrap().contains("Hi &lt;Ann&gt;,"));
    assert!(sent.message_id.ends_with("@mail.example.com"));
    let view = lead_view(&home, id).await;
    assert_eq!(
        (&view["status"], &view["messages"][0]["status"]),
        (&json!("contacted"), &json!("sent"))
    );
    assert_eq!(view["response_seconds"], 0);
    assert_eq!(
        view["timeline"][1]["title"],
        "E-mail sent to ann@example.com"
    );
    assert!(view["messages"][0]["sent_at"].is_string());
    let told = tokio::time::timeout(Duration::from_secs(5), news.recv())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        told.message.data,
        json!({ "id": id, "status": "contacted" })
    );
}

#[actix_web::test]
async fn a_mail_to_somebody_else_is_kept_with_the_lead_but_is_no_answer() {
    let home = Dealership::open().await;
    let (id, outbox) = (lead(&home).await, Arc::new(Outbox::default()));
    send(
        &home,
        &outbox,
        &home.step(Some(id)),
        mail("manager@example.org"),
    )
    .await
    .unwrap();
    let view = lead_view(&home, id).await;
    assert_eq!(
        (&view["status"], &view["first_response_at"]),
        (&json!("new"), &Value::Null)
    );
    assert_eq!(view["messages"][0]["to"], "manager@example.org");
    let mut said_so = mail("manager@example.org");
    said_so["lead_id"] = json!(id);
    send(&home, &outbox, &home.step(None), said_so)
        .await
        .unwrap();
    assert_eq!(lead_view(&home, id).await["status"], "contacted");
}

#[actix_web::test]
async fn a_mail_that_failed_or_may_have_gone_says_so() {
    let home = Dealership::open().await;
    let id = lead(&home).await;
    let failing = |error| {
        Arc::new(Outbox {
            fails: Some(error),
            ..Outbox::default()
        })
    };
    let rejected = failing(CallError::fatal("smtp_rejected", "no such mailbox"));
    send(
        &home,
        &rejected,
        &home.step(Some(id)),
        mail("ann@example.com"),
    )
    .await
    .unwrap_err();
    let lost = failing(CallError::unknown("smtp_lost", "the connection broke"));
    let context = home.step(Some(id));
    send(&home, &lost, &context, mail("ann@example.com"))
        .await
        .unwrap_err();
    let view = lead_view(&home, id).await;
    assert_eq!(
        (
            &view["messages"][0]["status"],
            &view["messages"][1]["status"]
        ),
        (&json!("failed"), &json!("unknown"))
    );
    assert_eq!(view["status"], "new");
    let settled = EffectOutcome::default();
    let step = email_step(&home, &Arc::new(Outbox::default()));
    let intent = prepare(&home, &step, &context, mail("ann@example.com"))
        .await
        .unwrap();
    let mut tx = home.tx().await;
    step.record(&mut tx, &context, &intent.request, Ok(&settled))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let view = lead_view(&home, id).await;
    assert_eq!(
        view["messages"].as_array().unwrap().len(),
        2,
        "one row for one effect"
    );
    assert_eq!(
        (&view["messages"][1]["status"], &view["status"]),
        (&json!("sent"), &json!("contacted"))
    );
}

#[actix_web::test]
async fn what_cannot_be_sent_is_refused_before_anything_is_written() {
    let home = Dealership::open().await;
    let step = email_step(&home, &Arc::new(Outbox::default()));
    for (config, code) in [
        (mail("ann@example.com, bob@example.com"), "invalid_address"),
        (
            json!({ "to": "ann@example.com", "subject": "Hi" }),
            "body_missing",
        ),
        (
            json!({ "to": "ann@example.com", "subject": "Hi", "text": "x", "reply_to": "me" }),
            "invalid_address",
        ),
        (
            json!({ "to": "ann@example.com", "subject": "Hi", "text": "x", "lead_id": LeadId::new() }),
            "unknown_lead",
        ),
    ] {
        let error = prepare(&home, &step, &home.step(None), config)
            .await
            .unwrap_err();
        assert_eq!((error.code.as_str(), error.retryable), (code, false));
    }
    let intent = prepare(&home, &step, &home.step(None), mail("ann@example.com"))
        .await
        .unwrap();
    assert_eq!((intent.kind.as_str(), intent.simulated), ("email", true));
}

#[actix_web::test]
async fn html_made_of_what_a_stranger_wrote_runs_submits_and_loads_nothing() {
    let home = Dealership::open().await;
    let mailer = Arc::new(Outbox::default());
    let comment = "</p><a href=\"https://evil.example/login\">Your Auterity session expired, sign in</a>\
                   <a href=\"javascript:alert(1)\">here</a><img src=http://evil.example/p.gif>\
                   <form action=\"https://evil.example\"><input name=password></form>\
                   <script>alert(1)</script><style>p{background:url(https://evil.example)}</style>\
                   <p style=\"position:fixed;background:url(https://evil.example/x)\" onclick=x>Bye</p>";
    let config = json!({
        "to": "staff@acme.example", "subject": "New lead", "html": format!("<p>{comment}</p>"),
    });
    send(&home, &mailer, &home.step(None), config)
        .await
        .unwrap();
    let sent = mailer.sent.lock().unwrap().pop().unwrap();
    let html = sent.html.unwrap();
    for part in [
        "javascript",
        "<form",
        "<input",
        "script",
        "style",
        "onclick",
        "http://",
        "url(",
    ] {
        assert!(!html.contains(part), "{part}: {html}");
    }
    assert!(html.contains("<p>Bye</p>"), "{html}");
    assert!(
        sent.text.contains("sign in (https://evil.example/login)"),
        "where a link leads is seen: {}",
        sent.text
    );
}

async fn notify(
    home: &Dealership,
    context: &StepContext,
    config: Value,
) -> Result<Value, StepError> {
    let registry = registry(home, &Arc::new(Outbox::default()));
    let StepKind::Transactional(step) = registry.step("notify").unwrap().kind.clone() else {
        panic!("it writes rows");
    };
    let mut tx = home.tx().await;
    let done = step.run(&mut tx, context, config).await?;
    tx.commit().await.unwrap();
    Ok(done.output)
}

async fn call(home: &Dealership, user: UserId, method: Method, path: &str) -> (u16, Value) {
    home.call(
        platform_messaging::configure,
        (Role::User, user),
        (method, path),
        None,
    )
    .await
}

#[actix_web::test]
async fn a_role_is_notified_once_for_each_step_and_reads_its_own() {
    let home = Dealership::open().await;
    let (alice, bob) = (
        home.member("manager", "Alice").await,
        home.member("manager", "Bob").await,
    );
    let admin = home.member("dealership_admin", "Admin").await;
    let mut news = home.bus.subscribe();
    let context = home.step(Some(LeadId::new()));
    let config = json!({ "audience": "manager", "title": "A lead\nwaits", "body": "Ann Lee", "severity": "warning" });
    let output = notify(&home, &context, config.clone()).await.unwrap();
    assert_eq!(output["notified"], 2);
    notify(&home, &context, config).await.unwrap();
    let told = tokio::time::timeout(Duration::from_secs(5), news.recv())
        .await
        .unwrap()
        .unwrap();
    let told = platform_messaging::live::for_sockets(&told.message);
    assert_eq!(told.topic, "notifications");
    assert!([Some(alice), Some(bob)].contains(&told.user_id));
    let unread = "/api/v1/notifications?unread=true";
    let (status, page) = call(&home, alice, Method::GET, unread).await;
    assert_eq!(status, 200);
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "told once");
    let item = &page["items"][0];
    assert_eq!(
        (&item["title"], &item["severity"]),
        (&json!("A lead waits"), &json!("warning"))
    );
    assert_eq!(item["link"], format!("/leads/{}", context.lead_id.unwrap()));
    let read = format!(
        "/api/v1/notifications/{}/read",
        item["id"].as_str().unwrap()
    );
    assert_eq!(
        call(&home, bob, Method::POST, &read).await.0,
        404,
        "somebody else's"
    );
    assert_eq!(call(&home, alice, Method::POST, &read).await.0, 204);
    assert_eq!(
        call(&home, alice, Method::POST, &read).await.0,
        204,
        "again"
    );
    assert_eq!(
        call(&home, alice, Method::GET, unread).await.1["items"],
        json!([])
    );
    assert_eq!(
        call(&home, bob, Method::POST, "/api/v1/notifications/read-all")
            .await
            .0,
        204
    );
    assert_eq!(
        call(&home, bob, Method::GET, unread).await.1["items"],
        json!([])
    );
    assert_eq!(
        call(&home, admin, Method::GET, unread).await.1["items"],
        json!([])
    );
}

#[actix_web::test]
async fn named_persons_are_notified_only_where_they_work() {
    let home = Dealership::open().await;
    let admin = home.member("dealership_admin", "Admin").await;
    let named = json!({ "user_ids": [admin, UserId::new(), "nonsense"], "title": "Hi", "link": "/workflows" });
    assert_eq!(
        notify(&home, &home.step(None), named).await.unwrap()["user_ids"],
        json!([admin])
    );
    let nobody = json!({ "audience": "manager", "title": "Hi" });
    let output = notify(&home, &home.step(None), nobody).await.unwrap();
    assert_eq!(output["user_ids"], json!([admin]), "the admins stand in");
    for link in [
        "javascript:alert(1)",
        "//evil.example",
        "http://x.example",
        "/\\evil",
    ] {
        let config = json!({ "audience": "manager", "title": "Hi", "link": link });
        assert_eq!(
            notify(&home, &home.step(None), config)
                .await
                .unwrap_err()
                .code,
            "link_refused"
        );
    }
    let error = notify(&home, &home.step(None), json!({ "title": "Hi" }))
        .await
        .unwrap_err();
    assert_eq!(error.code, "audience_missing");
}
