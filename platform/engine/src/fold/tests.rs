use super::*;
use crate::event::Settlement;
use crate::step::AiCall;
use serde_json::json;

fn event(seq: i64, step: Option<&str>, body: EventBody) -> Event {
    Event {
        seq,
        at: DateTime::from_timestamp(1_800_000_000 + seq, 0).unwrap(),
        step_id: step.map(str::to_owned),
        attempt: None,
        body,
    }
}

fn failed(will_retry: bool, port: Option<&str>) -> EventBody {
    EventBody::StepFailed {
        error: Failure::new("boom", "It broke."),
        will_retry,
        port: port.map(str::to_owned),
    }
}

#[test]
fn a_run_goes_from_queued_to_succeeded() {
    let mut state = State::default();
    assert_eq!(state.status(), ExecutionStatus::Queued);
    state.apply(&event(2, None, EventBody::ExecutionStarted {}));
    state.apply(&event(
        3,
        Some("a"),
        EventBody::StepStarted { input: json!(1) },
    ));
    assert_eq!(state.status(), ExecutionStatus::Running);
    let at = DateTime::from_timestamp(1_900_000_000, 0).unwrap();
    state.apply(&event(4, Some("a"), EventBody::TimerSet { at }));
    assert_eq!(state.status(), ExecutionStatus::Waiting);
    assert_eq!(state.step("a").unwrap().wake_at, Some(at));
    state.apply(&event(7, Some("a"), EventBody::TimerFired {}));
    state.apply(&event(
        8,
        Some("a"),
        EventBody::StepSucceeded {
            output: json!(2),
            port: "out".into(),
        },
    ));
    state.apply(&event(
        9,
        None,
        EventBody::ExecutionSucceeded {
            output: json!({"a": 2}),
        },
    ));
    assert_eq!(state.status(), ExecutionStatus::Succeeded);
    assert_eq!(state.last_seq, 9);
    assert_eq!(state.step("a").unwrap().output, Some(json!(2)));
}

#[test]
fn only_a_failure_that_nothing_handles_is_the_runs() {
    let handled = State::of(&[event(1, Some("a"), failed(false, Some("error")))]);
    assert_eq!(handled.error, None);
    assert_eq!(handled.step("a").unwrap().port.as_deref(), Some("error"));
    let retried = State::of(&[event(1, Some("a"), failed(true, None))]);
    assert_eq!(
        (retried.error, retried.steps["a"].status),
        (None, StepStatus::Retrying)
    );
    let fatal = State::of(&[event(1, Some("a"), failed(false, None))]);
    assert_eq!(fatal.error.unwrap().code, "boom");
}

#[test]
fn an_unknown_effect_waits_for_a_person() {
    let error = Failure::new("connection_lost", "No answer.");
    let mut state = State::of(&[
        event(1, None, EventBody::ExecutionStarted {}),
        event(2, Some("a"), EventBody::StepStarted { input: json!({}) }),
        event(
            3,
            Some("a"),
            EventBody::EffectIntended {
                key: "k".into(),
                kind: "email".into(),
                summary: "Mail".into(),
                simulated: false,
            },
        ),
        event(
            4,
            Some("a"),
            EventBody::EffectUnknown {
                key: "k".into(),
                error,
            },
        ),
    ]);
    assert_eq!(state.status(), ExecutionStatus::Waiting);
    assert_eq!(
        state.steps["a"].effect,
        Some(("k".into(), EffectState::Unknown))
    );
    state.apply(&event(
        5,
        Some("a"),
        EventBody::EffectSettled {
            key: "k".into(),
            outcome: Settlement::Sent,
        },
    ));
    assert_eq!(
        state.steps["a"].effect,
        Some(("k".into(), EffectState::Confirmed))
    );
}

#[test]
fn taking_over_counts_until_the_run_comes_forward() {
    let mut state = State::default();
    for seq in 1..=3 {
        state.apply(&event(seq, None, EventBody::LeaseTaken { epoch: seq }));
    }
    assert_eq!(state.takeovers, 3);
    state.apply(&event(4, Some("a"), EventBody::StepSkipped {}));
    assert_eq!(state.takeovers, 0);
}

#[test]
fn every_event_survives_its_columns() {
    let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let failure = || Failure::new("c", "m");
    let bodies = [
        EventBody::ExecutionAccepted {
            trigger_id: "t".into(),
            trigger_type: "manual".into(),
            trace: Some(platform_kernel::trace::Trace::start()),
        },
        EventBody::ExecutionStarted {},
        EventBody::StepStarted {
            input: json!({"a": 1}),
        },
        EventBody::StepSucceeded {
            output: json!([1]),
            port: "out".into(),
        },
        failed(true, None),
        EventBody::RetryScheduled { at },
        EventBody::StepSkipped {},
        EventBody::TimerSet { at },
        EventBody::TimerFired {},
        EventBody::EffectIntended {
            key: "k".into(),
            kind: "ai".into(),
            summary: "s".into(),
            simulated: true,
        },
        EventBody::EffectConfirmed {
            key: "k".into(),
            provider_ref: Some("r".into()),
        },
        EventBody::EffectFailed {
            key: "k".into(),
            error: failure(),
        },
        EventBody::EffectUnknown {
            key: "k".into(),
            error: failure(),
        },
        EventBody::EffectSettled {
            key: "k".into(),
            outcome: Settlement::NotSent,
        },
        EventBody::AiCall(AiCall {
            model: "m".into(),
            input_tokens: 1,
            output_tokens: 2,
            simulated: true,
            ..AiCall::default()
        }),
        EventBody::LeaseTaken { epoch: 2 },
        EventBody::CancelRequested { reason: None },
        EventBody::ExecutionSucceeded { output: json!({}) },
        EventBody::ExecutionFailed { error: failure() },
        EventBody::ExecutionCancelled {
            reason: Some("why".into()),
        },
    ];
    for body in bodies {
        let (kind, data) = body.to_columns().unwrap();
        assert!(data.is_object(), "{kind}");
        assert_eq!(EventBody::from_columns(&kind, data).unwrap(), body);
    }
}
