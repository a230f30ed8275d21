use super::scope::View;
use serde_json::Value;

/// What an expression may refer to.
pub(crate) const ROOTS: [&str; 9] = [
    "trigger",
    "steps",
    "variables",
    "execution",
    "tenant",
    "parameters",
    "item",
    "index",
    "loops",
];
/// What there is in loops only.
const IN_LOOPS: [&str; 3] = ["item", "index", "loops"];
/// What there is of a step.
const OF_A_STEP: [&str; 3] = ["output", "error", "status"];

/// A path into the values of a run, for example `steps.lead.output.phones[0].number`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    segments: Vec<String>,
}

impl Reference {
    /// Reads a dotted path; the error says what is wrong with it.
    pub fn parse(path: &str) -> Result<Self, String> {
        let mut segments = Vec::new();
        for part in path.trim().split('.') {
            let (name, indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
            if name.is_empty() {
                return Err(format!("`{path}` has an empty part"));
            }
            segments.push(name.to_owned());
            segments.extend(read_indexes(indexes).ok_or_else(|| {
                format!("`{part}` is not a name with indexes such as `items[0]`")
            })?);
        }
        let reference = Self { segments };
        reference.check().map(|()| reference)
    }

    pub(crate) fn from_segments(segments: Vec<String>) -> Self {
        Self { segments }
    }

    /// Whether the path begins with what there is.
    pub fn check(&self) -> Result<(), String> {
        let root = self.root();
        if !ROOTS.contains(&root) {
            return Err(format!(
                "`{root}` is unknown here; there are {}",
                ROOTS.join(", ")
            ));
        }
        match self.segments.get(2) {
            Some(part) if root == "steps" && !OF_A_STEP.contains(&part.as_str()) => {
                Err(format!("a step has {}, not `{part}`", OF_A_STEP.join(", ")))
            }
            _ => Ok(()),
        }
    }

    pub fn root(&self) -> &str {
        self.segments.first().map_or("", String::as_str)
    }

    /// The step referred to, if the path names one.
    pub fn step(&self) -> Option<&str> {
        if self.root() != "steps" {
            return None;
        }
        self.segments.get(1).map(String::as_str)
    }

    /// The variable referred to, if the path names one.
    pub fn variable(&self) -> Option<&str> {
        if self.root() != "variables" {
            return None;
        }
        self.segments.get(1).map(String::as_str)
    }

    /// The loop referred to, if the path names one.
    pub(crate) fn of_loop(&self) -> Option<&str> {
        if self.root() != "loops" {
            return None;
        }
        self.segments.get(1).map(String::as_str)
    }

    pub(crate) fn segments(&self) -> &[String] {
        &self.segments
    }

    /// Whether the path begins with what there is in loops only.
    pub(crate) fn is_of_a_loop(&self) -> bool {
        IN_LOOPS.contains(&self.root())
    }

    /// The path after the root.
    pub fn rest(&self) -> &[String] {
        self.segments.get(1..).unwrap_or_default()
    }

    /// What stands at the path; `null` where there is nothing.
    pub(crate) fn read(&self, view: &View<'_>) -> Value {
        view.read(&self.segments)
    }
}

/// `[0][1]` as its numbers.
fn read_indexes(mut text: &str) -> Option<Vec<String>> {
    let mut indexes = Vec::new();
    while !text.is_empty() {
        let (number, rest) = text.strip_prefix('[')?.split_once(']')?;
        number.parse::<usize>().ok()?;
        indexes.push(number.to_owned());
        text = rest;
    }
    Some(indexes)
}
