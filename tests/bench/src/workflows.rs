//! The workflows that are measured.

use serde_json::{Value, json};

/// A webhook and the given steps, one after the other.
pub fn chain(steps: Vec<Value>) -> Value {
    let ids: Vec<Value> = steps.iter().map(|step| step["id"].clone()).collect();
    let mut from = json!("hook");
    let mut edges = Vec::new();
    for id in ids {
        edges.push(json!({ "from": from, "to": id }));
        from = id;
    }
    json!({
        "triggers": [{ "id": "hook", "type": "webhook", "config": {} }],
        "steps": steps, "edges": edges,
    })
}

/// A light step: one text, one computed number, one value taken over.
pub fn light(number: usize) -> Value {
    json!({
        "id": format!("set_{number}"), "type": "transform", "name": format!("Set {number}"),
        "config": { "values": {
            "greeting": { "$tpl": "Hello {{ trigger.customer.first }}" },
            "doubled": { "$cel": "trigger.number * 2" },
            "vehicle": { "$ref": "trigger.vehicle" },
        }},
    })
}

/// `count` light steps in a row.
pub fn light_steps(count: usize) -> Value {
    chain((1..=count).map(light).collect())
}

/// A step that computes: 10,000 multiplications and additions in nested loops of CEL, near the
/// most that one expression may take.
pub fn heavy(number: usize) -> Value {
    let hundred: Vec<u32> = (0..100).collect();
    json!({
        "id": format!("compute_{number}"), "type": "transform", "name": format!("Compute {number}"),
        "config": { "values": {
            "found": { "$cel": format!(
                "{hundred:?}.filter(a, {hundred:?}.exists(b, a * b + b == 9702)).size()"
            )},
        }},
    })
}

/// A call to an address, as the noisy-neighbour scenario has it.
pub fn call(url: &str) -> Value {
    chain(vec![json!({
        "id": "call", "type": "http.request", "name": "Call",
        "config": { "method": "GET", "url": url },
    })])
}

/// Steps that report a line each, a quarter of a second apart.
pub fn talkative(lines: usize) -> Value {
    let pairs = (1..=lines).flat_map(|n| {
        [
            json!({
                "id": format!("pause_{n}"), "type": "wait", "name": format!("Pause {n}"),
                "config": { "duration_seconds": 0.25 },
            }),
            light(n),
        ]
    });
    chain(pairs.collect())
}

/// What is posted: no two are alike, because the same body again is the same delivery.
pub fn delivery(number: u32) -> String {
    format!(
        "{{\"number\":{number},\"unique\":\"{}\",\"customer\":{{\"first\":\"Pat\",\"last\":\"Bench\",\
         \"email\":\"pat-{number}@bench.example\"}},\"vehicle\":{{\"year\":2024,\"make\":\"Honda\",\
         \"model\":\"Civic\",\"stock\":\"B{number}\"}}}}",
        uuid::Uuid::now_v7()
    )
}
