//! Loops, branches, waits, pauses and undoing, each without crashes; `random` adds those.

use super::memory::{Memory, World};
use super::{Crash, chain, drive, run_to_end, turn};
use crate::fold::{ExecutionStatus, State, StepStatus};
use crate::run::{Ended, take_turn};
use serde_json::{Value, json};
use std::sync::Arc;

fn step(id: &str, type_: &str, config: Value) -> Value {
    json!({"id": id, "type": type_, "config": config})
}

/// Steps and edges, each edge as `from.port>to`.
fn graph(steps: Vec<Value>, edges: &[&str]) -> Value {
    let edge = |text: &&str| {
        let (from, to) = text.split_once('>').unwrap();
        let (from, port) = from.split_once('.').unwrap_or((from, "out"));
        json!({"from": from, "port": port, "to": to})
    };
    json!({
        "triggers": [{"id": "start", "type": "manual"}],
        "steps": steps,
        "edges": edges.iter().map(edge).collect::<Vec<_>>()
    })
}

fn on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(work)
}

fn output(state: &State, id: &str) -> Value {
    state.steps[id].output.clone().unwrap()
}

#[test]
fn what_may_be_repeated_is_tried_again_where_nobody_knows_whether_it_happened() {
    on(async {
        let after_one_turn = async |type_: &str| {
            let mut step = step("call", type_, json!({"lost": 1}));
            step["retry"] = json!({"max_attempts": 3});
            let memory = Memory::new(&graph(vec![step], &["start>call"]));
            take_turn(turn(&memory, 1, 0)).await.unwrap();
            memory.state().steps["call"].status
        };
        assert_ne!(after_one_turn("effect").await, StepStatus::Waiting);
        // A letter is not posted again: a person says what became of it.
        assert_eq!(after_one_turn("letter").await, StepStatus::Waiting);
    });
}

#[test]
fn a_loop_repeats_its_body_for_each_item() {
    let transform = |values: Value| json!({"values": values});
    let definition = graph(
        vec![
            step(
                "each",
                "for_each",
                json!({"items": [5, 6, 7], "concurrency": 2}),
            ),
            step(
                "twice",
                "transform",
                transform(json!({"n": {"$cel": "item * 2"}, "i": {"$ref": "index"}})),
            ),
            step(
                "last",
                "transform",
                transform(
                    json!({"of": {"$cel": "steps.twice.output.n + loops.each.item"}, "t": {"$tpl": "{{ item }}/{{ loops.each.index }}"}}),
                ),
            ),
            step(
                "after",
                "transform",
                transform(json!({"all": {"$ref": "steps.each.output"}})),
            ),
        ],
        &["start>each", "each.item>twice", "twice>last", "each>after"],
    );
    let (state, _) = drive(&definition, &[]);
    assert_eq!(state.error, None);
    assert_eq!(output(&state, "twice[1]"), json!({"n": 12, "i": 1}));
    let result = |of: i32, text: &str| json!({"last": {"of": of, "t": text}});
    assert_eq!(
        output(&state, "after"),
        json!({"all": {"count": 3, "results": [result(15, "5/0"), result(18, "6/1"), result(21, "7/2")]}})
    );
    assert_eq!(
        state.output,
        Some(json!({"after": output(&state, "after")}))
    );
}

#[test]
fn loops_lie_in_loops_and_may_have_nothing_to_do() {
    let definition = graph(
        vec![
            step("outer", "for_each", json!({"items": [[1, 2], [], [3]]})),
            step(
                "inner",
                "for_each",
                json!({"items": {"$ref": "item"}, "concurrency": 5}),
            ),
            step(
                "leaf",
                "transform",
                json!({"values": {"v": {"$cel": "item + 10 * loops.outer.index + 100 * index"}}}),
            ),
            step(
                "done",
                "transform",
                json!({"values": {"n": {"$ref": "steps.inner.output.count"}}}),
            ),
        ],
        &[
            "start>outer",
            "outer.item>inner",
            "inner.item>leaf",
            "inner>done",
        ],
    );
    let (state, _) = drive(&definition, &[]);
    assert_eq!(state.error, None);
    assert_eq!(output(&state, "leaf[0][1]"), json!({"v": 102}));
    assert_eq!(output(&state, "leaf[2][0]"), json!({"v": 23}));
    let counts = |n: i32| json!({"done": {"n": n}});
    assert_eq!(
        state.output,
        Some(json!({"outer": {"count": 3, "results": [counts(2), counts(0), counts(1)]}}))
    );
}

#[test]
fn a_failure_in_a_loop_is_the_runs_unless_its_step_handles_it() {
    let body = |on_error: &str| {
        let mut effect = step("send", "effect", json!({"fatal": {"$cel": "item == 2"}}));
        effect["on_error"] = json!(on_error);
        let each = step("each", "for_each", json!({"items": [1, 2, 3]}));
        drive(
            &graph(vec![each, effect], &["start>each", "each.item>send"]),
            &[],
        )
        .0
    };
    let failed = body("fail");
    assert_eq!(failed.status(), ExecutionStatus::Failed);
    assert_eq!(failed.error.unwrap().step_id.as_deref(), Some("send[1]"));
    assert!(!failed.steps.contains_key("send[2]"));
    let went_on = body("continue");
    assert_eq!(went_on.status(), ExecutionStatus::Succeeded);
    assert_eq!(went_on.steps["send[1]"].status, StepStatus::Failed);
    assert_eq!(output(&went_on, "each")["count"], json!(3));
}

#[test]
fn ten_thousand_items_go_in_few_commits() {
    let items: Vec<u32> = (0..10_000).collect();
    let definition = graph(
        vec![
            step(
                "each",
                "for_each",
                json!({"items": items, "concurrency": 50}),
            ),
            step(
                "a",
                "transform",
                json!({"values": {"n": {"$cel": "item + 1"}}}),
            ),
            step(
                "b",
                "condition",
                json!({"condition": {"$cel": "steps.a.output.n > 5000"}}),
            ),
            step("c", "transform", json!({"values": {}})),
        ],
        &["start>each", "each.item>a", "a>b", "b.true>c"],
    );
    let (state, world) = drive(&definition, &[]);
    assert_eq!(state.error, None);
    assert_eq!(state.steps["c[9999]"].status, StepStatus::Succeeded);
    assert_eq!(state.steps["c[0]"].status, StepStatus::Skipped);
    assert!(world.commits() < 1_000, "{}", world.commits());
}

#[test]
fn all_branches_run_and_a_join_waits_for_as_many_as_it_needs() {
    let with = |wait_for: Value| {
        let definition = graph(
            vec![
                step("fork", "parallel", json!({"branches": ["left", "right"]})),
                step("quick", "wait", json!({"duration_seconds": 10})),
                step("slow", "wait", json!({"duration_seconds": 500})),
                step("meet", "join", json!({"wait_for": wait_for})),
                step("then", "wait", json!({"duration_seconds": 1})),
            ],
            &[
                "start>fork",
                "fork.left>quick",
                "fork.right>slow",
                "quick>meet",
                "slow>meet",
                "meet>then",
            ],
        );
        let (state, _) = drive(&definition, &[]);
        assert_eq!(state.status(), ExecutionStatus::Succeeded);
        let after = state.steps["then"].ended_at.unwrap() - state.started_at.unwrap();
        (
            output(&state, "meet")["arrived"].clone(),
            after.num_seconds(),
        )
    };
    assert_eq!(with(json!("all")), (json!(["quick", "slow"]), 501));
    assert_eq!(with(json!("any")), (json!(["quick"]), 11));
    assert_eq!(with(json!(2)), (json!(["quick", "slow"]), 501));
}

#[test]
fn a_join_that_too_few_branches_reach_is_skipped() {
    let definition = graph(
        vec![
            step("fork", "parallel", json!({"branches": ["a", "b"]})),
            step("no", "condition", json!({"condition": false})),
            step("meet", "join", json!({"wait_for": 2})),
        ],
        &["start>fork", "fork.a>no", "fork.b>meet", "no.true>meet"],
    );
    let (state, _) = drive(&definition, &[]);
    assert_eq!(state.steps["meet"].status, StepStatus::Skipped);
    assert_eq!(state.status(), ExecutionStatus::Succeeded);
}

#[test]
fn an_event_or_its_limit_ends_a_wait() {
    let with = |name: &str| {
        let config = json!({"event": {"name": name}, "timeout_seconds": 60});
        drive(&chain(&[("await", "wait", config, json!({}))]), &[]).0
    };
    let came = with("paid");
    assert_eq!(output(&came, "await"), json!({"event": {"name": "paid"}}));
    let mut definition = chain(&[(
        "await",
        "wait",
        json!({"event": {"name": "never"}, "timeout_seconds": 60}),
        json!({}),
    )]);
    let late = step("late", "transform", json!({"values": {}}));
    definition["steps"].as_array_mut().unwrap().push(late);
    let edge = json!({"from": "await", "port": "timeout", "to": "late"});
    definition["edges"].as_array_mut().unwrap().push(edge);
    let (state, _) = drive(&definition, &[]);
    assert_eq!(state.output, Some(json!({"late": {}})));
}

#[test]
fn a_time_that_comes_may_prolong_the_wait() {
    let config = json!({"event": {"name": "never"}, "timeout_seconds": 60, "rounds": 3});
    let definition = chain(&[("ask", "child", config, json!({}))]);
    let (state, _) = drive(&definition, &[]);
    let took = state.steps["ask"].ended_at.unwrap() - state.started_at.unwrap();
    assert_eq!(took.num_seconds(), 60 + 30 + 30);
    assert_eq!(state.steps["ask"].port.as_deref(), Some("timeout"));
}

#[test]
fn a_run_that_another_one_started_tells_it_how_it_ended() {
    let told = |definition: &Value| {
        on(async {
            let memory = Memory::new(definition);
            memory.adopt();
            run_to_end(&memory, &[]).await;
            memory.world.told()
        })
    };
    let well = told(&chain(&[(
        "a",
        "transform",
        json!({"values": {"x": 1}}),
        json!({}),
    )]));
    assert_eq!(well.len(), 1);
    assert_eq!(
        (&well[0]["status"], &well[0]["output"]),
        (&json!("succeeded"), &json!({"a": {"x": 1}}))
    );
    let badly = told(&chain(&[(
        "a",
        "effect",
        json!({"fatal": true}),
        json!({}),
    )]));
    assert_eq!(
        (&badly[0]["status"], &badly[0]["error"]["code"]),
        (&json!("failed"), &json!("broken"))
    );
}

#[test]
fn a_failed_child_fails_its_step_and_may_be_tried_again() {
    let child = json!({"status": "failed", "error": {"message": "no stock"}});
    let (state, _) = drive(&chain(&[("c", "child", child.clone(), json!({}))]), &[]);
    let error = state.error.unwrap();
    assert_eq!(error.code, "child_failed");
    assert!(error.message.ends_with("no stock"), "{}", error.message);
    let again =
        json!({"retry": {"max_attempts": 3, "on": ["child_failed"], "initial_delay_seconds": 5}});
    let (state, _) = drive(&chain(&[("c", "child", child, again)]), &[]);
    assert_eq!(state.steps["c"].attempt, 3);
}

#[test]
fn a_run_that_ends_closes_what_it_waits_for() {
    let definition = graph(
        vec![
            step("ask", "wait", json!({"event": {"name": "never"}})),
            step("nap", "wait", json!({"duration_seconds": 5})),
            step("break", "effect", json!({"fatal": true})),
        ],
        &["start>ask", "start>nap", "nap>break"],
    );
    let (state, world) = drive(&definition, &[]);
    assert_eq!(state.status(), ExecutionStatus::Failed);
    assert_eq!(world.closed(), ["ask"]);
}

/// Two steps that are undone, a third that fails, and what undoes the first fails too.
fn booked(last: Value) -> Value {
    let mut fragile = step("unbook", "effect", json!({"fatal": true}));
    fragile["retry"] = json!({"max_attempts": 1});
    graph(
        vec![
            step("book", "row", json!({})),
            step("order", "row", json!({})),
            step(
                "unorder",
                "transform",
                json!({"values": {"undone": {"$ref": "steps.order.output.row"}}}),
            ),
            fragile,
            step("unused", "row", json!({})),
            last,
        ],
        &[
            "start>book",
            "book>order",
            "order>last",
            "book.compensate>unbook",
            "order.compensate>unorder",
            "last.compensate>unused",
        ],
    )
}

fn order_of(state: &State, first: &str, second: &str) -> bool {
    state.steps[first].ended_seq < state.steps[second].ended_seq
}

#[test]
fn a_failure_undoes_what_was_done_the_latest_first() {
    let (state, world) = drive(&booked(step("last", "effect", json!({"fatal": true}))), &[]);
    assert_eq!(state.status(), ExecutionStatus::Failed);
    assert_eq!(
        state.error.as_ref().unwrap().step_id.as_deref(),
        Some("last")
    );
    assert_eq!(output(&state, "unorder"), json!({"undone": "order"}));
    assert_eq!(state.steps["unbook"].status, StepStatus::Failed);
    assert!(order_of(&state, "unorder", "unbook"));
    assert_eq!(state.step_status("unused"), StepStatus::Pending);
    assert_eq!(world.rows().keys().collect::<Vec<_>>(), ["book", "order"]);
}

#[test]
fn what_undoes_a_step_is_skipped_when_all_goes_well() {
    let (state, _) = drive(
        &booked(step("last", "transform", json!({"values": {}}))),
        &[],
    );
    assert_eq!(state.status(), ExecutionStatus::Succeeded);
    for id in ["unbook", "unorder", "unused"] {
        assert_eq!(state.steps[id].status, StepStatus::Skipped, "{id}");
    }
    assert_eq!(state.output, Some(json!({"last": {}})));
}

#[test]
fn cancelling_undoes_too_and_iterations_that_are_over_see_their_item() {
    let definition = graph(
        vec![
            step("each", "for_each", json!({"items": ["a", "b"]})),
            step("put", "row", json!({})),
            step(
                "take",
                "transform",
                json!({"values": {"item": {"$ref": "item"}, "row": {"$ref": "steps.put.output.row"}}}),
            ),
            step("nap", "wait", json!({"duration_seconds": 50_000})),
        ],
        &[
            "start>each",
            "each.item>put",
            "put.compensate>take",
            "each>nap",
        ],
    );
    let state = on(async {
        let memory = Memory::new(&definition);
        let first = take_turn(turn(&memory, 1, 0)).await.unwrap();
        assert!(matches!(first, Ended::Parked { .. }));
        memory.cancel("no");
        take_turn(turn(&memory, 2, 0)).await.unwrap();
        memory.state()
    });
    assert_eq!(state.status(), ExecutionStatus::Cancelled);
    assert_eq!(
        output(&state, "take[0]"),
        json!({"item": "a", "row": "put[0]"})
    );
    assert!(order_of(&state, "take[1]", "take[0]"));
}

#[test]
fn a_paused_run_starts_nothing_and_its_time_stands_still() {
    let mut definition = chain(&[
        ("nap", "wait", json!({"duration_seconds": 100}), json!({})),
        ("a", "row", json!({}), json!({})),
    ]);
    definition["settings"] = json!({"timeout_seconds": 300});
    on(async {
        let memory = Memory::new(&definition);
        take_turn(turn(&memory, 1, 0)).await.unwrap();
        memory.pause(true);
        let rests = take_turn(turn(&memory, 2, 0)).await.unwrap();
        assert!(
            matches!(rests, Ended::Parked { at } if at > memory.time() + chrono::TimeDelta::days(1))
        );
        assert_eq!(memory.state().status(), ExecutionStatus::Paused);
        tokio::time::sleep(std::time::Duration::from_secs(5_000)).await;
        take_turn(turn(&memory, 3, 0)).await.unwrap();
        assert!(memory.world.rows().is_empty());
        memory.pause(false);
        take_turn(turn(&memory, 4, 0)).await.unwrap();
        assert_eq!(memory.state().status(), ExecutionStatus::Succeeded);
        assert_eq!(memory.world.rows().len(), 1);
    });
}

#[test]
fn cancelling_ends_a_paused_run() {
    on(async {
        let memory = Memory::new(&chain(&[(
            "nap",
            "wait",
            json!({"duration_seconds": 100}),
            json!({}),
        )]));
        memory.pause(true);
        take_turn(turn(&memory, 1, 0)).await.unwrap();
        memory.cancel("no");
        take_turn(turn(&memory, 2, 0)).await.unwrap();
        assert_eq!(memory.state().status(), ExecutionStatus::Cancelled);
    });
}

#[test]
fn a_failed_run_starts_its_error_workflow_once() {
    let mut definition = chain(&[("a", "effect", json!({"fatal": true}), json!({}))]);
    definition["settings"] = json!({"error_workflow": uuid::Uuid::now_v7()});
    for crash in [None, Some(true), Some(false)] {
        let crashes: Vec<Crash> = crash
            .map(|after| Crash { writes: 3, after })
            .into_iter()
            .collect();
        let (state, world): (State, Arc<World>) = drive(&definition, &crashes);
        assert_eq!(
            (state.status(), world.reports()),
            (ExecutionStatus::Failed, 1)
        );
    }
}

#[test]
fn a_run_of_another_trigger_begins_where_a_person_would_begin_it() {
    let mut definition = chain(&[("a", "transform", json!({"values": {}}), json!({}))]);
    let hook = json!({"id": "hook", "type": "webhook"});
    definition["triggers"]
        .as_array_mut()
        .unwrap()
        .insert(0, hook);
    let other = step("b", "transform", json!({"values": {}}));
    definition["steps"].as_array_mut().unwrap().push(other);
    let edge = json!({"from": "hook", "to": "b"});
    definition["edges"].as_array_mut().unwrap().push(edge);
    let state = on(async {
        let memory = Memory::new(&definition);
        memory.adopt();
        run_to_end(&memory, &[]).await;
        memory.state()
    });
    assert_eq!(state.output, Some(json!({"a": {}})));
}
