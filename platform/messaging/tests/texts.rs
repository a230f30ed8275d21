//! The step type `sms.send` against a real database.
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
use chrono::{DateTime, Utc};
use platform_engine::registry::StepRegistry;
use platform_engine::step::{
    AfterCrash, EffectContext, EffectOutcome, EffectStep, StepContext, StepError, StepKind,
};
use platform_kernel::clock;
use platform_kernel::id::{LeadId, UserId};
use platform_kernel::ports::{
    CallError, Description, Fate, Handover, IncomingContact, IncomingLead, IncomingPhone,
    IncomingVehicle, Mailer, OutgoingMail, OutgoingText, SentMail, SentText, SmsSender,
};
use platform_messaging::Messaging;
use platform_records::intake::{self, Raw};
use policies::Role;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::Dealership;

/// Takes texts, or answers with the error given; found at the look given, if ever.
#[derive(Default)]
struct Phones {
    sent: Mutex<Vec<OutgoingText>>,
    fails: Option<CallError>,
    found_at: Option<usize>,
    looks: AtomicUsize,
}

fn taken(reference: &str) -> SentText {
    SentText {
        provider_reference: reference.to_owned(),
        segments: Some(1),
    }
}

#[async_trait]
impl SmsSender for Phones {
    async fn send(&self, text: &OutgoingText, mark: &dyn Handover) -> Result<SentText, CallError> {
        mark.mark().await?;
        if let Some(error) = &self.fails {
            return Err(error.clone());
        }
        self.sent.lock().unwrap().push(text.clone());
        Ok(taken("SM1"))
    }

    async fn find(
        &self,
        _: &OutgoingText,
        _: DateTime<Utc>,
    ) -> Result<Option<SentText>, CallError> {
        let look = self.looks.fetch_add(1, Ordering::SeqCst) + 1;
        Ok((Some(look) == self.found_at).then(|| taken("SM2")))
    }

    fn describe(&self) -> Description {
        Description {
            kind: "sms",
            adapter: "phones",
            name: "+15125550100".to_owned(),
            simulated: true,
        }
    }
}

struct NoMail;

#[async_trait]
impl Mailer for NoMail {
    async fn send(&self, _: &OutgoingMail, _: &dyn Handover) -> Result<SentMail, CallError> {
        Err(CallError::fatal("smtp_rejected", "no mail here"))
    }

    fn describe(&self) -> Description {
        Description {
            kind: "email",
            adapter: "none",
            name: "none".to_owned(),
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

fn registry(home: &Dealership, phones: Option<&Arc<Phones>>) -> StepRegistry {
    let messaging = Messaging {
        mailer: Arc::new(NoMail),
        texts: phones.map(|phones| Arc::clone(phones) as Arc<dyn SmsSender>),
        message_id_domain: "mail.example.com".to_owned(),
        bus: home.bus.clone(),
    };
    let mut registry = StepRegistry::new();
    messaging.register(&mut registry).unwrap();
    registry
}

fn step(home: &Dealership, phones: Option<&Arc<Phones>>) -> Arc<dyn EffectStep> {
    let registry = registry(home, phones);
    match registry.step("sms.send").unwrap().kind.clone() {
        StepKind::Effect(step) => step,
        _ => panic!("a text is an effect"),
    }
}

/// Does what the engine does with an effect.
async fn send(
    home: &Dealership,
    phones: &Arc<Phones>,
    context: &StepContext,
    config: Value,
) -> Result<EffectOutcome, CallError> {
    let step = step(home, Some(phones));
    let mut tx = home.tx().await;
    let intent = step.prepare(&mut tx, context, config).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((intent.kind.as_str(), intent.simulated), ("sms", true));
    assert_eq!(
        step.after_crash(&intent.request),
        AfterCrash::RepeatUnlessSending
    );
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
            phones: vec![IncomingPhone {
                number: "(512) 555-0123".to_owned(),
                ..IncomingPhone::default()
            }],
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

fn text(to: &str) -> Value {
    json!({ "to": to, "body": "Hi Ann,\nyour RAV4 is here." })
}

#[actix_web::test]
async fn a_text_to_the_customer_answers_the_lead() {
    let home = Dealership::open().await;
    let (id, phones) = (lead(&home).await, Arc::new(Phones::default()));
    let context = home.step(Some(id));
    let outcome = send(&home, &phones, &context, text("512.555.0123"))
        .await
        .unwrap();
    assert_eq!(outcome.provider_reference.as_deref(), Some("SM1"));
    assert_eq!(
        (&outcome.output["segments"], &outcome.output["to"]),
        (&json!(1), &json!("+15125550123"))
    );
    assert_eq!(phones.sent.lock().unwrap()[0].to, "+15125550123");
    let view = lead_view(&home, id).await;
    let message = &view["messages"][0];
    assert_eq!(
        (&message["channel"], &message["status"]),
        (&json!("sms"), &json!("sent"))
    );
    assert_eq!(message["text"], "Hi Ann,\nyour RAV4 is here.");
    assert_eq!(
        (&view["status"], &view["response_seconds"]),
        (&json!("contacted"), &json!(0))
    );
    let item = &view["timeline"][1];
    assert_eq!(item["title"], "Text sent to +15125550123");
    assert_eq!(item["detail"], "Hi Ann, your RAV4 is here.");
}

#[actix_web::test]
async fn a_text_to_somebody_else_is_kept_with_the_lead_but_is_no_answer() {
    let home = Dealership::open().await;
    let (id, phones) = (lead(&home).await, Arc::new(Phones::default()));
    send(&home, &phones, &home.step(Some(id)), text("512-555-0188"))
        .await
        .unwrap();
    let view = lead_view(&home, id).await;
    assert_eq!(
        (&view["status"], &view["messages"][0]["to"]),
        (&json!("new"), &json!("+15125550188"))
    );
}

#[actix_web::test]
async fn a_sending_without_an_answer_is_looked_for_before_anybody_is_asked() {
    let home = Dealership::open().await;
    let id = lead(&home).await;
    let lost = |found_at| {
        let error = CallError::unknown("sms_outcome_unknown", "no answer");
        Arc::new(Phones {
            fails: Some(error),
            found_at,
            ..Phones::default()
        })
    };
    let phones = lost(Some(2));
    let outcome = send(&home, &phones, &home.step(Some(id)), text("512-555-0123"))
        .await
        .unwrap();
    assert_eq!(outcome.provider_reference.as_deref(), Some("SM2"));
    let error = send(
        &home,
        &lost(None),
        &home.step(Some(id)),
        text("512-555-0123"),
    )
    .await
    .unwrap_err();
    assert_eq!(error.fate, Fate::Unknown);
    let view = lead_view(&home, id).await;
    assert_eq!(
        (
            &view["messages"][0]["status"],
            &view["messages"][1]["status"]
        ),
        (&json!("sent"), &json!("unknown"))
    );
    let titles: Vec<&str> = view["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["title"].as_str().unwrap())
        .collect();
    assert!(
        titles.contains(&"Text to +15125550123: whether it was sent is not known"),
        "{titles:?}"
    );
}

#[actix_web::test]
async fn a_text_whose_worker_was_lost_is_looked_for_at_the_provider() {
    let home = Dealership::open().await;
    let context = home.step(Some(lead(&home).await));
    for (found_at, reference, looks) in [(Some(2), Some("SM2"), 2), (None, None, 3)] {
        let phones = Arc::new(Phones {
            found_at,
            ..Phones::default()
        });
        let step = step(&home, Some(&phones));
        let mut tx = home.tx().await;
        let config = text("512-555-0123");
        let intent = step.prepare(&mut tx, &context, config).await.unwrap();
        let found = step.look_up(&context, &intent.request, clock::now()).await;
        let outcome = found.as_ref();
        assert_eq!(
            outcome.and_then(|outcome| outcome.provider_reference.as_deref()),
            reference
        );
        assert_eq!(
            outcome.map(|outcome| outcome.output["to"].clone()),
            reference.map(|_| json!("+15125550123"))
        );
        assert_eq!(phones.looks.load(Ordering::SeqCst), looks);
        assert!(phones.sent.lock().unwrap().is_empty());
    }
}

#[actix_web::test]
async fn one_who_answered_stop_is_not_texted_and_the_lead_says_so() {
    let home = Dealership::open().await;
    let id = lead(&home).await;
    let error = CallError::fatal(
        "sms_unsubscribed",
        "Attempt to send to unsubscribed recipient",
    );
    let phones = Arc::new(Phones {
        fails: Some(error),
        ..Phones::default()
    });
    let error = send(&home, &phones, &home.step(Some(id)), text("512-555-0123"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.fate, phones.looks.load(Ordering::SeqCst)),
        (Fate::Final, 0)
    );
    let view = lead_view(&home, id).await;
    assert_eq!(
        (&view["status"], &view["messages"][0]["status"]),
        (&json!("new"), &json!("failed"))
    );
}

#[actix_web::test]
async fn without_a_connected_number_the_step_says_so_and_writes_nothing() {
    let home = Dealership::open().await;
    let registry = registry(&home, None);
    let note = registry
        .step("sms.send")
        .unwrap()
        .info
        .simulated_note
        .clone();
    assert!(note.unwrap().contains("No phone number is connected"));
    let mut tx = home.tx().await;
    let context = home.step(None);
    let prepared = step(&home, None)
        .prepare(&mut tx, &context, text("512-555-0123"))
        .await;
    let error: StepError = prepared.unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.retryable),
        ("sms_not_connected", false)
    );
}

#[actix_web::test]
async fn literal_mistakes_are_found_before_publishing() {
    let home = Dealership::open().await;
    let registry = registry(&home, Some(&Arc::new(Phones::default())));
    let check = registry.step("sms.send").unwrap().info.check.unwrap();
    let pointers = |config: Value| {
        check(&config)
            .into_iter()
            .map(|f| f.pointer)
            .collect::<Vec<_>>()
    };
    assert!(pointers(text("512-555-0123")).is_empty());
    assert!(pointers(json!({ "to": { "$ref": "steps.x.output" }, "body": "x" })).is_empty());
    assert_eq!(
        pointers(json!({ "to": "Ann", "body": "a".repeat(1_601) })),
        ["/to", "/body"]
    );
}

#[actix_web::test]
async fn texts_go_to_ordinary_numbers_of_the_listed_countries() {
    let home = Dealership::open().await;
    let phones = Arc::new(Phones::default());
    let step = step(&home, Some(&phones));
    for number in [
        "+371 22345678",
        "+1 876 765 4321",
        "+1 809 523 4567",
        "+44 7911 123456",
        "+1 900 234 5678",
    ] {
        let mut tx = home.tx().await;
        let refused = step
            .prepare(&mut tx, &home.step(None), text(number))
            .await
            .unwrap_err();
        assert_eq!(refused.code, "sms_country_not_allowed", "{number}");
        assert!(!refused.retryable);
    }
    for number in ["+1 613 782 7274", "+1 512 666 7777"] {
        let mut tx = home.tx().await;
        let prepared = step.prepare(&mut tx, &home.step(None), text(number)).await;
        assert!(prepared.is_ok(), "{number}: {prepared:?}");
    }
}

/// What somebody who signed up a minute ago could cost.
#[actix_web::test]
async fn a_fresh_dealership_sends_as_many_texts_as_its_day_has() {
    let home = Dealership::open().await;
    let phones = Arc::new(Phones::default());
    let step = step(&home, Some(&phones));
    let mut sent = 0;
    for _ in 0..60 {
        let context = home.step(None);
        let mut tx = home.tx().await;
        match step.prepare(&mut tx, &context, text("512.555.0123")).await {
            Ok(_) => sent += 1,
            Err(refused) => {
                assert_eq!(refused.code, "limit_reached");
                assert!(refused.message.contains("50 texts"), "{}", refused.message);
            }
        }
        tx.commit().await.unwrap();
    }
    assert_eq!(sent, 50);
}
