use super::ai::{classify::Classify, extract::Extract, generate::Generate};
use super::testing::{ScriptedCaller, ScriptedModel, registry, reply};
use super::{http_request::Request, wait};
use crate::step::{
    AfterCrash, EffectContext, EffectOutcome, EffectStep, Report, Reported, StepContext, StepKind,
    StepOutput,
};
use async_trait::async_trait;
use chrono::DateTime;
use platform_kernel::id::{ExecutionId, GroupId, TenantId, WorkflowId};
use platform_kernel::ports::{CallError, ChatPurpose, ChatRole, Fate, Handover};
use platform_kernel::tenant::{TenantContext, TenantStatus};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub(crate) fn tenant() -> TenantContext {
    TenantContext {
        id: TenantId::new(),
        group_id: GroupId::new(),
        slug: "acme".into(),
        name: "Acme".into(),
        time_zone: "America/New_York".into(),
        status: TenantStatus::Active,
        auth_epoch: 0,
    }
}

fn context() -> StepContext {
    StepContext {
        tenant: tenant(),
        execution_id: ExecutionId::new(),
        workflow_id: WorkflowId::new(),
        step_id: "s".into(),
        attempt: 1,
        started_by: None,
        lead_id: None,
        trigger_type: "manual".into(),
        now: platform_kernel::clock::now(),
        key: "the-key".into(),
        report: Report::default(),
    }
}

#[derive(Default)]
struct Marks(AtomicU32);

#[async_trait]
impl Handover for Marks {
    async fn mark(&self) -> Result<(), CallError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

pub(super) async fn call(
    step: &dyn EffectStep,
    request: Value,
) -> (Result<EffectOutcome, CallError>, StepContext, u32) {
    let (context, marks) = (context(), Marks::default());
    let effect = EffectContext {
        step: &context,
        key: &context.key,
        handover: &marks,
        timeout: Duration::from_secs(5),
    };
    let result = step.call(&effect, &request).await;
    (result, context, marks.0.into_inner())
}

fn pure(type_: &str, config: Value) -> StepOutput {
    let registry = registry();
    let StepKind::Pure(step) = &registry.step(type_).unwrap().kind else {
        panic!("{type_} is not pure");
    };
    step.run(&context(), config, None).unwrap()
}

#[test]
fn transform_condition_and_switch_do_as_they_say() {
    assert_eq!(
        pure("transform", json!({"values": {"a": [1]}})),
        StepOutput::new(json!({"a": [1]}))
    );
    let yes = pure("condition", json!({"condition": true}));
    assert_eq!(
        (yes.port.as_deref(), yes.output),
        (Some("true"), json!({"result": true}))
    );
    let cases = json!([{"port": "a", "when": false}, {"port": "b", "equals": "x"}, {"port": "c", "when": true}]);
    let port = |value| {
        pure("switch", json!({"value": value, "cases": cases}))
            .port
            .unwrap()
    };
    assert_eq!(port(json!("x")), "b");
    assert_eq!(port(json!("y")), "c");
    let only = json!({"cases": [{"port": "a", "when": true, "equals": 1}]});
    assert_eq!(pure("switch", only).port.unwrap(), "default");
}

#[test]
fn wait_ends_after_a_while_or_at_a_time() {
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let after = |config| wait::until(&config, now).map(|at| (at - now).num_milliseconds());
    assert_eq!(after(json!({"duration_seconds": 1.5})), Ok(1_500));
    assert_eq!(
        after(json!({"until": (now + chrono::TimeDelta::hours(1)).to_rfc3339()})),
        Ok(3_600_000)
    );
    assert!(after(json!({"until": "tomorrow"})).is_err());
    assert!(after(json!({"until": "2999-01-01T00:00:00Z"})).is_err());
    assert!(after(json!({"duration_seconds": -1})).is_err());
}

#[tokio::test]
async fn an_answer_is_checked_against_the_schema_and_its_tokens_are_counted() {
    let model = Arc::new(ScriptedModel::default());
    let say = |text: &str| model.answers.lock().unwrap().push(Ok(text.to_owned()));
    say("```json\n{\"subject\": \"Hi\"}\n```");
    say("{\"subject\": 5}");
    say("I would rather not.");
    let step = Generate::new(Arc::clone(&model) as _);
    let request = json!({"prompt": "Write", "system": "Be kind",
        "output_schema": {"type": "object", "required": ["subject"], "properties": {"subject": {"type": "string"}}}});
    let (good, context, marks) = call(&step, request.clone()).await;
    let good = good.unwrap();
    assert_eq!(good.output, json!({"subject": "Hi"}));
    assert_eq!(good.provider_reference.as_deref(), Some("req_1"));
    assert_eq!(marks, 0);
    let reported = context.report.take();
    assert!(
        matches!(&reported[0], Reported::AiCall(call) if call.model == "scripted-1" && call.output_tokens == 3 && call.simulated)
    );
    for _ in 0..2 {
        let (bad, context, _) = call(&step, request.clone()).await;
        let error = bad.unwrap_err();
        assert_eq!((error.code, error.fate), ("ai_answer_invalid", Fate::Retry));
        assert!(
            matches!(context.report.take()[0], Reported::AiCall(_)),
            "a bad answer costs too"
        );
    }
    let asked = model.asked.lock().unwrap();
    assert_eq!(asked[0].messages[0].role, ChatRole::System);
    assert!(asked[0].schema.is_some());
}

#[tokio::test]
async fn what_a_model_does_not_take_is_said_in_the_log() {
    let model = Arc::new(ScriptedModel::default());
    model.answers.lock().unwrap().push(Ok("Hello".into()));
    let step = Generate::new(Arc::clone(&model) as _);
    let (_, context, _) = call(&step, json!({"prompt": "x", "temperature": 0.3})).await;
    let reported = context.report.take();
    assert!(
        matches!(&reported[0], Reported::AiCall(call) if call.cached_tokens == 2
            && call.reasoning_tokens == 1 && call.request_id.as_deref() == Some("req_1"))
    );
    assert!(matches!(&reported[2], Reported::Log(_, text, _) if text.contains("temperature")));
    assert_eq!(model.asked.lock().unwrap()[0].purpose, ChatPurpose::Writing);
}

#[test]
fn nothing_is_asked_about_nothing() {
    let model = Arc::new(ScriptedModel::default());
    let (labels, fields) = (
        json!([{"label": "a"}, {"label": "b"}]),
        json!([{"name": "a"}]),
    );
    for blank in ["", " \n", "\u{200b}\u{feff}", "\u{a0}\u{2800}"] {
        let refused = [
            Generate::new(model.clone()).intend(&context(), json!({"prompt": blank})),
            Classify::new(model.clone())
                .intend(&context(), json!({"text": blank, "labels": labels})),
            Extract::new(model.clone())
                .intend(&context(), json!({"text": blank, "fields": fields})),
        ];
        for refused in refused {
            assert_eq!(refused.unwrap_err().code, "text_missing", "{blank:?}");
        }
    }
}

#[tokio::test]
async fn without_a_schema_an_answer_is_text() {
    let model = Arc::new(ScriptedModel::default());
    model.answers.lock().unwrap().push(Ok("Hello".into()));
    model.answers.lock().unwrap().push(Ok("  ".into()));
    let step = Generate::new(model);
    assert_eq!(
        call(&step, json!({"prompt": "x"})).await.0.unwrap().output,
        json!({"text": "Hello"})
    );
    assert_eq!(
        call(&step, json!({"prompt": "x"}))
            .await
            .0
            .unwrap_err()
            .code,
        "ai_answer_invalid"
    );
    assert_eq!(step.after_crash(&json!({})), AfterCrash::Repeat);
}

#[tokio::test]
async fn a_label_is_one_of_those_given() {
    let model = Arc::new(ScriptedModel::default());
    let say = |answer: Value| model.answers.lock().unwrap().push(Ok(answer.to_string()));
    say(json!({"label": "sales", "confidence": 0.9, "reason": "Asks for a price."}));
    say(json!({"label": "other", "confidence": 0.9, "reason": "?"}));
    say(json!({"labels": ["service", "sales"], "confidence": 0.7, "reason": "Both."}));
    say(json!({"labels": [], "confidence": 1, "reason": "Neither."}));
    let step = Classify::new(Arc::clone(&model) as _);
    let labels = json!([{"label": "sales", "description": "Wants to buy"}, {"label": "service"}]);
    let one = json!({"text": "What does it cost?", "labels": labels, "instructions": "Be strict."});
    let good = call(&step, one.clone()).await.0.unwrap().output;
    assert_eq!(
        (&good["label"], &good["labels"]),
        (&json!("sales"), &json!(["sales"]))
    );
    let (bad, context, _) = call(&step, one.clone()).await;
    let error = bad.unwrap_err();
    assert_eq!((error.code, error.fate), ("ai_answer_invalid", Fate::Retry));
    assert!(matches!(context.report.take()[0], Reported::AiCall(_)));
    let mut several = one;
    several["multi"] = json!(true);
    let good = call(&step, several.clone()).await.0.unwrap().output;
    assert_eq!(
        (&good["label"], &good["labels"]),
        (&json!("service"), &json!(["service", "sales"]))
    );
    let none = call(&step, several).await.0.unwrap().output;
    assert_eq!(
        (&none["label"], &none["labels"]),
        (&Value::Null, &json!([]))
    );
    let asked = model.asked.lock().unwrap();
    let system = &asked[0].messages[0].content;
    assert!(system.contains("- sales (Wants to buy)") && system.ends_with("Be strict."));
    assert_eq!(asked[0].messages[1].content, "What does it cost?");
}

#[tokio::test]
async fn fields_are_found_as_they_are_described() {
    let model = Arc::new(ScriptedModel::default());
    let say = |answer: Value| model.answers.lock().unwrap().push(Ok(answer.to_string()));
    say(json!({"vin": "1HGCM82633A004352", "miles": null}));
    say(json!({"vin": null, "miles": 3}));
    say(json!({"when": 7}));
    let step = Extract::new(Arc::clone(&model) as _);
    let config = json!({"text": "…", "fields": [
        {"name": "vin", "description": "17 characters", "required": true},
        {"name": "miles", "type": "integer"}]});
    let good = call(&step, config.clone()).await.0.unwrap().output;
    assert_eq!(good, json!({"vin": "1HGCM82633A004352", "miles": null}));
    assert_eq!(
        call(&step, config).await.0.unwrap_err().code,
        "ai_answer_invalid"
    );
    let schema = json!({"type": "object", "properties": {"when": {"type": "integer"}}});
    let by_schema = json!({"text": "…", "output_schema": schema});
    assert_eq!(
        call(&step, by_schema).await.0.unwrap().output,
        json!({"when": 7})
    );
    let neither = call(&step, json!({"text": "…"})).await.0.unwrap_err();
    assert_eq!(
        (neither.code, neither.fate),
        ("config_invalid", Fate::Final)
    );
}

#[test]
fn what_a_schema_cannot_say_about_asking_is_found_too() {
    let registry = registry();
    let places = |type_: &str, config: Value| -> Vec<String> {
        let check = registry.step(type_).unwrap().info.check.unwrap();
        check(&config)
            .into_iter()
            .map(|fault| fault.pointer)
            .collect()
    };
    let twice = json!({"text": "x", "labels": [{"label": "a"}, {"label": "b"}, {"label": "a"}]});
    assert_eq!(places("ai.classify", twice), ["/labels/2/label"]);
    assert_eq!(places("ai.extract", json!({"text": "x"})), ["/fields"]);
    let both = json!({"text": "x", "fields": [{"name": "a"}], "output_schema": {"type": "object"}});
    assert_eq!(places("ai.extract", both), ["/output_schema"]);
    let twice = json!({"text": "x", "fields": [{"name": "a"}, {"name": "a"}]});
    assert_eq!(places("ai.extract", twice), ["/fields/1/name"]);
    assert_eq!(
        places(
            "ai.extract",
            json!({"text": "x", "output_schema": {"type": 7}})
        ),
        ["/output_schema"]
    );
}

#[tokio::test]
async fn a_request_carries_its_key_and_marks_what_may_not_be_repeated() {
    let caller = Arc::new(ScriptedCaller::default());
    let step = Request::new(Arc::clone(&caller) as _);
    let (got, _, marks) = call(&step, json!({"url": "https://example.com/a"})).await;
    assert_eq!(got.unwrap().output["body"], json!({}));
    assert_eq!(marks, 0);
    let post = json!({"method": "POST", "url": "https://example.com/a", "body": {"a": 1}});
    assert_eq!(call(&step, post.clone()).await.2, 1);
    let sent = caller.called.lock().unwrap().pop().unwrap();
    assert!(
        sent.headers
            .contains(&("Idempotency-Key".into(), "the-key".into()))
    );
    assert!(
        sent.headers
            .contains(&("Content-Type".into(), "application/json".into()))
    );
    assert_eq!(sent.body.as_deref(), Some(b"{\"a\":1}".as_slice()));
    assert_eq!(step.after_crash(&post), AfterCrash::RepeatUnlessSending);
    assert_eq!(
        step.after_crash(&json!({"url": "https://x", "method": "POST", "idempotent": true})),
        AfterCrash::Repeat
    );
    assert_eq!(
        step.after_crash(&json!({"url": "https://x"})),
        AfterCrash::Repeat
    );
}

#[tokio::test]
async fn an_error_status_fails_the_step_unless_told_otherwise() {
    let caller = Arc::new(ScriptedCaller::default());
    let answer = |status| {
        caller
            .replies
            .lock()
            .unwrap()
            .push(Ok(reply(status, "{\"e\":1}")))
    };
    [404, 429, 404].into_iter().for_each(answer);
    let step = Request::new(Arc::clone(&caller) as _);
    let request = json!({"url": "https://example.com/"});
    let gone = call(&step, request.clone()).await.0.unwrap_err();
    assert_eq!((gone.code, gone.fate), ("http_status", Fate::Final));
    let busy = call(&step, request).await.0.unwrap_err();
    assert_eq!(
        (busy.fate, busy.retry_after),
        (Fate::Retry, Some(Duration::from_secs(7)))
    );
    let kept = call(
        &step,
        json!({"url": "https://example.com/", "fail_on_status": false}),
    )
    .await
    .0
    .unwrap();
    assert_eq!(
        (&kept.output["status"], &kept.output["body"]),
        (&json!(404), &json!({"e": 1}))
    );
}

#[test]
fn every_core_type_introduces_itself() {
    let registry = registry();
    let types: Vec<_> = registry.steps().map(|info| info.type_).collect();
    assert_eq!(
        types,
        [
            "ai.classify",
            "ai.extract",
            "ai.generate",
            "condition",
            "for_each",
            "http.request",
            "join",
            "parallel",
            "set_variables",
            "stop",
            "switch",
            "transform",
            "wait"
        ]
    );
    assert!(
        registry
            .steps()
            .all(|info| !info.name.is_empty() && info.output_schema.is_object())
    );
    assert_eq!(registry.triggers().count(), 3);
}
