//! What was measured: one JSON file for each scenario, and the page that is made from them.

use crate::load::Times;
use crate::probe::{Costs, Probe};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// The order on the page.
pub const SCENARIOS: [&str; 10] = [
    "api",
    "s1",
    "s2",
    "s3",
    "s6",
    "s7",
    "s8",
    "s10",
    "s12",
    "expressions",
];

/// What came of one scenario.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Section {
    pub id: String,
    pub title: String,
    /// What is done, in a few sentences.
    pub text: String,
    pub machine: String,
    pub taken_at: String,
    /// The machine's load average just before: other work makes the figures worse.
    pub load_before: String,
    pub goals: Vec<Goal>,
    pub tables: Vec<Table>,
    pub notes: Vec<String>,
    pub raw: Value,
}

/// A figure beside what it is held against.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Goal {
    pub what: String,
    pub measured: String,
    pub goal: String,
    /// The published or measured figure of others.
    pub line_to_beat: String,
    pub held: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(head: &[&str]) -> Self {
        Self {
            head: head.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let row: Vec<String> = cells.into_iter().collect();
        print(&row.join(" | "));
        self.rows.push(row);
    }
}

impl Section {
    pub async fn begin(
        id: &str,
        title: &str,
        text: impl Into<String>,
        probe: &Probe,
    ) -> anyhow::Result<Self> {
        print(&format!("\n{id}: {title}"));
        Ok(Self {
            id: id.to_owned(),
            title: title.to_owned(),
            text: text.into(),
            machine: machine(probe).await?,
            taken_at: chrono::Utc::now().format("%Y-%m-%d %H:%M UTC").to_string(),
            load_before: load_average(),
            raw: json!({}),
            ..Self::default()
        })
    }

    /// A figure that must not be above `most`.
    pub fn at_most(&mut self, what: &str, measured: f64, most: f64, unit: &str, line: &str) {
        let goal = format!("≤ {most} {unit}");
        self.goal(what, measured, goal, unit, line, measured <= most);
    }

    /// A figure that must not be below `least`.
    pub fn at_least(&mut self, what: &str, measured: f64, least: f64, unit: &str, line: &str) {
        let goal = format!("≥ {least} {unit}");
        self.goal(what, measured, goal, unit, line, measured >= least);
    }

    fn goal(
        &mut self,
        what: &str,
        measured: f64,
        goal: String,
        unit: &str,
        line: &str,
        held: bool,
    ) {
        let measured = format!("{} {unit}", number(measured));
        let word = if held { "held" } else { "NOT HELD" };
        print(&format!("  {what}: {measured} (goal {goal}: {word})"));
        self.goals.push(Goal {
            what: what.to_owned(),
            measured,
            goal,
            line_to_beat: line.to_owned(),
            held,
        });
    }

    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        print(&format!("  {text}"));
        self.notes.push(text);
    }

    pub fn keep(&mut self, name: &str, value: Value) {
        if let Some(raw) = self.raw.as_object_mut() {
            raw.insert(name.to_owned(), value);
        }
    }

    pub fn save(&self, folder: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)?;
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(folder.join(format!("{}.json", self.id)), text)?;
        Ok(())
    }
}

/// A number with as many places as say something.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// p50, p95, p99 and the longest, in milliseconds.
pub fn percentiles(times: &Times) -> [String; 4] {
    [50.0, 95.0, 99.0, 100.0].map(|at| number(times.at(at)))
}

pub const PERCENTILES: [&str; 4] = ["p50 ms", "p95 ms", "p99 ms", "max ms"];

/// What a thousand runs cost.
pub const COSTS: [&str; 6] = [
    "server CPU s",
    "Postgres CPU s",
    "generator CPU s",
    "transactions",
    "fsyncs",
    "WAL KiB",
];

/// The cells under [`COSTS`], each for a thousand runs.
pub fn costs(costs: &Costs, runs: u32) -> Vec<String> {
    let thousands = f64::from(runs.max(1)) / 1_000.0;
    let mut cells: Vec<String> = costs.per_thousand(runs).map(number).into();
    cells.push(number(costs.transactions / thousands));
    cells.push(number(costs.syncs / thousands));
    cells.push(number(costs.wal_bytes / thousands / 1_024.0));
    cells
}

/// Puts the page together from the scenarios' files.
pub fn write_page(folder: &Path, page: &Path) -> anyhow::Result<()> {
    let mut sections = Vec::new();
    for id in SCENARIOS {
        let file = folder.join(format!("{id}.json"));
        if let Ok(text) = std::fs::read_to_string(&file) {
            let section: Section =
                serde_json::from_str(&text).with_context(|| file.display().to_string())?;
            sections.push(section);
        }
    }
    let mut text = String::from(include_str!("page.md"));
    text.push_str("\n| | measured | goal | | line to beat |\n|---|---|---|---|---|\n");
    for section in &sections {
        for goal in &section.goals {
            let word = if goal.held { "held" } else { "**not held**" };
            writeln!(
                text,
                "| {} {} | {} | {} | {word} | {} |",
                section.id.to_uppercase(),
                goal.what,
                goal.measured,
                goal.goal,
                goal.line_to_beat
            )?;
        }
    }
    for section in &sections {
        write_section(&mut text, section)?;
    }
    std::fs::write(page, text)?;
    Ok(())
}

fn write_section(text: &mut String, section: &Section) -> anyhow::Result<()> {
    let id = section.id.to_uppercase();
    write!(text, "\n## {id}: {}\n\n{}\n\n", section.title, section.text)?;
    writeln!(
        text,
        "`make bench BENCH={}` · {} · {} · load average before: {}",
        section.id, section.taken_at, section.machine, section.load_before
    )?;
    for table in &section.tables {
        writeln!(text, "\n| {} |", table.head.join(" | "))?;
        writeln!(text, "|{}", "---|".repeat(table.head.len()))?;
        for row in &table.rows {
            writeln!(text, "| {} |", row.join(" | "))?;
        }
    }
    if !section.notes.is_empty() {
        text.push('\n');
        for note in &section.notes {
            writeln!(text, "- {note}")?;
        }
    }
    Ok(())
}

async fn machine(probe: &Probe) -> anyhow::Result<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |rest| rest.trim_start_matches([':', '\t', ' ']));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let postgres = probe
        .text(
            "SELECT 'PostgreSQL ' || current_setting('server_version') \
             || ', fsync ' || current_setting('fsync') \
             || ', synchronous_commit ' || current_setting('synchronous_commit')",
        )
        .await?;
    Ok(format!("{cores} cores ({model}), {postgres}"))
}

fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub fn print(text: &str) {
    println!("{text}");
}
