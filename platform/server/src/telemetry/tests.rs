use super::describe;
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Keeps what it is told of metrics: name → (type, help).
#[derive(Default)]
struct Told(Mutex<BTreeMap<String, (&'static str, String)>>);

impl Told {
    fn note(&self, name: &KeyName, type_: &'static str, help: &SharedString) {
        let told = (type_, help.to_string());
        self.0
            .lock()
            .unwrap()
            .insert(name.as_str().to_owned(), told);
    }
}

impl Recorder for Told {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        self.note(&name, "counter", &help);
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        self.note(&name, "gauge", &help);
    }

    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        self.note(&name, "histogram", &help);
    }

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// The rows of `docs/metrics.md`: name → (type, labels, help).
fn listed() -> BTreeMap<String, (String, String, String)> {
    let page = include_str!("../../../../docs/metrics.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, type_, labels, help] = cells.as_slice() else {
            panic!("not four cells: {row}");
        };
        let rest = (
            (*type_).to_owned(),
            (*labels).to_owned(),
            (*help).to_owned(),
        );
        (name.trim_matches('`').to_owned(), rest)
    })
    .collect()
}

/// Dashboards and alerts go by these names. What the labels are is compared with what a running
/// server shows, in `tests/api/metrics.rs`.
#[test]
fn the_list_of_metrics_is_what_the_code_describes() {
    let told = Told::default();
    with_local_recorder(&told, describe);
    let told = told.0.into_inner().unwrap();
    let listed = listed();
    let row = |name: &String, type_: &str, help: &String| {
        let labels = listed.get(name).map_or("", |row| row.1.as_str());
        format!("| `{name}` | {type_} | {labels} | {help} |")
    };
    let now: Vec<String> = told
        .iter()
        .map(|(name, (t, help))| row(name, t, help))
        .collect();
    let before: Vec<String> = listed
        .iter()
        .map(|(name, (t, _, help))| row(name, t, help))
        .collect();
    assert_eq!(
        now,
        before,
        "docs/metrics.md should be:\n{}\n",
        now.join("\n")
    );
}
