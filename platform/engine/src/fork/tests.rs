use super::choice::{ForkFrom, TakenOver, choose};
use crate::definition::Definition;
use crate::event::{Event, EventBody};
use crate::failure::Failure;
use crate::fold::{State, StepStatus};
use platform_kernel::clock;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// `look → ask → send → note`, and `ask → other` beside it; `unsend` undoes `send`.
fn definition() -> Definition {
    let ids = ["look", "ask", "send", "note", "other", "unsend"];
    let steps = ids.map(|id| json!({"id": id, "type": "pass"}));
    serde_json::from_value(json!({
        "triggers": [{"id": "start", "type": "manual"}],
        "steps": steps,
        "edges": [
            {"from": "start", "to": "look"}, {"from": "look", "to": "ask"},
            {"from": "ask", "to": "send"}, {"from": "send", "to": "note"},
            {"from": "ask", "to": "other"}, {"from": "send", "port": "compensate", "to": "unsend"}
        ]
    }))
    .unwrap()
}

/// `each` repeats `send → note`; `after` comes when all is done.
fn looping() -> Definition {
    serde_json::from_value(json!({
        "triggers": [{"id": "start", "type": "manual"}],
        "steps": [
            {"id": "look", "type": "pass"}, {"id": "each", "type": "for_each"},
            {"id": "send", "type": "pass"}, {"id": "note", "type": "pass"},
            {"id": "after", "type": "pass"}
        ],
        "edges": [
            {"from": "start", "to": "look"}, {"from": "look", "to": "each"},
            {"from": "each", "port": "item", "to": "send"}, {"from": "send", "to": "note"},
            {"from": "each", "to": "after"}
        ]
    }))
    .unwrap()
}

/// A run's events, one after the other.
#[derive(Default)]
struct Log(Vec<Event>);

impl Log {
    fn add(mut self, step: &str, body: EventBody) -> Self {
        self.0.push(Event {
            seq: self.0.len() as i64 + 1,
            at: clock::now(),
            step_id: (!step.is_empty()).then(|| step.to_owned()),
            attempt: Some(1),
            body,
        });
        self
    }

    fn started(self, step: &str) -> Self {
        self.add(step, EventBody::StepStarted { input: Value::Null })
    }

    fn done(self, step: &str) -> Self {
        let output = json!({ "of": step });
        let port = "out".to_owned();
        self.started(step)
            .add(step, EventBody::StepSucceeded { output, port })
    }

    fn fails(self, step: &str, port: Option<&str>) -> Self {
        let error = Failure {
            step_id: Some(step.to_owned()),
            ..Failure::new("smtp_down", "no")
        };
        let body = EventBody::StepFailed {
            error,
            will_retry: false,
            port: port.map(str::to_owned),
        };
        self.started(step).add(step, body)
    }

    fn fork(&self, definition: &Definition, from: &ForkFrom) -> TakenOver {
        choose(definition, definition, &self.0, from, &BTreeMap::new()).unwrap()
    }
}

fn kept(taken: &TakenOver) -> Vec<String> {
    let state = State::of(&taken.events);
    let ended = state
        .steps
        .iter()
        .filter(|(_, step)| step.status.has_ended());
    ended.map(|(id, _)| id.clone()).collect()
}

fn step(id: &str) -> ForkFrom {
    ForkFrom::Step(id.to_owned())
}

#[test]
fn what_came_before_the_step_is_taken_over_and_what_follows_runs_again() {
    let log = Log::default()
        .done("look")
        .done("ask")
        .done("send")
        .done("note")
        .done("other");
    let taken = log.fork(&definition(), &step("send"));
    assert_eq!(kept(&taken), ["ask", "look", "other"]);
    assert_eq!(taken.step_id.as_deref(), Some("send"));
    assert!(log.fork(&definition(), &ForkFrom::Start).events.is_empty());
}

#[test]
fn a_failed_run_goes_on_at_what_failed() {
    let log = Log::default()
        .done("look")
        .done("ask")
        .done("other")
        .fails("send", None);
    let taken = log.fork(&definition(), &ForkFrom::Failure);
    assert_eq!(kept(&taken), ["ask", "look", "other"]);
    assert_eq!(taken.step_id.as_deref(), Some("send"));
    assert_eq!(State::of(&taken.events).error, None);
}

#[test]
fn a_failure_that_was_handled_stays_and_an_earlier_attempt_goes() {
    let error = Failure::new("busy", "later");
    let retried = EventBody::StepFailed {
        error,
        will_retry: true,
        port: None,
    };
    let log = Log::default()
        .started("look")
        .add("look", retried)
        .done("look")
        .fails("ask", Some("out"));
    let taken = log.fork(&definition(), &step("send"));
    assert_eq!(kept(&taken), ["ask", "look"]);
    assert_eq!(taken.events.len(), 4, "{:#?}", taken.events);
    assert_eq!(
        State::of(&taken.events).step_status("ask"),
        StepStatus::Failed
    );
}

#[test]
fn what_a_run_undid_is_done_again() {
    let log = Log::default()
        .done("look")
        .done("ask")
        .done("send")
        .done("other")
        .fails("note", None)
        .done("unsend");
    let taken = log.fork(&definition(), &ForkFrom::Failure);
    assert_eq!(kept(&taken), ["ask", "look", "other"]);
}

#[test]
fn a_step_that_ended_the_run_runs_again() {
    let stop = serde_json::from_value(json!({"outcome": "failed"})).unwrap();
    let log = Log::default()
        .done("look")
        .done("ask")
        .done("other")
        .add("other", EventBody::StopRequested(stop))
        .add("send", EventBody::StepSkipped {});
    let taken = log.fork(&definition(), &ForkFrom::Failure);
    assert_eq!(kept(&taken), ["ask", "look"]);
    assert_eq!(State::of(&taken.events).stop, None);
}

fn iterations() -> Log {
    let started = EventBody::LoopStarted {
        items: vec![json!(1), json!(2), json!(3)],
        concurrency: 1,
    };
    Log::default()
        .done("look")
        .started("each")
        .add("each", started)
        .done("send[0]")
        .done("note[0]")
}

#[test]
fn the_step_of_a_loop_stands_for_the_whole_loop() {
    let log = iterations().done("send[1]");
    for asked in ["send", "send[1]", "each"] {
        let taken = log.fork(&looping(), &step(asked));
        assert_eq!(kept(&taken), ["look"], "{asked}");
        assert_eq!(taken.step_id.as_deref(), Some("each"));
    }
}

#[test]
fn trying_again_keeps_the_iterations_that_ended_well() {
    let log = iterations().done("send[1]").fails("note[1]", None);
    let taken = log.fork(&looping(), &ForkFrom::Failure);
    assert_eq!(kept(&taken), ["look", "note[0]", "send[0]", "send[1]"]);
    assert_eq!(taken.step_id.as_deref(), Some("note"));
    let state = State::of(&taken.events);
    assert_eq!(state.step_status("each"), StepStatus::Running);
}

#[test]
fn a_loop_that_ended_is_taken_over_with_all_that_happened_in_it() {
    let ended = EventBody::StepSucceeded {
        output: json!({"count": 1}),
        port: "out".into(),
    };
    let log = iterations()
        .add("note[1]", EventBody::StepSkipped {})
        .add("each", ended)
        .done("after");
    let taken = log.fork(&looping(), &step("after"));
    assert_eq!(
        kept(&taken),
        ["each", "look", "note[0]", "note[1]", "send[0]"]
    );
}

#[test]
fn changed_outputs_stand_in_place_of_the_old_ones() {
    let log = Log::default().done("look").done("ask").fails("send", None);
    let outputs = BTreeMap::from([("ask".to_owned(), json!({"of": "a person"}))]);
    let (definition, from) = (definition(), step("send"));
    let taken = choose(&definition, &definition, &log.0, &from, &outputs).unwrap();
    let state = State::of(&taken.events);
    assert_eq!(
        state.step("ask").unwrap().output,
        Some(json!({"of": "a person"}))
    );
    assert_eq!(taken.edited, ["ask"]);
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let log = Log::default().done("look").done("ask").fails("send", None);
    let definition = definition();
    let refused = |from: &ForkFrom, output: Option<&str>| {
        let outputs = output
            .map(|id| (id.to_owned(), json!(1)))
            .into_iter()
            .collect();
        let error = choose(&definition, &definition, &log.0, from, &outputs).unwrap_err();
        let fault = error.errors()[0].clone();
        (fault.pointer, fault.code)
    };
    let is = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    assert_eq!(
        refused(&step("gone"), None),
        is("/from_step", "unknown_step")
    );
    assert_eq!(
        refused(&step("unsend"), None),
        is("/from_step", "compensation_step")
    );
    assert_eq!(
        refused(&step("send"), Some("gone")),
        is("/outputs/gone", "unknown_step")
    );
    assert_eq!(
        refused(&step("send"), Some("other")),
        is("/outputs/other", "not_upstream")
    );
    assert_eq!(
        refused(&step("send"), Some("send")),
        is("/outputs/send", "not_upstream")
    );
    assert_eq!(
        refused(&step("note"), Some("send")),
        is("/outputs/send", "no_output")
    );
    assert_eq!(
        refused(&ForkFrom::Start, Some("look")),
        is("/outputs/look", "from_step_required")
    );
}

#[test]
fn a_newer_version_runs_what_is_new_in_it_and_what_follows() {
    let old = definition();
    let mut new = definition();
    new.steps
        .iter_mut()
        .filter(|step| step.id == "ask")
        .for_each(|step| step.type_ = "ask_more".into());
    let log = Log::default()
        .done("look")
        .done("ask")
        .done("other")
        .fails("send", None);
    let taken = choose(&old, &new, &log.0, &ForkFrom::Failure, &BTreeMap::new()).unwrap();
    assert_eq!(kept(&taken), ["look"]);
    new.steps.retain(|step| step.id != "look");
    let taken = choose(&old, &new, &log.0, &ForkFrom::Failure, &BTreeMap::new()).unwrap();
    assert!(kept(&taken).is_empty());
}
