//! What an `approval` step is configured with.

use super::form;
use super::hours::Hours;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use platform_engine::schema::Fault;
use platform_engine::step::StepError;
use platform_kernel::id::UserId;
use platform_kernel::text::is_blank;
use policies::Role;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const MOST_FACTS: usize = 30;
const MOST_ESCALATIONS: usize = 5;
/// A year.
const MOST_MINUTES: u32 = 366 * 24 * 60;

/// To whom a decision goes: everyone of a role, or one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignee {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

impl Assignee {
    /// Exactly one of the two is given, and the role is one of the dealership's.
    pub fn is_clear(&self) -> bool {
        self.role.is_some() != self.user_id.is_some() && self.role != Some(Role::SuperAdmin)
    }
}

/// By when a decision is wanted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DueIn {
    minutes: u32,
    /// Whether minutes count only while the dealership is open.
    #[serde(default)]
    business_hours: bool,
}

/// To whom a decision goes when nobody has made it for so long.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EscalateIn {
    after_minutes: u32,
    to: Assignee,
}

/// Where a run goes on when nobody has decided in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OnTimeout {
    /// As if it was rejected.
    Reject,
    /// By a port of its own.
    #[default]
    Timeout,
}

/// A label and what stands beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

#[derive(Deserialize)]
struct GivenFact {
    label: String,
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    title: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    facts: Option<Vec<GivenFact>>,
    #[serde(default)]
    form: Option<Value>,
    assignee: Assignee,
    #[serde(default)]
    due: Option<DueIn>,
    #[serde(default)]
    escalate: Option<Vec<EscalateIn>>,
    #[serde(default)]
    hours: Option<Hours>,
    #[serde(default)]
    on_timeout: Option<OnTimeout>,
    #[serde(default)]
    links: Option<bool>,
}

/// A configuration that makes sense, with times as instants.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) facts: Vec<Fact>,
    pub(crate) form: Option<Value>,
    pub(crate) assignee: Assignee,
    pub(crate) due_at: Option<DateTime<Utc>>,
    pub(crate) escalations: Vec<Escalation>,
    pub(crate) on_timeout: OnTimeout,
    pub(crate) links: bool,
}

/// To whom it goes next, and when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Escalation {
    pub(crate) at: DateTime<Utc>,
    pub(crate) to: Assignee,
}

impl Config {
    /// Reads a resolved configuration at the moment the step begins to wait.
    pub(crate) fn of(config: Value, now: DateTime<Utc>, zone: Tz) -> Result<Self, StepError> {
        let given: Given = serde_json::from_value(config)
            .map_err(|error| invalid(format!("The approval cannot be asked for: {error}")))?;
        let title = line(&given.title, 200);
        if is_blank(&title) {
            return Err(invalid("The approval has no title"));
        }
        let facts = given.facts.unwrap_or_default();
        let hours = given.hours.unwrap_or_default();
        let due = given.due;
        let clock = Calendar {
            now,
            zone,
            hours: &hours,
            open_only: due.as_ref().is_some_and(|due| due.business_hours),
        };
        let faults = given.form.as_ref().map(form::faults).unwrap_or_default();
        if let Some(fault) = faults.first() {
            return Err(invalid(format!("The form cannot be used: {fault}")));
        }
        Ok(Self {
            title,
            body: paragraphs(given.body.as_deref().unwrap_or_default(), 4_000),
            facts: facts.into_iter().take(MOST_FACTS).map(Fact::from).collect(),
            form: given.form,
            assignee: clear(given.assignee)?,
            due_at: due.map(|due| clock.after(due.minutes)).transpose()?,
            escalations: escalations(given.escalate.unwrap_or_default(), &clock)?,
            on_timeout: given.on_timeout.unwrap_or_default(),
            links: given.links.unwrap_or_default(),
        })
    }
}

fn escalations(given: Vec<EscalateIn>, clock: &Calendar<'_>) -> Result<Vec<Escalation>, StepError> {
    let mut all = Vec::new();
    for one in given.into_iter().take(MOST_ESCALATIONS) {
        all.push(Escalation {
            at: clock.after(one.after_minutes)?,
            to: clear(one.to)?,
        });
    }
    all.sort_by_key(|one| one.at);
    Ok(all)
}

/// How minutes from now are counted.
struct Calendar<'a> {
    now: DateTime<Utc>,
    zone: Tz,
    hours: &'a Hours,
    open_only: bool,
}

impl Calendar<'_> {
    fn after(&self, minutes: u32) -> Result<DateTime<Utc>, StepError> {
        let minutes = minutes.min(MOST_MINUTES);
        if !self.open_only {
            return Ok(self.now + TimeDelta::minutes(minutes.into()));
        }
        let at = self.hours.after(self.now, minutes, self.zone);
        at.ok_or_else(|| invalid("The opening hours have no open minute"))
    }
}

fn clear(assignee: Assignee) -> Result<Assignee, StepError> {
    match assignee.is_clear() {
        true => Ok(assignee),
        false => Err(invalid("An approval goes to a role or to a person")),
    }
}

fn invalid(message: impl Into<String>) -> StepError {
    StepError::fatal("approval_invalid", message)
}

impl From<GivenFact> for Fact {
    fn from(fact: GivenFact) -> Self {
        let value = match fact.value {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        Self {
            label: line(&fact.label, 100),
            value: paragraphs(&value, 1_000),
        }
    }
}

/// One line without control characters.
fn line(text: &str, longest: usize) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(longest).collect()
}

/// Lines without other control characters.
pub(crate) fn paragraphs(text: &str, longest: usize) -> String {
    let text = text.replace("\r\n", "\n");
    let kept = text.chars().filter(|c| !c.is_control() || *c == '\n');
    kept.take(longest).collect::<String>().trim().to_owned()
}

/// What the schema cannot say of a configuration that may still hold expressions.
pub(super) fn check(config: &Value) -> Vec<Fault> {
    let fault = |pointer: String, message: &str| Fault {
        pointer,
        message: message.to_owned(),
    };
    let mut faults = Vec::new();
    let unclear = |to: &Value| {
        let given = |name: &str| to.get(name).is_some_and(|value| !value.is_null());
        to.is_object() && !is_expression(to) && given("role") == given("user_id")
    };
    if config.get("assignee").is_some_and(unclear) {
        faults.push(fault(
            "/assignee".to_owned(),
            "must name either a role or a person",
        ));
    }
    let due = config.pointer("/due/minutes").and_then(Value::as_u64);
    let steps = config.get("escalate").and_then(Value::as_array);
    for (index, step) in steps.into_iter().flatten().enumerate() {
        if step.get("to").is_some_and(unclear) {
            let pointer = format!("/escalate/{index}/to");
            faults.push(fault(pointer, "must name either a role or a person"));
        }
        let after = step.get("after_minutes").and_then(Value::as_u64);
        if let (Some(after), Some(due)) = (after, due)
            && after >= due
        {
            let pointer = format!("/escalate/{index}/after_minutes");
            faults.push(fault(
                pointer,
                "comes when the time for the decision is over",
            ));
        }
    }
    if let Some(form) = config
        .get("form")
        .filter(|form| !form.is_null() && !is_expression(form))
    {
        let of_form = form::faults(form).into_iter();
        faults
            .extend(of_form.map(|found| fault(format!("/form{}", found.pointer), &found.message)));
    }
    if let Some(hours) = config.get("hours").filter(|hours| hours.is_object()) {
        match serde_json::from_value::<Hours>(hours.clone()) {
            Ok(hours) if !hours.are_some() => {
                faults.push(fault("/hours".to_owned(), "have no open minute"));
            }
            // Expressions, or what the schema already told.
            _ => {}
        }
    }
    faults
}

fn is_expression(value: &Value) -> bool {
    ["$ref", "$cel", "$tpl"]
        .iter()
        .any(|key| value.get(key).is_some())
}

pub(super) fn schema() -> Value {
    let text =
        |title: &str| json!({ "type": ["string", "null"], "title": title, "format": "multiline" });
    let assignee = |title: &str| {
        json!({
            "type": "object", "title": title, "additionalProperties": false,
            "properties": {
                "role": { "title": "Role", "enum": ["manager", "dealership_admin", "user", null] },
                "user_id": { "type": ["string", "null"], "title": "Person", "description": "Instead of a role" }
            }
        })
    };
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["title", "assignee"],
        "x-ui": { "order": ["title", "body", "assignee", "facts", "form", "due", "escalate", "on_timeout", "links", "hours"] },
        "properties": {
            "title": { "type": "string", "title": "Question", "description": "What is to be decided, in one line", "minLength": 1 },
            "body": text("Explanation"),
            "facts": {
                "type": ["array", "null"], "title": "Facts", "description": "What the person sees to decide on", "maxItems": MOST_FACTS,
                "items": {
                    "type": "object", "additionalProperties": false, "required": ["label"],
                    "properties": { "label": { "type": "string", "title": "Label", "minLength": 1 }, "value": { "title": "Value" } }
                }
            },
            "form": { "type": ["object", "null"], "title": "Form", "description": "JSON Schema of what is filled in with the decision: texts, numbers, yes or no, choices, dates" },
            "assignee": assignee("Who decides"),
            "due": {
                "type": ["object", "null"], "title": "By when", "additionalProperties": false, "required": ["minutes"],
                "properties": {
                    "minutes": { "type": "integer", "title": "Minutes", "minimum": 1, "maximum": MOST_MINUTES },
                    "business_hours": { "type": "boolean", "title": "Count open hours only", "description": "Also for escalations", "default": false }
                }
            },
            "escalate": {
                "type": ["array", "null"], "title": "Escalations", "description": "To whom it goes when nobody has decided", "maxItems": MOST_ESCALATIONS,
                "items": {
                    "type": "object", "additionalProperties": false, "required": ["after_minutes", "to"],
                    "properties": {
                        "after_minutes": { "type": "integer", "title": "Minutes after it was asked", "minimum": 1, "maximum": MOST_MINUTES },
                        "to": assignee("Then to")
                    }
                }
            },
            "on_timeout": { "title": "When nobody decided in time", "enum": ["timeout", "reject", null], "default": "timeout", "description": "Go on at the port timeout, or as if it was rejected" },
            "links": { "type": ["boolean", "null"], "title": "Send links by e-mail", "description": "Each person gets a link of their own, with which to decide once without signing in", "default": false },
            "hours": {
                "type": ["object", "null"], "title": "Open hours", "additionalProperties": false,
                "description": "In the dealership's time zone; Monday to Saturday, 9:00 to 19:00, unless given",
                "properties": {
                    "days": { "type": "array", "title": "Days", "items": { "enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] }, "default": ["mon", "tue", "wed", "thu", "fri", "sat"] },
                    "from": { "type": "string", "title": "From", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "default": "09:00" },
                    "to": { "type": "string", "title": "To", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "default": "19:00" }
                }
            }
        }
    })
}
