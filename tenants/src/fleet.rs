//! Bringing every dealership's schema to the latest version: a canary, then waves.

use crate::rights;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::{StreamExt, stream};
use platform_db::migrations::{self, TENANT};
use platform_db::schema::control::{migration_results, migration_runs, tenants};
use platform_db::{DieselError, Owner};
use platform_kernel::id::TenantId;
use platform_kernel::tenant::schema_name;
use platform_kernel::{Error, Result, clock};
use serde::Serialize;
use std::time::Instant;
use uuid::Uuid;

/// How a fleet is migrated.
#[derive(Clone, Copy, Debug)]
pub struct FleetOptions {
    /// Tenants migrated at once.
    pub workers: usize,
    /// Tries for each tenant when its tables are locked.
    pub attempts: u32,
}

impl Default for FleetOptions {
    fn default() -> Self {
        Self {
            workers: 4,
            attempts: 3,
        }
    }
}

/// What became of one tenant.
#[derive(Clone, Debug, Serialize)]
pub struct TenantResult {
    pub tenant_id: TenantId,
    pub from_version: i32,
    /// The version it stands at now; none when it failed and stayed.
    pub to_version: Option<i32>,
    pub error: Option<String>,
    pub duration_ms: i64,
}

/// What became of all.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FleetReport {
    pub migrated: usize,
    pub failed: Vec<TenantResult>,
    /// Not tried, because too many before them failed.
    pub skipped: usize,
}

/// Applies the steps after `version` to the schema of the current `search_path`.
pub(crate) async fn apply(
    connection: &mut AsyncPgConnection,
    version: i32,
) -> Result<(), DieselError> {
    for step in TENANT.iter().filter(|step| step.version > version) {
        connection.batch_execute(step.sql).await?;
    }
    Ok(())
}

/// Migrates every tenant that is behind. With nothing to do it costs one query. It may be
/// stopped and started again at any time: each tenant is one transaction.
pub async fn migrate(owner: &Owner, options: FleetOptions) -> Result<FleetReport> {
    let mut connection = owner.connect().await?;
    let behind = tenants::table
        .filter(tenants::schema_version.lt(migrations::latest(TENANT)))
        .filter(tenants::status.eq_any(["active", "suspended", "deleting"]))
        .select((tenants::id, tenants::schema_version))
        .order(tenants::id)
        .load::<(TenantId, i32)>(&mut connection)
        .await?;
    if behind.is_empty() {
        return Ok(FleetReport::default());
    }
    let run = begin_run(&mut connection).await?;
    let mut report = FleetReport::default();
    let mut rest = behind.as_slice();
    for wave in waves(behind.len()) {
        let (now, later) = rest.split_at(wave.min(rest.len()));
        rest = later;
        let results: Vec<TenantResult> = stream::iter(now.iter().copied())
            .map(|(id, from)| migrate_with_retry(owner, options, id, from))
            .buffer_unordered(options.workers.max(1))
            .collect()
            .await;
        store(&mut connection, run, &results).await?;
        for result in results {
            match result.error {
                None => report.migrated += 1,
                Some(_) => report.failed.push(result),
            }
        }
        let tried = report.migrated + report.failed.len();
        if report.failed.len() * 100 > tried {
            report.skipped = rest.len();
            break;
        }
    }
    diesel::update(migration_runs::table.find(run))
        .set(migration_runs::ended_at.eq(clock::now()))
        .execute(&mut connection)
        .await?;
    Ok(report)
}

/// One tenant, then a twentieth, then the others.
fn waves(total: usize) -> [usize; 3] {
    let second = (total / 20).max(1);
    [1, second, total]
}

async fn begin_run(connection: &mut AsyncPgConnection) -> Result<Uuid> {
    let id = Uuid::now_v7();
    diesel::insert_into(migration_runs::table)
        .values((
            migration_runs::id.eq(id),
            migration_runs::target_version.eq(migrations::latest(TENANT)),
        ))
        .execute(connection)
        .await?;
    Ok(id)
}

async fn migrate_with_retry(
    owner: &Owner,
    options: FleetOptions,
    id: TenantId,
    from: i32,
) -> TenantResult {
    let started = Instant::now();
    let mut outcome = migrate_one(owner, id).await;
    for attempt in 1..options.attempts {
        if outcome.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200 * u64::from(attempt))).await;
        outcome = migrate_one(owner, id).await;
    }
    TenantResult {
        tenant_id: id,
        from_version: from,
        to_version: outcome.as_ref().ok().copied(),
        error: outcome.err().map(|error| error.to_string()),
        duration_ms: i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX),
    }
}

/// Brings one tenant to the latest version and answers it.
async fn migrate_one(owner: &Owner, id: TenantId) -> Result<i32> {
    let schema = schema_name(id);
    let prepare = format!(
        "SET LOCAL lock_timeout = '3s';
         SELECT pg_advisory_xact_lock(hashtextextended({name}, 0));
         SELECT set_config('search_path', {name}, true);",
        name = migrations::literal(&schema),
    );
    let mut connection = owner.connect().await?;
    connection
        .transaction(async |connection| {
            connection.batch_execute(&prepare).await?;
            let (version, status) = tenants::table
                .find(id)
                .select((tenants::schema_version, tenants::status))
                .for_update()
                .first::<(i32, String)>(connection)
                .await?;
            apply(connection, version).await?;
            connection.batch_execute(&rights::grants(&schema)).await?;
            if status != "active" {
                let role = migrations::quote(&schema);
                connection
                    .batch_execute(&format!("REVOKE USAGE ON SCHEMA {role} FROM {role}"))
                    .await?;
            }
            let latest = migrations::latest(TENANT);
            diesel::update(tenants::table.find(id))
                .set((
                    tenants::schema_version.eq(latest),
                    tenants::updated_at.eq(diesel::dsl::now),
                ))
                .execute(connection)
                .await?;
            Ok::<_, Error>(latest)
        })
        .await
}

async fn store(
    connection: &mut AsyncPgConnection,
    run: Uuid,
    results: &[TenantResult],
) -> Result<()> {
    let rows: Vec<_> = results
        .iter()
        .map(|r| {
            (
                migration_results::run_id.eq(run),
                migration_results::tenant_id.eq(r.tenant_id.0),
                migration_results::from_version.eq(r.from_version),
                migration_results::to_version.eq(r.to_version),
                migration_results::error.eq(r.error.clone()),
                migration_results::duration_ms.eq(r.duration_ms),
            )
        })
        .collect();
    diesel::insert_into(migration_results::table)
        .values(rows)
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::waves;

    #[test]
    fn the_canary_goes_alone_and_the_waves_cover_everyone() {
        for total in [1, 2, 19, 20, 1000] {
            let waves = waves(total);
            assert_eq!(waves[0], 1);
            assert!(waves.iter().sum::<usize>() >= total);
        }
    }
}
