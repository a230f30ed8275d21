//! What was delivered already. Rows live as long as a repetition is expected.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamptz};
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::trigger_deliveries;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::clock;
use platform_kernel::id::ExecutionId;

/// How long a delivery with an id of its own is remembered.
pub(crate) const NAMED: Duration = Duration::days(7);
/// How long the same body counts as the same delivery.
pub(crate) const SAME_BODY: Duration = Duration::minutes(10);

/// Claims a delivery for this transaction; false when it was made within `window` already. Of
/// two at once the second waits here until the first has committed.
pub(crate) async fn claim(
    tx: &mut TenantTx,
    source: &str,
    key: &str,
    window: Duration,
) -> QueryResult<bool> {
    const SQL: &str = "INSERT INTO trigger_deliveries AS d (source, key, created_at) \
        VALUES ($1, $2, $3) ON CONFLICT (source, key) DO UPDATE \
        SET created_at = excluded.created_at, execution_id = NULL WHERE d.created_at < $4";
    let now = clock::now();
    let rows = diesel::sql_query(SQL)
        .bind::<Text, _>(source)
        .bind::<Text, _>(key)
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(now - window)
        .execute(tx.conn())
        .await?;
    Ok(rows > 0)
}

/// Notes which run a claimed delivery started.
pub(crate) async fn link(
    tx: &mut TenantTx,
    source: &str,
    key: &str,
    execution: ExecutionId,
) -> QueryResult<usize> {
    diesel::update(trigger_deliveries::table.find((source, key)))
        .set(trigger_deliveries::execution_id.eq(execution))
        .execute(tx.conn())
        .await
}

/// The run that an earlier delivery started.
pub(crate) async fn execution_of(
    tx: &mut TenantTx,
    source: &str,
    key: &str,
) -> QueryResult<Option<ExecutionId>> {
    trigger_deliveries::table
        .find((source, key))
        .select(trigger_deliveries::execution_id)
        .first(tx.conn())
        .await
        .optional()
        .map(Option::flatten)
}

/// Forgets some of what is older than `before`. Rows that others are busy with wait for next time.
pub(crate) async fn prune(tx: &mut TenantTx, before: DateTime<Utc>) -> QueryResult<usize> {
    const SQL: &str = "DELETE FROM trigger_deliveries WHERE (source, key) IN \
        (SELECT source, key FROM trigger_deliveries WHERE created_at < $1 \
         ORDER BY created_at LIMIT 500 FOR UPDATE SKIP LOCKED)";
    diesel::sql_query(SQL)
        .bind::<Timestamptz, _>(before)
        .execute(tx.conn())
        .await
}
