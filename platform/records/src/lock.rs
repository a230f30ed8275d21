//! Locks on what records are recognised by, held to the end of the transaction, so that two
//! leads of one person at the same moment make one customer.

use diesel::sql_types::{Array, Text};
use diesel_async::RunQueryDsl;
use platform_db::TenantTx;
use platform_kernel::Result;

/// Waits for and takes the locks of all `keys`, in an order that is the same for everyone.
pub(crate) async fn take(tx: &mut TenantTx, keys: &[String]) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    // Advisory locks are the whole database's: the schema's name keeps tenants apart.
    let schema = tx.tenant().schema();
    let keys: Vec<String> = keys.iter().map(|key| format!("{schema} {key}")).collect();
    diesel::sql_query(
        "SELECT pg_advisory_xact_lock(hash) FROM \
         (SELECT DISTINCT hashtextextended(key, 0) AS hash FROM unnest($1) AS key ORDER BY hash) AS locks",
    )
    .bind::<Array<Text>, _>(keys)
    .execute(tx.conn())
    .await?;
    Ok(())
}
