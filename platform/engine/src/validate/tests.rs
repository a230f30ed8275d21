use super::*;
use crate::steps::testing::registry;
use serde_json::json;

fn good() -> Value {
    json!({
        "triggers": [{"id": "start", "type": "webhook", "config": {}}],
        "steps": [
            {"id": "pick", "type": "transform", "name": "Pick", "config": {"values": {"n": {"$ref": "trigger.n"}}}},
            {"id": "big", "type": "condition", "config": {"condition": {"$cel": "steps.pick.output.n > 3"}}},
            {"id": "nap", "type": "wait", "config": {"duration_seconds": 5}},
            {"id": "ask", "type": "ai.generate", "on_error": "branch",
                "config": {"prompt": {"$tpl": "Say {{ steps.pick.output.n }}"}, "output_schema": {"type": "object"}},
                "retry": {"max_attempts": 2, "backoff": "fixed"}, "timeout_seconds": 20}
        ],
        "edges": [
            {"from": "start", "to": "pick"},
            {"from": "pick", "port": "out", "to": "big"},
            {"from": "big", "port": "true", "to": "nap"},
            {"from": "big", "port": "false", "to": "ask"},
            {"from": "ask", "port": "error", "to": "nap"}
        ],
        "settings": {"timeout_seconds": 3600},
        "layout": {"start": {"x": 0, "y": 0}}
    })
}

fn findings(change: impl FnOnce(&mut Value)) -> Vec<(String, String)> {
    let mut definition = good();
    change(&mut definition);
    validate(&definition, &registry())
        .into_iter()
        .map(|finding| (finding.code, finding.pointer))
        .collect()
}

fn set(definition: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match definition.pointer_mut(parent).unwrap() {
        Value::Object(fields) => {
            fields.insert(key.to_owned(), value);
        }
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        other => panic!("{other}"),
    }
}

#[test]
fn a_good_definition_has_no_findings_and_parses() {
    assert_eq!(findings(|_| {}), []);
    let definition = parse(&good(), &registry()).unwrap();
    assert_eq!(definition.steps.len(), 4);
    assert_eq!(definition.edges[0].port, "out");
}

#[test]
fn each_fault_is_found_in_its_place() {
    let edge = |from: &str, port: &str, to: &str| json!({"from": from, "port": port, "to": to});
    let step = |id: &str| json!({"id": id, "type": "transform", "config": {"values": {}}});
    let cases: Vec<(&str, Value, &str, &str)> = vec![
        ("/triggers", json!([]), "no_trigger", "/triggers"),
        (
            "/triggers/0/type",
            json!("carrier_pigeon"),
            "unknown_trigger_type",
            "/triggers/0/type",
        ),
        (
            "/triggers/0/config",
            json!({"x": 1}),
            "config_invalid",
            "/triggers/0/config",
        ),
        (
            "/steps/0/type",
            json!("nope"),
            "unknown_step_type",
            "/steps/0/type",
        ),
        (
            "/steps/2/config",
            json!({"duration_seconds": "long"}),
            "config_invalid",
            "/steps/2/config/duration_seconds",
        ),
        (
            "/steps/2/config",
            json!({}),
            "config_invalid",
            "/steps/2/config",
        ),
        (
            "/steps/3/config/output_schema",
            json!({"type": 5}),
            "config_invalid",
            "/steps/3/config/output_schema",
        ),
        (
            "/steps/3/config/temperature",
            json!(9),
            "config_invalid",
            "/steps/3/config/temperature",
        ),
        (
            "/steps/0/config/values/n",
            json!({"$ref": "steps.ghost.output"}),
            "dangling_reference",
            "/steps/0/config/values/n",
        ),
        (
            "/steps/0/config/values/n",
            json!({"$ref": "steps.big.output"}),
            "reference_not_upstream",
            "/steps/0/config/values/n",
        ),
        (
            "/steps/0/config/values/n",
            json!({"$cel": "steps.pick.output"}),
            "reference_not_upstream",
            "/steps/0/config/values/n",
        ),
        (
            "/steps/0/config/values/n",
            json!({"$ref": "nowhere.x"}),
            "expression_invalid",
            "/steps/0/config/values/n",
        ),
        (
            "/steps/1/config/condition",
            json!({"$cel": "1 +"}),
            "expression_invalid",
            "/steps/1/config/condition",
        ),
        (
            "/steps/1/config/condition",
            json!({"$cel": 1}),
            "expression_invalid",
            "/steps/1/config/condition",
        ),
        (
            "/steps/3/config/prompt",
            json!({"$tpl": "{{"}),
            "expression_invalid",
            "/steps/3/config/prompt",
        ),
        (
            "/steps/3/config/prompt",
            json!({"$tpl": "{{ trigger.a }}", "x": 1}),
            "expression_invalid",
            "/steps/3/config/prompt",
        ),
        (
            "/steps/0/input",
            json!({"$ref": "steps.nap.output"}),
            "reference_not_upstream",
            "/steps/0/input",
        ),
        ("/steps/1/id", json!("pick"), "duplicate_id", "/steps/1/id"),
        ("/steps/0/id", json!("start"), "duplicate_id", "/steps/0/id"),
        ("/steps/0/id", json!("in"), "reserved_id", "/steps/0/id"),
        (
            "/steps/1/on_error",
            json!("continue"),
            "cannot_continue",
            "/steps/1/on_error",
        ),
        ("/steps/-", step("lost"), "unreachable_step", "/steps/4"),
        ("/edges/-", edge("nap", "out", "pick"), "circle", "/steps/0"),
        ("/edges/-", edge("nap", "out", "nap"), "circle", "/steps/2"),
        (
            "/edges/-",
            edge("nap", "out", "ghost"),
            "edge_to_nowhere",
            "/edges/5/to",
        ),
        (
            "/edges/-",
            edge("nap", "out", "start"),
            "edge_to_nowhere",
            "/edges/5/to",
        ),
        (
            "/edges/-",
            edge("ghost", "out", "nap"),
            "edge_from_nowhere",
            "/edges/5/from",
        ),
        (
            "/edges/-",
            edge("big", "maybe", "nap"),
            "unknown_port",
            "/edges/5/port",
        ),
        (
            "/edges/-",
            edge("nap", "error", "ask"),
            "unknown_port",
            "/edges/5/port",
        ),
        (
            "/edges/-",
            edge("start", "in", "nap"),
            "unknown_port",
            "/edges/5/port",
        ),
        (
            "/edges/-",
            edge("start", "out", "pick"),
            "duplicate_edge",
            "/edges/5",
        ),
        ("/steps/0/colour", json!("red"), "malformed", "/steps/0"),
        (
            "/steps/0/id",
            json!("has space"),
            "malformed",
            "/steps/0/id",
        ),
        (
            "/steps/0/retry",
            json!({"max_attempts": 0}),
            "malformed",
            "/steps/0/retry",
        ),
        (
            "/edges/0",
            json!({"from": "start"}),
            "malformed",
            "/edges/0",
        ),
        (
            "/settings/timeout_seconds",
            json!(-1),
            "malformed",
            "/settings/timeout_seconds",
        ),
    ];
    for (pointer, value, code, place) in cases {
        let label = format!("{pointer} = {value}");
        let found = findings(|definition| set(definition, pointer, value));
        assert!(
            found.contains(&(code.to_owned(), place.to_owned())),
            "{label}: {found:?}"
        );
    }
}

#[test]
fn an_empty_definition_says_what_it_lacks() {
    let found = validate(&json!({}), &registry());
    let codes: Vec<_> = found.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["no_trigger", "no_steps"]);
    assert!(parse(&json!([]), &registry()).is_err());
}

#[test]
fn all_findings_come_at_once_and_name_their_step() {
    let found = findings(|definition| {
        set(definition, "/steps/0/type", json!("nope"));
        set(definition, "/steps/2/config", json!({}));
        set(definition, "/edges/0/to", json!("ghost"));
    });
    let codes: Vec<_> = found.iter().map(|f| f.0.as_str()).collect();
    for code in [
        "unknown_step_type",
        "config_invalid",
        "edge_to_nowhere",
        "unreachable_step",
    ] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    let mut definition = good();
    set(&mut definition, "/steps/2/config", json!({}));
    assert_eq!(
        validate(&definition, &registry())[0].step_id.as_deref(),
        Some("nap")
    );
}

#[test]
fn a_switch_has_the_ports_of_its_cases() {
    let with_switch = |cases: Value| {
        let definition = json!({
            "triggers": [{"id": "start", "type": "manual"}],
            "steps": [
                {"id": "which", "type": "switch", "config": {"value": {"$ref": "trigger.kind"}, "cases": cases}},
                {"id": "end", "type": "transform", "config": {"values": {}}}
            ],
            "edges": [
                {"from": "start", "to": "which"},
                {"from": "which", "port": "hot", "to": "end"},
                {"from": "which", "port": "default", "to": "end"}
            ]
        });
        let found = validate(&definition, &registry());
        found
            .into_iter()
            .map(|f| (f.code, f.pointer))
            .collect::<Vec<_>>()
    };
    assert_eq!(with_switch(json!([{"port": "hot", "equals": "hot"}])), []);
    let other = with_switch(json!([{"port": "cold", "equals": "cold"}]));
    assert_eq!(
        other,
        [("unknown_port".to_owned(), "/edges/1/port".to_owned())]
    );
    let twice = with_switch(json!([{"port": "hot", "equals": 1}, {"port": "hot", "equals": 2}]));
    assert_eq!(
        twice,
        [(
            "config_invalid".to_owned(),
            "/steps/0/config/cases/1/port".to_owned()
        )]
    );
}

#[test]
fn a_whole_step_as_a_value_is_only_a_warning() {
    let mut definition = good();
    set(
        &mut definition,
        "/steps/1/config/condition",
        json!({"$cel": "steps.pick != null"}),
    );
    let found = validate(&definition, &registry());
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
    assert!(!has_errors(&found));
}

#[test]
fn a_variable_must_be_set_before_it_is_read() {
    let keep = |name: &str| {
        let mut values = json!({});
        values[name] = json!(1);
        json!({"id": "keep", "type": "set_variables", "config": {"values": values}})
    };
    let with = |keep: Value, upstream: bool| {
        findings(|d| {
            set(d, "/steps/-", keep);
            let (from, to) = if upstream {
                ("start", "keep")
            } else {
                ("pick", "keep")
            };
            set(d, "/edges/-", json!({"from": from, "to": to}));
            if upstream {
                set(d, "/edges/-", json!({"from": "keep", "to": "pick"}));
            }
            set(
                d,
                "/steps/0/config/values/n",
                json!({"$ref": "variables.total.net"}),
            );
        })
    };
    let place = "/steps/0/config/values/n".to_owned();
    assert_eq!(with(keep("total"), true), []);
    let found = with(keep("total"), false);
    assert_eq!(
        found,
        [("reference_not_upstream".to_owned(), place.clone())]
    );
    let found = with(keep("other"), true);
    assert_eq!(found, [("dangling_reference".to_owned(), place)]);
    let found = with(keep("loop"), true);
    let reserved = (
        "config_invalid".to_owned(),
        "/steps/4/config/values/loop".to_owned(),
    );
    assert!(found.contains(&reserved), "{found:?}");
    let whole =
        json!({"id": "keep", "type": "set_variables", "config": {"values": {"$ref": "trigger"}}});
    assert!(
        with(whole, true)
            .iter()
            .any(|(code, _)| code == "config_invalid")
    );
    let wrong = with(keep("two words"), true);
    assert!(
        wrong.iter().any(|(code, _)| code == "config_invalid"),
        "{wrong:?}"
    );
}

#[test]
fn nothing_follows_a_stop() {
    let found = findings(|d| {
        set(
            d,
            "/steps/2",
            json!({"id": "nap", "type": "stop", "config": {}}),
        );
        set(d, "/edges/4", json!({"from": "nap", "to": "ask"}));
    });
    assert_eq!(
        found,
        [("unknown_port".to_owned(), "/edges/4/port".to_owned())]
    );
}
