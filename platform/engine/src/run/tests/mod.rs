mod flow;
mod memory;
mod random;

use super::{Ended, Turn, take_turn};
use crate::fold::{ExecutionStatus, State, StepStatus};
use memory::{Memory, World};
use platform_db::jobs::Lease;
use serde_json::{Value, json};
use std::sync::Arc;

/// Where the process dies: after so many writes, before or after the write itself.
#[derive(Clone, Copy, Debug)]
struct Crash {
    writes: u32,
    after: bool,
}

/// A request made from outside after so many writes.
#[derive(Clone, Copy, Debug)]
enum Asks {
    /// It is let go on as soon as it rests.
    Pause {
        writes: u32,
    },
    Cancel {
        writes: u32,
    },
}

/// Runs a definition to its end on one worker after the other, each dying where it is told to.
fn drive(definition: &Value, crashes: &[Crash]) -> (State, Arc<World>) {
    let (memory, state) = drive_asked(definition, crashes, &[]);
    (state, Arc::clone(&memory.world))
}

/// The same while the run is paused, let go on and cancelled.
fn drive_asked(definition: &Value, crashes: &[Crash], asks: &[Asks]) -> (Arc<Memory>, State) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let memory = Memory::new(definition);
        memory.will_be_asked(asks);
        run_to_end(&memory, crashes).await;
        let state = memory.state();
        (memory, state)
    })
}

async fn run_to_end(memory: &Arc<Memory>, crashes: &[Crash]) {
    let mut crashes = crashes.iter();
    let mut takeovers = 0;
    for epoch in 1..200 {
        memory.arm(crashes.next().copied());
        let ended = take_turn(turn(memory, epoch, takeovers)).await;
        takeovers = 0;
        match ended {
            Ok(Ended::Over { .. }) => return,
            Ok(Ended::Parked { at }) => {
                if !memory.is_asked() && !memory.settle_unknown() && !memory.resolve_waits() {
                    let wait = (at - memory.time()).to_std().unwrap_or_default();
                    assert!(wait.as_secs() < 1_000_000, "stuck: {:?}", memory.state());
                    tokio::time::sleep(wait).await;
                }
            }
            Err(error) => {
                assert!(error.to_string().contains("crash"), "{error}");
                takeovers = 1;
            }
        }
    }
    panic!("no end: {:?}", memory.state());
}

fn turn(memory: &Arc<Memory>, epoch: i64, takeovers: i32) -> Turn {
    Turn {
        store: Arc::clone(memory) as _,
        registry: Arc::clone(&memory.registry),
        live: None,
        tenant: memory.tenant.clone(),
        execution_id: memory.id,
        job: memory.job(epoch),
        takeovers,
        lease: Lease::default(),
    }
}

/// A chain of steps after a trigger, each given as (id, type, config, more).
fn chain(steps: &[(&str, &str, Value, Value)]) -> Value {
    let mut edges = Vec::new();
    let mut before = "start";
    for (id, ..) in steps {
        edges.push(json!({"from": before, "to": id}));
        before = id;
    }
    let step = |(id, type_, config, more): &(&str, &str, Value, Value)| {
        let mut step = json!({"id": id, "type": type_, "config": config});
        for (key, value) in more.as_object().into_iter().flatten() {
            step[key] = value.clone();
        }
        step
    };
    json!({
        "triggers": [{"id": "start", "type": "manual"}],
        "steps": steps.iter().map(step).collect::<Vec<_>>(),
        "edges": edges
    })
}

#[test]
fn pure_steps_ride_in_one_commit() {
    let definition = chain(&[
        (
            "a",
            "transform",
            json!({"values": {"n": {"$ref": "trigger.n"}}}),
            json!({}),
        ),
        (
            "b",
            "transform",
            json!({"values": {"m": {"$cel": "steps.a.output.n + 1"}}}),
            json!({}),
        ),
    ]);
    let (state, world) = drive(&definition, &[]);
    assert_eq!(state.status(), ExecutionStatus::Succeeded);
    assert_eq!(state.output, Some(json!({"b": {"m": 42}})));
    assert_eq!(world.commits(), 1);
}

#[test]
fn a_failed_attempt_is_repeated_and_its_successor_is_not() {
    let retry = json!({"retry": {"max_attempts": 3, "initial_delay_seconds": 30, "backoff": 2}});
    let flaky = chain(&[("a", "effect", json!({"fails": 2}), retry.clone())]);
    let (state, world) = drive(&flaky, &[]);
    assert_eq!(state.status(), ExecutionStatus::Succeeded);
    assert_eq!((state.steps["a"].attempt, world.calls()), (3, 3));
    let hopeless = chain(&[("a", "effect", json!({"fails": 9}), retry)]);
    let (state, world) = drive(&hopeless, &[]);
    assert_eq!(state.status(), ExecutionStatus::Failed);
    assert_eq!(
        (state.error.unwrap().code.as_str(), world.calls()),
        ("flaky", 3)
    );
}

#[test]
fn a_failure_goes_where_the_step_says() {
    let with = |on_error: &str| {
        let mut definition = chain(&[
            (
                "a",
                "effect",
                json!({"fatal": true}),
                json!({"on_error": on_error}),
            ),
            (
                "b",
                "transform",
                json!({"values": {"e": {"$ref": "steps.a.error.code"}}}),
                json!({}),
            ),
        ]);
        let handler = json!({"id": "c", "type": "transform", "config": {"values": {}}});
        definition["steps"].as_array_mut().unwrap().push(handler);
        let edge = json!({"from": "a", "port": "error", "to": "c"});
        definition["edges"].as_array_mut().unwrap().push(edge);
        drive(&definition, &[]).0
    };
    let failed = with("fail");
    assert_eq!(failed.status(), ExecutionStatus::Failed);
    assert_eq!(failed.step_status("b"), StepStatus::Pending);
    let continued = with("continue");
    assert_eq!(continued.output, Some(json!({"b": {"e": "broken"}})));
    assert_eq!(continued.step_status("c"), StepStatus::Skipped);
    let branched = with("branch");
    assert_eq!(branched.output, Some(json!({"c": {}})));
    assert_eq!(branched.step_status("b"), StepStatus::Skipped);
}

#[test]
fn an_outcome_goes_with_the_next_commit_but_not_with_what_may_fail() {
    let commits = |types: &[&str]| {
        let ids = ["a", "b", "c"];
        let steps: Vec<_> = ids
            .into_iter()
            .zip(types)
            .map(|(id, type_)| match *type_ {
                "transform" => (id, "transform", json!({"values": {}}), json!({})),
                type_ => (id, type_, json!({}), json!({})),
            })
            .collect();
        let (state, world) = drive(&chain(&steps), &[]);
        assert_eq!(state.status(), ExecutionStatus::Succeeded);
        world.commits()
    };
    // The intent, and the end with the outcome.
    assert_eq!(commits(&["effect"]), 2);
    assert_eq!(commits(&["effect", "transform", "effect"]), 3);
    // An outcome with rows of its own has a commit of its own.
    assert_eq!(commits(&["parcel"]), 3);
    // What has happened is written down before a transaction that may be undone.
    assert_eq!(commits(&["effect", "row"]), 4);
    assert_eq!(commits(&["effect", "parcel"]), 5);
}

#[test]
fn an_outcome_is_written_down_before_an_end_that_does_more() {
    let commits = |settings: Value| {
        let mut definition = chain(&[("a", "effect", json!({}), json!({}))]);
        definition["settings"] = settings;
        let (state, world) = drive(&definition, &[]);
        assert_eq!(state.status(), ExecutionStatus::Succeeded);
        world.commits()
    };
    assert_eq!(commits(json!({})), 2);
    assert_eq!(commits(json!({"max_concurrency": 1})), 3);
    let error_workflow = platform_kernel::id::WorkflowId::new();
    assert_eq!(commits(json!({"error_workflow": error_workflow})), 3);
}

#[test]
fn a_run_that_kills_its_workers_is_given_up() {
    let definition = chain(&[("a", "effect", json!({}), json!({}))]);
    // Each worker dies with its second write: the take-over is noted, then nothing more.
    let crashes = [Crash {
        writes: 2,
        after: false,
    }; 12];
    let (state, _) = drive(&definition, &crashes);
    assert_eq!(state.status(), ExecutionStatus::Failed);
    assert_eq!(state.error.unwrap().code, "poisoned");
}

#[test]
fn a_run_that_takes_too_long_fails() {
    let mut definition = chain(&[("a", "wait", json!({"duration_seconds": 5_000}), json!({}))]);
    definition["settings"] = json!({"timeout_seconds": 60});
    let (state, _) = drive(&definition, &[]);
    assert_eq!(state.error.unwrap().code, "execution_timeout");
}

#[test]
fn a_call_that_hangs_is_cut_off_and_what_may_have_happened_waits_for_a_person() {
    let timeout = json!({"timeout_seconds": 2, "retry": {"max_attempts": 1}});
    let hung = chain(&[("a", "effect", json!({"hang": true}), timeout.clone())]);
    assert_eq!(drive(&hung, &[]).0.error.unwrap().code, "timeout");
    // The letter is on its way when the time is over; the person finds that it was sent.
    let letter = chain(&[("a", "letter", json!({"hang": true}), timeout)]);
    let (state, world) = drive(&letter, &[]);
    assert_eq!(state.status(), ExecutionStatus::Succeeded);
    assert_eq!((world.settled(), world.most_letters()), (1, 1));
}

#[test]
fn cancelling_lets_go_of_what_may_be_let_go() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let slow = json!({"hang": true});
        let memory = Memory::new(&chain(&[(
            "a",
            "effect",
            slow,
            json!({"timeout_seconds": 600}),
        )]));
        let turn = turn(&memory, 1, 0);
        let lease = turn.lease.clone();
        let running = take_turn(turn);
        let cancelling = async {
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
            memory.cancel("changed our mind");
            lease.wake();
        };
        let (ended, ()) = tokio::join!(running, cancelling);
        assert_eq!(ended.unwrap(), Ended::Over { job_deleted: true });
        assert_eq!(memory.state().status(), ExecutionStatus::Cancelled);
        assert!(memory.elapsed().as_secs() < 60);
    });
}

#[test]
fn an_old_lease_writes_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let letter = json!({"delay_seconds": 10});
        let memory = Memory::new(&chain(&[("a", "letter", letter, json!({}))]));
        // The first worker stalls before it hands the letter over; a second one takes over.
        let zombie = take_turn(turn(&memory, 1, 0));
        let heir = async {
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
            take_turn(turn(&memory, 2, 1)).await
        };
        let (zombie, heir) = tokio::join!(zombie, heir);
        assert_eq!(heir.unwrap(), Ended::Over { job_deleted: true });
        assert!(
            matches!(zombie.unwrap(), Ended::Parked { .. }),
            "the zombie is fenced"
        );
        assert_eq!(memory.state().status(), ExecutionStatus::Succeeded);
        assert_eq!(memory.world.most_letters(), 1);
    });
}

#[test]
fn a_stop_ends_the_run_and_skips_what_is_left() {
    let stopped = |outcome: &str| {
        let mut definition = chain(&[
            ("nap", "wait", json!({"duration_seconds": 1}), json!({})),
            (
                "halt",
                "stop",
                json!({"outcome": outcome, "message": "Sold already."}),
                json!({}),
            ),
        ]);
        for (id, type_, config) in [
            ("later", "wait", json!({"duration_seconds": 5_000})),
            ("after", "transform", json!({"values": {}})),
        ] {
            let step = json!({"id": id, "type": type_, "config": config});
            definition["steps"].as_array_mut().unwrap().push(step);
        }
        let edges = definition["edges"].as_array_mut().unwrap();
        edges.push(json!({"from": "start", "to": "later"}));
        edges.push(json!({"from": "later", "to": "after"}));
        definition
    };
    let (state, _) = drive(&stopped("succeeded"), &[]);
    assert_eq!(state.status(), ExecutionStatus::Succeeded);
    let left = [&state.steps["later"], &state.steps["after"]];
    assert!(left.iter().all(|step| step.status == StepStatus::Skipped));
    let output = json!({"halt": {"outcome": "succeeded", "message": "Sold already."}});
    assert_eq!(state.output, Some(output));
    for crashes in [
        vec![],
        vec![Crash {
            writes: 2,
            after: true,
        }],
    ] {
        let (state, _) = drive(&stopped("failed"), &crashes);
        assert_eq!(state.status(), ExecutionStatus::Failed);
        let error = state.error.unwrap();
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            ("stopped", "Sold already.")
        );
        assert_eq!(error.step_id.as_deref(), Some("halt"));
    }
}

#[test]
fn a_stop_lets_what_is_on_its_way_outside_end_first() {
    let mut definition = chain(&[("send", "letter", json!({}), json!({}))]);
    let halt = json!({"id": "halt", "type": "stop", "config": {}});
    definition["steps"].as_array_mut().unwrap().push(halt);
    let edge = json!({"from": "start", "to": "halt"});
    definition["edges"].as_array_mut().unwrap().push(edge);
    let (state, world) = drive(&definition, &[]);
    assert_eq!(state.status(), ExecutionStatus::Succeeded);
    assert_eq!(state.steps["send"].status, StepStatus::Succeeded);
    assert_eq!(world.most_letters(), 1);
}

#[test]
fn a_variable_is_null_until_it_is_set_and_the_last_value_stands() {
    let read =
        json!({"values": {"x": {"$ref": "variables.x"}, "y": {"$cel": "variables.y == null"}}});
    let definition = chain(&[
        ("before", "transform", read.clone(), json!({})),
        (
            "first",
            "set_variables",
            json!({"values": {"x": {"$cel": "trigger.n + 1"}, "y": [1]}}),
            json!({}),
        ),
        ("nap", "wait", json!({"duration_seconds": 100}), json!({})),
        (
            "second",
            "set_variables",
            json!({"values": {"x": {"$cel": "variables.x * 2"}}}),
            json!({}),
        ),
        ("after", "transform", read, json!({})),
        (
            "text",
            "transform",
            json!({"values": {"t": {"$tpl": "{{ variables.x }}{{ variables.y[0] }}"}}}),
            json!({}),
        ),
    ]);
    for crashes in [
        vec![],
        vec![
            Crash {
                writes: 1,
                after: true,
            },
            Crash {
                writes: 1,
                after: false,
            },
        ],
    ] {
        let (state, _) = drive(&definition, &crashes);
        assert_eq!(state.error, None);
        let output = |id: &str| state.steps[id].output.clone().unwrap();
        assert_eq!(output("before"), json!({"x": null, "y": true}));
        assert_eq!(output("after"), json!({"x": 84, "y": false}));
        assert_eq!(output("text"), json!({"t": "841"}));
        assert_eq!(json!(state.variables), json!({"x": 84, "y": [1]}));
    }
}
