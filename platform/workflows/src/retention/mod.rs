//! What runs leave behind is removed when it is old: days of events and log lines are dropped as
//! whole partitions, runs and what belongs to them in small batches. A run that has not ended
//! loses nothing, however old it is.

mod addresses;
mod days;
mod runs;

use crate::triggers::HookKeys;
use days::Days;
use diesel::sql_types::{Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use platform_db::jobs::{JobHandler, LeasedJob, Turn};
use platform_db::{Database, Owner, migrations};
use platform_kernel::id::TenantId;
use platform_kernel::tenant::{TenantStatus, schema_name};
use platform_kernel::{Result, clock};
use std::time::{Duration, Instant};
use tenants::retention::{self as plans, Plan};

/// The kind of job that removes what is old; every dealership has one, which never ends.
pub const RETENTION: &str = "retention";
/// How long one turn may take before others have theirs.
const TURN: Duration = Duration::from_secs(20);
/// States of runs that lose nothing.
const OPEN: &str = "('queued', 'running', 'waiting', 'paused')";

/// How many days things are kept where a dealership's plan does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionPolicy {
    pub events_days: u32,
    pub logs_days: u32,
    pub runs_days: u32,
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        Self {
            events_days: 30,
            logs_days: 14,
            runs_days: 400,
        }
    }
}

impl RetentionPolicy {
    /// The same with what a plan says.
    fn with(self, plan: Plan) -> Self {
        let or = |days: Option<i32>, else_: u32| {
            days.and_then(|days| u32::try_from(days).ok())
                .unwrap_or(else_)
        };
        Self {
            events_days: or(plan.events_days, self.events_days),
            logs_days: or(plan.logs_days, self.logs_days),
            runs_days: or(plan.runs_days, self.runs_days),
        }
    }
}

/// Removes what is old. It works as the owner of the schemas: dropping partitions is DDL, and a
/// dealership's own role cannot remove what happened.
pub struct Retention {
    pub owner: Owner,
    pub db: Database,
    pub policy: RetentionPolicy,
    pub keys: HookKeys,
}

impl Retention {
    /// Does what is due; answers whether all of it is done.
    pub async fn sweep(&self, tenant: TenantId, until: Instant) -> Result<bool> {
        let mut tx = self.db.control().await?;
        let found = plans::plan(&mut tx, tenant).await?;
        tx.commit().await?;
        let Some((status, plan)) = found else {
            return Ok(true);
        };
        let policy = self.policy.with(plan);
        let mut connection = self.owner.connect().await?;
        let mut sweep = Sweep {
            schema: schema_name(tenant),
            connection: &mut connection,
            until,
        };
        if matches!(status, TenantStatus::Active | TenantStatus::Suspended) {
            sweep.seal_addresses(tenant, &self.keys).await?;
        }
        if status != TenantStatus::Active {
            return Ok(true);
        }
        let days = Days::new(policy, clock::now());
        sweep.days(&days).await?;
        let done = sweep.leftovers(&days).await? && sweep.old_runs(policy).await?;
        Ok(done && sweep.surplus_runs().await? && sweep.tidings(policy).await?)
    }
}

/// The removal of what is old in one dealership's schema.
struct Sweep<'a> {
    schema: String,
    connection: &'a mut AsyncPgConnection,
    until: Instant,
}

impl Sweep<'_> {
    /// The statements that begin each transaction. Who cannot have a lock soon does not make
    /// runs wait behind it.
    fn context(&self) -> String {
        format!(
            "SELECT set_config('search_path', {}, true), set_config('lock_timeout', '2s', true), \
             set_config('statement_timeout', '60s', true)",
            migrations::literal(&self.schema)
        )
    }

    fn has_time(&self) -> bool {
        Instant::now() < self.until
    }
}

#[async_trait::async_trait]
impl JobHandler for Retention {
    fn kind(&self) -> &'static str {
        RETENTION
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        let tenant = job.tenant()?;
        let mut tx = self.db.control().await?;
        let found = plans::plan(&mut tx, tenant).await?;
        tx.commit().await?;
        if found.is_none_or(|(status, _)| status == TenantStatus::Deleted) {
            return Ok(Turn::Done);
        }
        let done = self.sweep(tenant, Instant::now() + TURN).await?;
        let at = match done {
            true => tomorrow(tenant),
            false => clock::now() + Duration::from_secs(1),
        };
        Ok(Turn::Again { at })
    }
}

/// Tells the process's recorder what this slice's metrics say.
pub fn describe_metrics() {
    metrics::describe_counter!(
        "auterity_retention_days_dropped_total",
        "Days of events and log lines that were dropped"
    );
    metrics::describe_counter!(
        "auterity_retention_runs_removed_total",
        "Runs that were removed because they were old or too many"
    );
}

/// Some time in the night, another one for each dealership.
fn tomorrow(tenant: TenantId) -> chrono::DateTime<chrono::Utc> {
    const NIGHT: u128 = 4 * 3_600;
    let second = u64::try_from(tenant.0.as_u128() % NIGHT).unwrap_or(0);
    let midnight = clock::now()
        .date_naive()
        .and_time(chrono::NaiveTime::MIN)
        .and_utc();
    midnight + Duration::from_secs(24 * 3_600) + Duration::from_secs(3_600 + second)
}

const ENQUEUE_MISSING: &str = "INSERT INTO control.jobs (kind, key, tenant_id, lane) \
    SELECT $1, t.id::text, t.id, 3 FROM control.tenants AS t \
    WHERE t.status = 'active' \
      AND NOT EXISTS (SELECT FROM control.jobs AS j WHERE j.kind = $1 AND j.key = t.id::text) \
    ON CONFLICT (kind, key) DO NOTHING";

const REVIVE: &str = "UPDATE control.jobs SET dead_at = NULL, attempts = 0, run_at = now(), \
    last_error = $2 WHERE kind = $1 AND dead_at < now() - interval '12 hours'";

/// Gives every active dealership its job, and one that was given up another try.
pub async fn enqueue_missing(db: &Database) -> Result<()> {
    let mut tx = db.control().await?;
    diesel::sql_query(ENQUEUE_MISSING)
        .bind::<Text, _>(RETENTION)
        .execute(tx.conn())
        .await?;
    diesel::sql_query(REVIVE)
        .bind::<Text, _>(RETENTION)
        .bind::<Nullable<Text>, _>(None::<String>)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}
