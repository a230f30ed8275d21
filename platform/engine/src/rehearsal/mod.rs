//! Running a definition without anything leaving the house: no call is made, and what its steps
//! write into the dealership's tables is taken back. What the outside would have answered comes
//! from a past run, from what a person pinned, or is made up to fit.

mod answers;
mod sample;
mod stand_ins;
mod store;

pub use answers::{Answered, Answers, Past, PastEffect, RehearsedEffect};
pub use sample::sample;

use crate::definition::Definition;
use crate::event::Event;
use crate::failure::Failure;
use crate::fold::{ExecutionStatus, State};
use crate::registry::StepRegistry;
use crate::run::{self, Ended};
use crate::store::Store;
use crate::view::ExecutionLogView;
use chrono::{DateTime, Utc};
use platform_db::TenantTx;
use platform_db::jobs::JobRef;
use platform_db::jobs::Lease;
use platform_kernel::Result;
use platform_kernel::id::{ExecutionId, LeadId, UserId, WorkerId, WorkflowId};
use platform_kernel::tenant::TenantContext;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use store::RehearsalStore;

/// Turns that a rehearsal may take: each wait is one.
const MAX_TURNS: u32 = 2_000;
/// What a rehearsal may take in all; it holds a connection for that long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A run to be rehearsed.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    pub tenant: TenantContext,
    pub workflow_id: WorkflowId,
    pub definition: Arc<Definition>,
    pub parameters: Arc<Value>,
    pub trigger_id: String,
    pub trigger_type: String,
    pub input: Value,
    pub lead_id: Option<LeadId>,
    pub started_by: Option<UserId>,
    /// When the run is taken to begin; waits pass at once, and the clock goes on with them.
    pub at: DateTime<Utc>,
    /// What happened before the first step: outputs of steps that are not run.
    pub before: Vec<Event>,
    pub answers: Answers,
}

/// How a rehearsal went.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    pub status: ExecutionStatus,
    pub state: State,
    pub output: Option<Value>,
    pub error: Option<Failure>,
    pub events: Vec<Event>,
    pub logs: Vec<ExecutionLogView>,
    /// What would have been done outside, in order.
    pub effects: Vec<RehearsedEffect>,
}

/// Takes the run to its end in `tx`, which is rolled back.
pub async fn rehearse(
    tx: TenantTx,
    registry: &StepRegistry,
    rehearsal: Rehearsal,
) -> Result<Rehearsed> {
    let work = go(tx, registry, rehearsal);
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(rehearsed) => rehearsed,
        Err(_elapsed) => {
            let detail = "the run takes too long to be tried out; it was broken off";
            Err(platform_kernel::ErrorCode::Conflict.detail(detail))
        }
    }
}

async fn go(tx: TenantTx, registry: &StepRegistry, rehearsal: Rehearsal) -> Result<Rehearsed> {
    let tenant = rehearsal.tenant.clone();
    let id = ExecutionId::new();
    let answers = Arc::new(rehearsal.answers.clone());
    let registry = Arc::new(stand_ins::registry_of(registry, &answers));
    let store = Arc::new(RehearsalStore::new(tx, id, rehearsal, Arc::clone(&answers)));
    for turn in 0..MAX_TURNS {
        let ended = run::take_turn(run::Turn {
            store: Arc::clone(&store) as Arc<dyn Store>,
            registry: Arc::clone(&registry),
            live: None,
            tenant: tenant.clone(),
            execution_id: id,
            job: JobRef {
                id: 0,
                owner: WorkerId::new(),
                lease_epoch: i64::from(turn) + 1,
            },
            takeovers: 0,
            lease: Lease::default(),
        });
        match Box::pin(ended).await? {
            Ended::Over { .. } => break,
            Ended::Parked { at } => store.wait_until(at),
        }
    }
    Ok(store.rehearsed(answers.taken()))
}
