use super::*;
use crate::expression::Scope;
use serde_json::{Map, json};

fn scope(trigger: Value) -> Scope {
    let mut values = Map::new();
    values.insert("trigger".to_owned(), trigger);
    Scope::from_values(values)
}

/// What keeps a thread busy for longer than any request should wait.
fn heavy() -> (Value, Scope) {
    let items: Vec<Value> = (0..3_000)
        .map(|n| json!({"n": n, "t": "x".repeat(50)}))
        .collect();
    let expression =
        json!({"$cel": "trigger.items.filter(i, i.t.contains('y') || i.n > 1).size()"});
    (expression, scope(json!({ "items": items })))
}

/// The runtime has one thread: while that evaluates, nothing else happens.
#[tokio::test]
async fn other_work_goes_on_while_a_heavy_expression_is_evaluated() {
    let (expression, scope) = heavy();
    let evaluated = resolve(
        TenantId::new(),
        Waits::AsLongAsNeeded,
        &expression,
        (&scope).into(),
        &[],
    );
    let mut evaluated = std::pin::pin!(evaluated);
    let mut turns = 0;
    let result = loop {
        tokio::select! {
            biased;
            result = &mut evaluated => break result,
            () = tokio::task::yield_now() => turns += 1,
        }
    };
    assert_eq!(result, Ok(json!(2_998)));
    assert!(turns > 0, "the evaluation held the thread");
}

#[tokio::test]
async fn light_expressions_are_done_when_they_are_asked_for() {
    let scope = scope(json!({"count": 3}));
    let light = resolve(
        TenantId::new(),
        Waits::Briefly,
        &json!({"$tpl": "{{ trigger.count }} of {{ trigger.count + 1 }}"}),
        (&scope).into(),
        &[],
    );
    let mut light = std::pin::pin!(light);
    let polled = futures_util::poll!(&mut light);
    assert_eq!(polled, std::task::Poll::Ready(Ok(json!("3 of 4"))));
}

#[tokio::test]
async fn a_dealership_evaluates_one_thing_at_a_time_and_the_others_go_on() {
    let (busy, other) = (TenantId::new(), TenantId::new());
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let first = run(busy, Waits::AsLongAsNeeded, move || wait.recv().is_ok());
    let mut first = std::pin::pin!(first);
    while Share::of(busy).turn.available_permits() > 0 {
        assert!(futures_util::poll!(&mut first).is_pending());
    }
    let refused = run(busy, Waits::Briefly, || ());
    assert_eq!(refused.await, Err(Refused::Busy));
    // Another dealership has a turn of its own; where there is one thread only, it comes next.
    assert_eq!(Share::of(other).turn.available_permits(), 1);
    release.send(()).unwrap();
    assert_eq!(first.await, Ok(true));
    assert_eq!(run(other, Waits::Briefly, || 7).await, Ok(7));
}

#[tokio::test]
async fn who_used_up_the_share_waits_for_it() {
    let share = Share::new();
    assert_eq!(share.wait(), Duration::ZERO);
    share.charge(Duration::from_secs(2));
    let wait = share.wait();
    assert!(wait > Duration::from_secs(5), "{wait:?}");
    assert!(wait <= Duration::from_secs(6), "{wait:?}");
}

#[tokio::test]
async fn what_breaks_off_is_an_error_of_its_own_caller() {
    let tenant = TenantId::new();
    let broken = run(tenant, Waits::Briefly, || -> () {
        panic!("an interpreter's fault")
    });
    assert_eq!(broken.await, Err(Refused::BrokeOff));
    assert_eq!(run(tenant, Waits::Briefly, || 1).await, Ok(1));
}

#[test]
fn a_schema_with_a_pattern_is_never_light() {
    let plain = json!({"properties": {"t": {"type": "string"}}});
    let patterned = json!({"properties": {"t": {"pattern": "^a+$"}}});
    let value = json!({"t": "aaa"});
    assert!(Schema::is_light(&plain, &value));
    // Compiled or not: what it takes is states times bytes.
    assert!(!Schema::is_light(&patterned, &value));
    Schema::compiled(&patterned).unwrap();
    assert!(!Schema::is_light(&patterned, &value));
}
