//! The work of a replay of many: one batch is one transaction, which repeats its runs and moves the
//! cursor, so that none is repeated twice however often a turn breaks off.

use super::queries::{self, Progress};
use super::{BulkReplay, MOST};
use crate::executions::replay;
use crate::executions::search::{self, Filter};
use platform_db::jobs::{JobHandler, Lane, LeasedJob, Turn};
use platform_db::{Database, TenantTx};
use platform_engine::{Backlog, LiveBus, TenantDirectory};
use platform_kernel::id::{BulkReplayId, ExecutionId};
use platform_kernel::tenant::{TenantContext, TenantStatus};
use platform_kernel::{Error, Result, clock};
use std::sync::Arc;
use std::time::Duration;

/// The kind of job that repeats many runs.
pub const BULK_REPLAY: &str = "bulk_replay";
/// Runs repeated in one transaction.
const BATCH: i64 = 25;
/// Runs that may wait to begin while more are added: few, so that the room that a dealership's
/// backlog has is left to what comes from outside.
const WAITING: u32 = 500;
/// How long to rest while there is no room, or the dealership is not active.
const PAUSE: Duration = Duration::from_secs(5);

/// Repeats many runs.
pub struct BulkReplays {
    db: Database,
    directory: Arc<dyn TenantDirectory>,
    live: LiveBus,
    backlog: Backlog,
}

/// What came of a batch.
enum Batch {
    More,
    /// There is no room for more runs now.
    Full,
    Over,
}

impl BulkReplays {
    pub fn new(db: Database, directory: Arc<dyn TenantDirectory>, live: LiveBus) -> Self {
        Self {
            backlog: Backlog::new(db.clone(), WAITING),
            db,
            directory,
            live,
        }
    }

    async fn batch(&self, tenant: &TenantContext, id: BulkReplayId) -> Result<Batch> {
        if !self.backlog.has_room(tenant.id, Lane::Backfill).await? {
            return Ok(Batch::Full);
        }
        let mut tx = self.db.tenant(tenant).await?;
        let Some(replay) = queries::lock(&mut tx, id)
            .await?
            .filter(BulkReplay::is_open)
        else {
            return Ok(Batch::Over);
        };
        let filter: Filter =
            serde_json::from_value(replay.filter.clone()).map_err(Error::internal)?;
        // Runs that began after it are not meant; among them are those that it starts itself.
        let first = (replay.created_at, ExecutionId(replay.id.0));
        let after = replay.cursor_at.zip(replay.cursor).unwrap_or(first);
        let left = MOST - i64::from(replay.started) - i64::from(replay.refused);
        let runs = search::find(&mut tx, &filter, Some(after), BATCH.min(left)).await?;
        if runs.is_empty() {
            queries::end(&mut tx, id, "done", None).await?;
            tx.commit().await?;
            return Ok(Batch::Over);
        }
        let mut progress = Progress::default();
        for position in runs {
            match self.repeat(&mut tx, &replay, position.1).await {
                Ok(_) => progress.started += 1,
                Err(error) if error.code().status() < 500 => progress.refused += 1,
                Err(error) => return Err(error),
            }
            progress.cursor = Some(position);
        }
        queries::advance(&mut tx, id, progress).await?;
        tx.commit().await?;
        Ok(Batch::More)
    }

    async fn repeat(
        &self,
        tx: &mut TenantTx,
        bulk: &BulkReplay,
        run: ExecutionId,
    ) -> Result<ExecutionId> {
        let (by, lane) = (bulk.created_by, Lane::Backfill);
        match bulk.replay_from.as_str() {
            "failed_step" => replay::retry(tx, &self.live, run, by, lane).await,
            _ => replay::again(tx, &self.live, run, by, lane).await,
        }
    }
}

#[async_trait::async_trait]
impl JobHandler for BulkReplays {
    fn kind(&self) -> &'static str {
        BULK_REPLAY
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        let id = BulkReplayId(job.key.parse().map_err(Error::internal)?);
        let tenant = job.tenant()?;
        let later = || Turn::Again {
            at: clock::now() + PAUSE,
        };
        let tenant = match self.directory.find(tenant).await? {
            None => return Ok(Turn::Done),
            Some(tenant) => tenant,
        };
        match tenant.status {
            TenantStatus::Active => {}
            TenantStatus::Deleted => return Ok(Turn::Done),
            _ => return Ok(later()),
        }
        while !job.lease.is_lost() {
            match self.batch(&tenant, id).await? {
                Batch::Over => return Ok(Turn::Done),
                Batch::Full => return Ok(later()),
                Batch::More if job.lease.is_draining() => break,
                Batch::More => {}
            }
        }
        Ok(Turn::Again { at: clock::now() })
    }
}
