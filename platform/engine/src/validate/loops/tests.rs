use crate::steps::testing::registry;
use crate::validate::{has_errors, validate};
use serde_json::{Value, json};

/// The codes found in a definition of these steps, given as (id, type, config), and edges, each
/// as `from.port>to`.
fn codes(steps: &[(&str, &str, Value)], edges: &[&str]) -> Vec<String> {
    let edge = |text: &&str| {
        let (from, to) = text.split_once('>').unwrap();
        let (from, port) = from.split_once('.').unwrap_or((from, "out"));
        json!({"from": from, "port": port, "to": to})
    };
    let step = |(id, type_, config): &(&str, &str, Value)| json!({"id": id, "type": type_, "config": config});
    let definition = json!({
        "triggers": [{"id": "start", "type": "manual"}],
        "steps": steps.iter().map(step).collect::<Vec<_>>(),
        "edges": edges.iter().map(edge).collect::<Vec<_>>()
    });
    let found = validate(&definition, &registry());
    found.into_iter().map(|finding| finding.code).collect()
}

fn each() -> (&'static str, &'static str, Value) {
    (
        "each",
        "for_each",
        json!({"items": {"$ref": "trigger.list"}}),
    )
}

fn shows(id: &'static str, source: &str) -> (&'static str, &'static str, Value) {
    (id, "transform", json!({"values": {"v": {"$cel": source}}}))
}

#[test]
fn a_loop_and_what_it_repeats_are_fine() {
    let steps = [
        each(),
        shows("a", "item.name + string(index)"),
        shows("b", "steps.a.output.v == loops.each.item.name"),
        shows("after", "steps.each.output.count"),
    ];
    let edges = ["start>each", "each.item>a", "a>b", "each>after"];
    assert!(codes(&steps, &edges).is_empty());
}

#[test]
fn nothing_leads_into_a_loop_from_outside() {
    let steps = [each(), shows("a", "1"), shows("b", "2")];
    let leak = codes(&steps, &["start>each", "each.item>a", "start>b", "b>a"]);
    assert_eq!(leak, ["loop_leak"]);
    let through = codes(&steps, &["start>each", "each.item>a", "each>b", "a>b"]);
    assert!(through.contains(&"loop_leak".to_owned()), "{through:?}");
    assert_eq!(codes(&[each()], &["start>each"]), ["loop_empty"]);
}

#[test]
fn what_belongs_to_an_iteration_is_seen_only_there() {
    let edges = ["start>each", "each.item>a", "each>b"];
    for (inside, outside) in [
        ("steps.each.output.count", "1"),
        ("loops.other.index", "1"),
        ("1", "item"),
        ("1", "loops.each.index"),
        ("1", "steps.a.output.v"),
    ] {
        let steps = [each(), shows("a", inside), shows("b", outside)];
        let found = codes(&steps, &edges);
        assert_eq!(found, ["reference_not_upstream"], "{inside} {outside}");
    }
}

#[test]
fn a_join_can_be_reached_by_as_many_as_it_needs() {
    let fork = ("fork", "parallel", json!({"branches": ["x", "y"]}));
    let edges = ["start>fork", "fork.x>meet", "fork.y>meet"];
    let needs = |wait_for: Value| {
        let join = ("meet", "join", json!({ "wait_for": wait_for }));
        codes(&[fork.clone(), join], &edges)
    };
    assert!(needs(json!(2)).is_empty());
    assert_eq!(needs(json!(3)), ["join_unreachable"]);
    assert_eq!(needs(json!({"$ref": "trigger.n"})), ["config_invalid"]);
}

#[test]
fn what_undoes_a_step_stands_for_itself() {
    let steps = [
        shows("a", "1"),
        shows("b", "2"),
        shows("undo", "steps.a.output.v"),
    ];
    let with = |more: &[&str]| {
        let mut edges = vec!["start>a", "a>b", "a.compensate>undo"];
        edges.extend(more);
        codes(&steps, &edges)
    };
    assert!(with(&[]).is_empty());
    assert_eq!(with(&["b>undo"]), ["compensation_shape"]);
    assert_eq!(with(&["b.compensate>undo"]).len(), 2);
    assert!(with(&["undo>b"]).contains(&"compensation_shape".to_owned()));
}

#[test]
fn settings_and_limits_are_checked() {
    let with = |settings: Value, limits: Value| {
        let definition = json!({
            "triggers": [{"id": "start", "type": "manual", "limits": limits, "comment": "Why"}],
            "steps": [{"id": "a", "type": "transform", "config": {"values": {}}, "comment": "What",
                "retry": {"jitter": 0.5, "on": ["timeout"]}}],
            "edges": [{"from": "start", "to": "a"}],
            "settings": settings,
            "notes": [{"id": "n1", "text": "Hi", "x": 1, "y": 2, "width": 100, "height": 50, "color": "blue"}],
            "pinned": {"a": {"x": 1}}
        });
        let found = validate(&definition, &registry());
        let pointers = found
            .iter()
            .map(|finding| finding.pointer.clone())
            .collect();
        (has_errors(&found), pointers)
    };
    let limits = json!({"deduplication_key": "trigger.id",
        "debounce": {"key": "trigger.id", "seconds": 5, "max_seconds": 60},
        "throttle": {"limit": 10, "period_seconds": 60}});
    let settings = json!({"max_concurrency": 2, "concurrency_key": "trigger.id", "business_key": "trigger.vin",
        "error_workflow": uuid::Uuid::now_v7(), "max_executions": 500});
    let nothing: (bool, Vec<String>) = (false, vec![]);
    assert_eq!(with(settings, limits), nothing);
    let fault = |place: &str| (true, vec![place.to_owned()]);
    let (none, key) = (json!({}), "/settings/business_key");
    assert_eq!(
        with(json!({"business_key": "1 +"}), none.clone()),
        fault(key)
    );
    assert_eq!(
        with(json!({"business_key": "steps.a.output"}), none),
        fault(key)
    );
    let short = json!({"debounce": {"seconds": 9, "max_seconds": 3}});
    let place = "/triggers/0/limits/debounce/max_seconds";
    assert_eq!(with(json!({}), short), fault(place));
    let throttle = json!({"throttle": {"limit": 0, "period_seconds": 1}});
    assert!(with(json!({}), throttle).0);
    assert_eq!(
        with(json!({"concurrency_key": "trigger.id"}), json!({})),
        fault("/settings/max_concurrency")
    );
}
