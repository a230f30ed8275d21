//! Writing a run's events: what a commit is, the one statement that appends it, and the writer
//! that puts many commits into one transaction; and reading the rows of many runs at once.

mod append;
mod reader;
mod writer;

pub(crate) use append::append;
pub(crate) use reader::RunReader;
pub(crate) use writer::EventWriter;

use crate::event::EventBody;
use crate::fold::ExecutionStatus;
use crate::model::EffectRowState;
use crate::step::LogLevel;
use chrono::{DateTime, Utc};
use platform_db::jobs::JobRef;
use platform_kernel::Error;
use platform_kernel::id::ExecutionId;
use platform_kernel::tenant::TenantContext;
use serde_json::Value;

/// What is to become durable at once: all of it or nothing.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) tenant: TenantContext,
    pub(crate) execution_id: ExecutionId,
    /// The lease that writes; an older one than the run has seen is refused.
    pub(crate) epoch: i64,
    /// Sequence number of the first entry: what the writer believes comes next.
    pub(crate) base: i64,
    pub(crate) entries: Vec<Entry>,
    pub(crate) change: Change,
    pub(crate) effects: Vec<EffectChange>,
    /// The job to delete with it, when the run has ended.
    pub(crate) ends: Option<JobRef>,
}

/// An event or a log line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) at: DateTime<Utc>,
    pub(crate) step_id: Option<String>,
    pub(crate) attempt: Option<u32>,
    pub(crate) body: EntryBody,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EntryBody {
    Event(EventBody),
    Log(LogLevel, String, Option<Value>),
}

/// The columns of the run that follow from its state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    pub(crate) status: ExecutionStatus,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) output: Option<Value>,
    pub(crate) error: Option<Value>,
}

/// An effect's row; what is `None` stays as it is.
#[derive(Clone, Debug)]
pub(crate) struct EffectChange {
    pub(crate) key: String,
    pub(crate) step_id: String,
    pub(crate) kind: String,
    pub(crate) state: EffectRowState,
    pub(crate) summary: String,
    pub(crate) simulated: bool,
    pub(crate) request: Option<Value>,
    pub(crate) response: Option<Value>,
    pub(crate) provider_reference: Option<String>,
}

/// A commit that is durable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Appended {
    /// Set when somebody has asked the run to stop.
    pub(crate) cancel: Option<Cancel>,
    /// Whether somebody has asked the run to pause.
    pub(crate) pause: bool,
    /// Whether the job went with it.
    pub(crate) job_deleted: bool,
}

/// A wish that the run stop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cancel {
    pub(crate) reason: Option<String>,
}

/// Why a turn cannot go on.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Somebody else has the run, or has written to it.
    Fenced,
    Fault(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}
