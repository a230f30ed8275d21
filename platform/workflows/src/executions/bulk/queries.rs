use super::{BulkReplay, ReplayFrom};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::bulk_replays;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::clock;
use platform_kernel::id::{BulkReplayId, ExecutionId, UserId};
use serde_json::Value;

pub(super) async fn insert(
    tx: &mut TenantTx,
    id: BulkReplayId,
    filter: &Value,
    from: ReplayFrom,
    total: i32,
    created_by: UserId,
) -> QueryResult<BulkReplay> {
    diesel::insert_into(bulk_replays::table)
        .values((
            bulk_replays::id.eq(id),
            bulk_replays::filter.eq(filter),
            bulk_replays::replay_from.eq(from.as_str()),
            bulk_replays::total.eq(total),
            bulk_replays::created_by.eq(created_by),
            bulk_replays::created_at.eq(clock::now()),
        ))
        .returning(BulkReplay::as_returning())
        .get_result(tx.conn())
        .await
}

pub(super) async fn find(tx: &mut TenantTx, id: BulkReplayId) -> QueryResult<Option<BulkReplay>> {
    bulk_replays::table
        .find(id)
        .select(BulkReplay::as_select())
        .first(tx.conn())
        .await
        .optional()
}

/// The row, kept from everybody else until the transaction ends.
pub(super) async fn lock(tx: &mut TenantTx, id: BulkReplayId) -> QueryResult<Option<BulkReplay>> {
    bulk_replays::table
        .find(id)
        .select(BulkReplay::as_select())
        .for_update()
        .first(tx.conn())
        .await
        .optional()
}

pub(super) async fn list(
    tx: &mut TenantTx,
    after: Option<(DateTime<Utc>, BulkReplayId)>,
    limit: i64,
) -> QueryResult<Vec<BulkReplay>> {
    let mut query = bulk_replays::table
        .order((bulk_replays::created_at.desc(), bulk_replays::id.desc()))
        .limit(limit)
        .select(BulkReplay::as_select())
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            bulk_replays::created_at
                .lt(at)
                .or(bulk_replays::created_at.eq(at).and(bulk_replays::id.lt(id))),
        );
    }
    query.load(tx.conn()).await
}

/// What a batch did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    pub(super) started: i32,
    pub(super) refused: i32,
    /// The last run that was looked at.
    pub(super) cursor: Option<(DateTime<Utc>, ExecutionId)>,
}

pub(super) async fn advance(
    tx: &mut TenantTx,
    id: BulkReplayId,
    progress: Progress,
) -> QueryResult<usize> {
    let cursor = progress.cursor;
    diesel::update(bulk_replays::table.find(id))
        .set((
            bulk_replays::state.eq("running"),
            bulk_replays::started.eq(bulk_replays::started + progress.started),
            bulk_replays::refused.eq(bulk_replays::refused + progress.refused),
            cursor.map(|(at, id)| {
                (
                    bulk_replays::cursor.eq(id.0),
                    bulk_replays::cursor_at.eq(at),
                )
            }),
        ))
        .execute(tx.conn())
        .await
}

/// Ends it; one that has ended stays as it is.
pub(super) async fn end(
    tx: &mut TenantTx,
    id: BulkReplayId,
    state: &str,
    error: Option<&str>,
) -> QueryResult<usize> {
    diesel::update(bulk_replays::table.find(id))
        .filter(bulk_replays::state.eq_any(["queued", "running"]))
        .set((
            bulk_replays::state.eq(state),
            bulk_replays::error.eq(error),
            bulk_replays::ended_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await
}
