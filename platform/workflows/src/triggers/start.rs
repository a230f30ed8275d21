//! The one way by which what comes in starts runs: deliveries to hooks, events, changes of records.

use super::deliveries;
use super::expression::{self, digest};
use super::limits::{self, Burst};
use super::queries::Listening;
use crate::admission;
use platform_db::TenantTx;
use platform_db::jobs::Lane;
use platform_engine::definition::TriggerLimits;
use platform_engine::keys::Seen;
use platform_engine::{Arrival, Cause, LiveBus, NewExecution, accept, replace};
use platform_kernel::id::{ExecutionId, LeadId};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Result, clock};
use serde_json::Value;

/// One start in 256, those that draw this number, also clears away what is old.
const PRUNE_ON: u8 = 0;

/// What came in for a trigger.
#[derive(Debug, Default)]
pub struct Incoming {
    /// `trigger` in the run's expressions.
    pub input: Value,
    pub lead_id: Option<LeadId>,
    /// What names it, whatever it holds: the same name starts one run.
    pub name: Option<String>,
    /// What names it for some minutes, where nothing else does.
    pub content: Option<String>,
    /// The run whose event or change it is.
    pub cause: Option<Cause>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// The run; of something that came before the one that it started then.
    pub execution_id: Option<ExecutionId>,
    pub duplicate: bool,
    /// Whether the run is a new one: neither started before nor waiting for the end of a burst.
    pub is_new: bool,
}

/// Accepts a run, unless the same started one before or a burst goes on. The caller commits and
/// wakes the workers.
pub async fn start(
    tx: &mut TenantTx,
    bus: &LiveBus,
    listening: &Listening,
    incoming: Incoming,
) -> Result<Started> {
    let limits = listening.trigger.limits();
    let tenant = tx.tenant().clone();
    let seen = Seen::new(&incoming.input, listening.parameters.as_ref(), &tenant);
    let keys = Keys::of(&limits, &seen, listening).await;
    let source = source(listening);
    let mut claimed = Vec::new();
    for (name, window) in names(&incoming, &keys, &limits) {
        if deliveries::claim(tx, &source, &name, window).await? {
            claimed.push(name);
            continue;
        }
        let execution_id = deliveries::execution_of(tx, &source, &name).await?;
        link(tx, &source, &claimed, execution_id).await?;
        return Ok(Started {
            execution_id,
            duplicate: true,
            is_new: false,
        });
    }
    let (id, is_new) = run(tx, bus, listening, incoming, &limits, &keys).await?;
    link(tx, &source, &claimed, Some(id)).await?;
    if rand::random::<u8>() == PRUNE_ON {
        let now = clock::now();
        deliveries::prune(tx, now - deliveries::NAMED).await?;
        limits::prune(tx, now).await?;
    }
    Ok(Started {
        execution_id: Some(id),
        duplicate: false,
        is_new,
    })
}

/// What came in as the intake takes it; given back when the trigger's limits look at other runs,
/// or more than one name makes sure that it starts one.
pub async fn arrival(
    tenant: &TenantContext,
    listening: &Listening,
    incoming: Incoming,
) -> Result<Arrival, Incoming> {
    let limits = listening.trigger.limits();
    if limits.debounce.is_some() || limits.throttle.is_some() || incoming.cause.is_some() {
        return Err(incoming);
    }
    let seen = Seen::new(&incoming.input, listening.parameters.as_ref(), tenant);
    let keys = Keys::of(&limits, &seen, listening).await;
    let mut names = names(&incoming, &keys, &limits);
    let (Some((name, window)), true) = (names.pop(), names.is_empty()) else {
        return Err(incoming);
    };
    Ok(Arrival {
        tenant: tenant.clone(),
        trigger: listening.trigger.id,
        stamp: listening.stamp.clone(),
        source: source(listening),
        name,
        window,
        execution: prepare(tenant, listening, incoming).await,
    })
}

/// Under what the trigger's deliveries are remembered.
fn source(listening: &Listening) -> String {
    format!("trigger:{}", listening.trigger.id)
}

/// The keys that the trigger's limits give for what came in.
struct Keys {
    deduplication: Option<String>,
    /// `None` without a limit.
    debounce: Option<String>,
    throttle: Option<String>,
}

impl Keys {
    /// An expression that gives nothing limits nothing: rather a run too many than one that is
    /// missing. Only a throttle holds for all that have no key together.
    async fn of(limits: &TriggerLimits, seen: &Seen<'_>, listening: &Listening) -> Self {
        let key = async |source: Option<&str>| {
            let key = expression::key(seen, source?).await;
            key.unwrap_or_else(|message| {
                tracing::warn!(message, trigger.id = %listening.trigger.id, "a key of a trigger gave nothing");
                None
            })
        };
        let mut keys = Self {
            deduplication: key(limits.deduplication_key.as_deref()).await,
            debounce: None,
            throttle: None,
        };
        if let Some(limit) = &limits.debounce {
            keys.debounce = match &limit.key {
                Some(source) => key(Some(source)).await,
                None => Some(String::new()),
            };
        }
        if let Some(limit) = &limits.throttle {
            let throttle = key(limit.key.as_deref()).await;
            keys.throttle = Some(throttle.unwrap_or_default());
        }
        keys
    }
}

/// Under which names what came in is remembered, and for how long.
fn names(
    incoming: &Incoming,
    keys: &Keys,
    limits: &TriggerLimits,
) -> Vec<(String, chrono::Duration)> {
    let named = incoming.name.clone();
    let key = keys.deduplication.as_ref();
    let key = key.map(|key| format!("key:{}", digest(key.as_bytes())));
    let mut names: Vec<_> = [named, key]
        .into_iter()
        .flatten()
        .map(|name| (name, deliveries::NAMED))
        .collect();
    // The same content again lets a burst go on.
    if names.is_empty() && limits.debounce.is_none() {
        let content = incoming.content.clone();
        names.extend(content.map(|name| (name, deliveries::SAME_BODY)));
    }
    names
}

async fn link(
    tx: &mut TenantTx,
    source: &str,
    names: &[String],
    execution: Option<ExecutionId>,
) -> Result<()> {
    for name in names {
        if let Some(execution) = execution {
            deliveries::link(tx, source, name, execution).await?;
        }
    }
    Ok(())
}

/// The run that works on what came in, and whether it is a new one.
async fn run(
    tx: &mut TenantTx,
    bus: &LiveBus,
    listening: &Listening,
    incoming: Incoming,
    limits: &TriggerLimits,
    keys: &Keys,
) -> Result<(ExecutionId, bool)> {
    let (trigger, now) = (listening.trigger.id, clock::now());
    let mut execution = prepare(tx.tenant(), listening, incoming).await;
    if let (Some(debounce), Some(key)) = (&limits.debounce, &keys.debounce) {
        let due = match limits::join_burst(tx, trigger, key, debounce, now).await? {
            Burst::Open(id) => {
                replace(tx, id, execution).await?;
                return Ok((id, false));
            }
            Burst::Begins(due) => due,
        };
        execution.run_at = Some(due);
        let id = accept(tx, bus, execution).await?;
        limits::write_burst(tx, trigger, key, id, now, due).await?;
        return Ok((id, true));
    }
    if let (Some(throttle), Some(key)) = (&limits.throttle, &keys.throttle) {
        let at = limits::take_moment(tx, trigger, key, throttle, now).await?;
        execution.run_at = Some(at).filter(|at| *at > now);
    }
    Ok((accept(tx, bus, execution).await?, true))
}

async fn prepare(
    tenant: &TenantContext,
    listening: &Listening,
    incoming: Incoming,
) -> NewExecution {
    let execution = NewExecution {
        lead_id: incoming.lead_id,
        caused_by: incoming.cause,
        ..NewExecution::new(
            listening.trigger.workflow_id,
            listening.version,
            &listening.trigger.trigger_id,
            &listening.trigger.type_,
            incoming.input,
            Lane::Event,
        )
    };
    admission::prepare(
        execution,
        listening.settings.as_ref(),
        listening.parameters.as_ref(),
        tenant,
    )
    .await
}
