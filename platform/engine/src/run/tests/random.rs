//! Whatever the graph, whatever its steps do and wherever workers die: the end is the same.

use super::{Crash, drive};
use crate::fold::{State, StepStatus};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
struct RandomStep {
    kind: u8,
    outcome: u8,
    on_error: u8,
    /// Where its edges come from: places among the steps before it, 0 being the trigger.
    from: Vec<(u8, bool)>,
}

fn random_step() -> impl Strategy<Value = RandomStep> {
    let from = prop::collection::vec((0..8_u8, any::<bool>()), 1..3);
    (0..8_u8, 0..6_u8, 0..3_u8, from).prop_map(|(kind, outcome, on_error, from)| RandomStep {
        kind,
        outcome,
        on_error,
        from,
    })
}

fn id(index: usize) -> String {
    format!("s{index}")
}

fn step(index: usize, random: &RandomStep, upstream: &BTreeSet<usize>) -> Value {
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
            (
                "transform",
                json!({"values": {"seen": before, "n": {"$cel": "trigger.n + 1"}}}),
            )
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
        4 => ("effect", may_fail),
        5 => (
            "set_variables",
            json!({"values": {format!("v{index}"): {"$cel": "trigger.n * 2"}}}),
        ),
        // Whether a stop or a failure elsewhere comes first is a matter of timing; both fail.
        6 if random.outcome == 0 => ("stop", json!({"outcome": "failed"})),
        _ => ("letter", json!({"fatal": random.outcome == 5})),
    };
    let on_error = match random.on_error {
        0 => "fail",
        1 if random.kind != 1 => "continue",
        _ => "branch",
    };
    json!({"id": id(index), "type": type_, "config": config, "on_error": on_error,
        "retry": {"max_attempts": 3, "initial_delay_seconds": 0.3, "backoff": 9}})
}

fn definition(steps: &[RandomStep]) -> Value {
    let mut edges = Vec::new();
    let mut upstream: Vec<BTreeSet<usize>> = Vec::new();
    for (index, random) in steps.iter().enumerate() {
        let mut ancestors = BTreeSet::new();
        for (from, flag) in &random.from {
            let place = usize::from(*from) % (index + 1);
            let edge = match place.checked_sub(1) {
                None => json!({"from": "start", "port": "out", "to": id(index)}),
                Some(before) => {
                    ancestors.insert(before);
                    ancestors.extend(&upstream[before]);
                    let port = match (steps[before].kind, flag) {
                        (1, true) => "true",
                        (1, false) => "false",
                        (_, false) if steps[before].on_error == 2 => "error",
                        _ => "out",
                    };
                    json!({"from": id(before), "port": port, "to": id(index)})
                }
            };
            if !edges.contains(&edge) {
                edges.push(edge);
            }
        }
        upstream.push(ancestors);
    }
    let steps = steps.iter().enumerate().zip(&upstream);
    let steps: Vec<Value> = steps.map(|((i, s), up)| step(i, s, up)).collect();
    json!({"triggers": [{"id": "start", "type": "manual"}], "steps": steps, "edges": edges})
}

/// What must not depend on where workers die. When a run fails while branches are still at
/// work, how far those came is a matter of timing.
fn outcome(state: &State) -> Value {
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
                .filter(|o| o.get("waited_until").is_none());
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn crashes_change_nothing(
        steps in prop::collection::vec(random_step(), 1..9),
        crashes in prop::collection::vec((1..12_u32, any::<bool>()), 0..5),
    ) {
        let definition = definition(&steps);
        let crashes: Vec<Crash> = crashes.into_iter().map(|(writes, after)| Crash { writes, after }).collect();
        let (calm, _) = drive(&definition, &[]);
        let (shaken, world) = drive(&definition, &crashes);
        prop_assert_eq!(outcome(&calm), outcome(&shaken));
        prop_assert!(world.most_letters() <= 1, "a letter was posted twice");
        for (step, rows) in world.rows() {
            prop_assert_eq!(rows, 1, "step {} wrote its row more than once", step);
        }
    }
}
