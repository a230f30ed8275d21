//! Whatever the graph, whatever its steps do and wherever workers die: the end is the same.

use super::memory::World;
use super::{Asks, Crash, drive, drive_asked};
use crate::fold::{ExecutionStatus, State, StepStatus};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
struct RandomStep {
    kind: u8,
    outcome: u8,
    on_error: u8,
    /// Which of the loops before it repeats it, if any does.
    inside: u8,
    /// Whether another step undoes it.
    undone: bool,
    /// Where its edges come from: places among the steps before it in the same loop, 0 being
    /// what that begins with.
    from: Vec<(u8, bool)>,
}

const LOOP: u8 = 8;
const PARALLEL: u8 = 9;
const JOIN: u8 = 10;
const EVENT: u8 = 11;
const CHILD: u8 = 12;

fn random_step() -> impl Strategy<Value = RandomStep> {
    let from = prop::collection::vec((0..8_u8, any::<bool>()), 1..3);
    let fields = (0..13_u8, 0..6_u8, 0..3_u8, 0..6_u8, any::<bool>(), from);
    fields.prop_map(
        |(kind, outcome, on_error, inside, undone, from)| RandomStep {
            kind,
            outcome,
            on_error,
            inside,
            undone,
            from,
        },
    )
}

fn id(index: usize) -> String {
    format!("s{index}")
}

fn step(index: usize, random: &RandomStep, upstream: &BTreeSet<usize>, repeated: bool) -> Value {
    let fails = json!({"fails": random.outcome / 2});
    let may_fail = if random.outcome == 5 {
        json!({"fatal": true})
    } else {
        fails
    };
    let (type_, config) = match random.kind {
        0 => {
            let before: Vec<Value> = upstream
                .iter()
                .map(|i| json!({"$ref": format!("steps.{}", id(*i))}))
                .collect();
            let mut values = json!({"seen": before, "n": {"$cel": "trigger.n + 1"}});
            if repeated {
                values["item"] = json!({"$cel": "item * 10 + index"});
            }
            ("transform", json!({ "values": values }))
        }
        1 => (
            "condition",
            json!({"condition": random.outcome.is_multiple_of(2)}),
        ),
        2 => (
            "wait",
            json!({"duration_seconds": f64::from(random.outcome) * 7.5}),
        ),
        3 => ("row", may_fail),
        4 if random.outcome.is_multiple_of(2) => ("effect", may_fail),
        4 => ("parcel", may_fail),
        5 => (
            "set_variables",
            json!({"values": {format!("v{index}"): {"$cel": "trigger.n * 2"}}}),
        ),
        // Whether a stop or a failure elsewhere comes first is a matter of timing; both fail.
        6 if random.outcome == 0 => ("stop", json!({"outcome": "failed"})),
        LOOP => {
            let items: Vec<u8> = (0..random.outcome % 4).collect();
            let concurrency = random.on_error + 1;
            (
                "for_each",
                json!({"items": items, "concurrency": concurrency}),
            )
        }
        PARALLEL => ("parallel", json!({"branches": ["x", "y"]})),
        JOIN => {
            let any = random.outcome == 0;
            ("join", json!({"wait_for": if any { "any" } else { "all" }}))
        }
        EVENT if random.outcome < 2 => (
            "wait",
            json!({"event": {"name": "never"}, "timeout_seconds": 40}),
        ),
        EVENT => (
            "wait",
            json!({"event": {"name": "paid"}, "timeout_seconds": 9_000}),
        ),
        CHILD if random.outcome == 0 => ("child", json!({"status": "failed"})),
        CHILD => (
            "child",
            json!({"status": "succeeded", "fails": random.outcome / 3}),
        ),
        7 => ("card", json!({"fatal": random.outcome == 5})),
        _ => ("letter", json!({"fatal": random.outcome == 5})),
    };
    json!({"id": id(index), "type": type_, "config": config, "on_error": on_error(random),
        "retry": {"max_attempts": 3, "initial_delay_seconds": 0.3, "backoff": 9}})
}

fn on_error(random: &RandomStep) -> &'static str {
    match random.on_error {
        0 => "fail",
        1 if random.kind != 1 && random.kind != PARALLEL => "continue",
        _ => "branch",
    }
}

/// A port of a step; one of those that it may leave through.
fn port(random: &RandomStep, flag: bool) -> &'static str {
    match (random.kind, flag) {
        (1, true) => "true",
        (1, false) => "false",
        (PARALLEL, true) => "x",
        (PARALLEL, false) => "y",
        (EVENT, false) => "timeout",
        (_, false) if on_error(random) == "branch" => "error",
        _ => "out",
    }
}

fn definition(steps: &[RandomStep]) -> Value {
    let mut edges = Vec::new();
    let mut upstream: Vec<BTreeSet<usize>> = Vec::new();
    let mut inside: Vec<Option<usize>> = Vec::new();
    for (index, random) in steps.iter().enumerate() {
        let loops = (0..index).filter(|i| steps[*i].kind == LOOP);
        let places: Vec<Option<usize>> = [None].into_iter().chain(loops.map(Some)).collect();
        let here = places[usize::from(random.inside) % places.len()];
        let beside: Vec<usize> = (0..index).filter(|i| inside[*i] == here).collect();
        let mut ancestors = here.map_or_else(BTreeSet::new, |outer| upstream[outer].clone());
        for (from, flag) in &random.from {
            let place = usize::from(*from) % (beside.len() + 1);
            let edge = match (place.checked_sub(1), here) {
                (None, None) => json!({"from": "start", "port": "out", "to": id(index)}),
                (None, Some(outer)) => json!({"from": id(outer), "port": "item", "to": id(index)}),
                (Some(place), _) => {
                    let before = beside[place];
                    ancestors.insert(before);
                    ancestors.extend(&upstream[before]);
                    let port = port(&steps[before], *flag);
                    json!({"from": id(before), "port": port, "to": id(index)})
                }
            };
            if !edges.contains(&edge) {
                edges.push(edge);
            }
        }
        upstream.push(ancestors);
        inside.push(here);
    }
    let each = steps.iter().enumerate().zip(upstream.iter().zip(&inside));
    let mut all: Vec<Value> = each
        .map(|((i, random), (up, inside))| step(i, random, up, inside.is_some()))
        .collect();
    for (index, random) in steps.iter().enumerate().filter(|(_, random)| random.undone) {
        let undo = format!("u{index}");
        edges.push(json!({"from": id(index), "port": "compensate", "to": undo}));
        let type_ = ["row", "effect", "letter", "child", "card"][usize::from(random.outcome) % 5];
        let config = json!({"status": "succeeded", "fatal": random.outcome == 4});
        all.push(json!({"id": undo, "type": type_, "config": config}));
    }
    json!({"triggers": [{"id": "start", "type": "manual"}], "steps": all, "edges": edges})
}

/// A run that failed or was cancelled, and did not stop itself, has undone whatever says how, the latest first.
fn check_undone(definition: &Value, state: &State) {
    let undoes: Vec<(&str, i64)> = state
        .steps
        .iter()
        .filter(|(id, _)| id.starts_with('u'))
        .filter(|(_, step)| matches!(step.status, StepStatus::Succeeded | StepStatus::Failed))
        .map(|(id, step)| (id.as_str(), step.ended_seq))
        .collect();
    let badly = [ExecutionStatus::Failed, ExecutionStatus::Cancelled];
    let failed = badly.contains(&state.status()) && state.stop.is_none();
    let mut expected: Vec<(i64, String)> = Vec::new();
    for (id, step) in state.steps.iter().filter(|(id, _)| id.starts_with('s')) {
        let undo = id.replacen('s', "u", 1);
        let known = definition["steps"].as_array().unwrap();
        let base = crate::instance::definition_id(&undo);
        let is_undone = known.iter().any(|step| step["id"] == json!(base));
        if failed && is_undone && step.status == StepStatus::Succeeded {
            expected.push((-step.ended_seq, undo));
        }
    }
    expected.sort_unstable();
    let mut undone = undoes;
    undone.sort_unstable_by_key(|(_, seq)| *seq);
    let undone: Vec<&str> = undone.into_iter().map(|(id, _)| id).collect();
    let expected: Vec<&str> = expected.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(undone, expected);
}

/// What must not depend on where workers die. When a run fails while branches are still at
/// work, how far those came is a matter of timing.
fn outcome(definition: &Value, state: &State) -> Value {
    // What a join that does not wait for all of them finds is a matter of timing too.
    let early = json!({"wait_for": "any"});
    let mut steps = definition["steps"].as_array().unwrap().iter();
    let hurried = steps.any(|step| step["config"] == early);
    let failed = state.error.is_some() || state.stop.is_some();
    let steps: BTreeMap<&String, Value> = state
        .steps
        .iter()
        .map(|(id, step)| {
            let error = step
                .error
                .as_ref()
                .filter(|_| step.status == StepStatus::Failed);
            let output = step
                .output
                .as_ref()
                .filter(|o| !hurried && o.get("waited_until").is_none());
            let output = output.map(|output| scrub(output.clone()));
            (
                id,
                json!([step.status, output, step.port, error.map(|e| &e.code)]),
            )
        })
        .collect();
    json!({"status": state.status(), "steps": if failed { json!(null) } else { json!(steps) },
        "variables": if failed { json!(null) } else { json!(state.variables) }})
}

/// Times differ from run to run.
fn scrub(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(key, _)| key != "waited_until")
            .map(|(key, value)| (key, scrub(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(scrub).collect(),
        other => other,
    }
}

fn random_crashes() -> impl Strategy<Value = Vec<(u32, bool)>> {
    prop::collection::vec((1..16_u32, any::<bool>()), 0..5)
}

fn deaths(crashes: Vec<(u32, bool)>) -> Vec<Crash> {
    let crashes = crashes.into_iter();
    crashes
        .map(|(writes, after)| Crash { writes, after })
        .collect()
}

/// Nothing was done twice.
fn check_once(world: &World) -> Result<(), TestCaseError> {
    prop_assert!(world.most_letters() <= 1, "a letter was posted twice");
    for (step, rows) in world.rows() {
        prop_assert_eq!(rows, 1, "step {} wrote its row more than once", step);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn crashes_change_nothing(
        steps in prop::collection::vec(random_step(), 1..11),
        crashes in random_crashes(),
    ) {
        let (definition, crashes) = (definition(&steps), deaths(crashes));
        let (calm, _) = drive(&definition, &[]);
        let (shaken, world) = drive(&definition, &crashes);
        prop_assert_eq!(outcome(&definition, &calm), outcome(&definition, &shaken));
        check_undone(&definition, &calm);
        check_undone(&definition, &shaken);
        check_once(&world)?;
    }

    #[test]
    fn pausing_changes_nothing_wherever_workers_die(
        steps in prop::collection::vec(random_step(), 1..11),
        crashes in random_crashes(),
        pauses in prop::collection::vec(0..12_u32, 1..4),
    ) {
        let (definition, crashes) = (definition(&steps), deaths(crashes));
        let asks: Vec<Asks> = pauses.into_iter().map(|writes| Asks::Pause { writes }).collect();
        let (calm, _) = drive(&definition, &[]);
        let (memory, paused) = drive_asked(&definition, &crashes, &asks);
        prop_assert_eq!(outcome(&definition, &calm), outcome(&definition, &paused));
        check_undone(&definition, &paused);
        check_once(&memory.world)?;
    }

    #[test]
    fn a_cancelled_run_ends_and_leaves_nothing_open_wherever_workers_die(
        steps in prop::collection::vec(random_step(), 1..11),
        crashes in random_crashes(),
        pause in prop::option::of(0..6_u32),
        cancel in 0..16_u32,
    ) {
        let (definition, crashes) = (definition(&steps), deaths(crashes));
        let pause = pause.map(|writes| Asks::Pause { writes });
        let asks: Vec<Asks> = pause.into_iter().chain([Asks::Cancel { writes: cancel }]).collect();
        let (calm, _) = drive(&definition, &[]);
        let (memory, state) = drive_asked(&definition, &crashes, &asks);
        // A run that had ended by then, or had begun to fail, ends as it would have.
        if state.status() != ExecutionStatus::Cancelled {
            prop_assert_eq!(state.status(), calm.status());
        }
        check_undone(&definition, &state);
        check_once(&memory.world)?;
        prop_assert_eq!(memory.open_waits(), 0);
    }
}
