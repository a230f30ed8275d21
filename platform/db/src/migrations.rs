//! The SQL of both schemas, compiled in, and how one step of it is applied.

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use platform_kernel::Result;

/// One step of a schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    pub version: i32,
    pub name: &'static str,
    pub sql: &'static str,
}

macro_rules! migrations {
    ($folder:literal: $($version:literal $name:literal),+ $(,)?) => {
        &[$( Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../../../migrations/", $folder, "/", $name, "/up.sql")),
        }, )+]
    };
}

/// Steps of the control schema, in order.
pub const CONTROL: &[Migration] = migrations!(
    "control": 1 "0001_initial", 2 "0002_invitations_index", 3 "0003_fair_queue", 4 "0004_template_rollouts",
        5 "0005_signup_without_password", 6 "0006_house_addresses", 7 "0007_window_counts",
        8 "0008_rollouts_rolled_back", 9 "0009_idempotent_requests",
        10 "0010_jobs_bound_to_tenants", 11 "0011_allowances"
);

/// Steps of a tenant's schema, in order.
pub const TENANT: &[Migration] = migrations!(
    "tenant": 1 "0001_initial", 2 "0002_runs_in_depth", 3 "0003_rare_states", 4 "0004_lead_words", 5 "0005_run_trace",
        6 "0006_sealed_addresses", 7 "0007_descendants"
);

/// The version of a list of steps: that of its last one.
pub fn latest(steps: &[Migration]) -> i32 {
    steps.last().map_or(0, |step| step.version)
}

/// Any two processes that migrate the control schema at once wait for each other here.
const CONTROL_LOCK: i64 = 0x6175_7465_7269_7479;

/// Brings the control schema to the latest version and gives `app_role`, the login role of the
/// application, its rights. Answers how many steps were applied.
pub async fn migrate_control(
    connection: &mut AsyncPgConnection,
    app_role: &str,
    app_password: Option<&str>,
) -> Result<usize> {
    let role = quote(app_role);
    let login = app_password.map_or_else(
        || "LOGIN".to_owned(),
        |p| format!("LOGIN PASSWORD {}", literal(p)),
    );
    let prepare = format!(
        "SELECT pg_advisory_xact_lock({CONTROL_LOCK});
         CREATE SCHEMA IF NOT EXISTS control;
         CREATE TABLE IF NOT EXISTS control.schema_migrations
            (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
         DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN CREATE ROLE {role} {login} NOINHERIT;
            ELSIF {has_password} THEN ALTER ROLE {role} {login} NOINHERIT; END IF;
         END $$;",
        name = literal(app_role),
        has_password = app_password.is_some(),
    );
    let grants = format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC;
         DO $$ BEGIN
            EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
         END $$;
         GRANT USAGE ON SCHEMA control TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA control TO {role};
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA control TO {role};
         REVOKE DELETE ON control.groups, control.users, control.tenants, control.memberships,
            control.invitations, control.signing_keys FROM {role};
         REVOKE UPDATE ON control.memberships, control.signing_keys FROM {role};
         GRANT UPDATE (role, status, updated_at) ON control.memberships TO {role};
         GRANT UPDATE (status, retired_at) ON control.signing_keys TO {role};
         ALTER ROLE {role} SET search_path = '';"
    );
    connection
        .transaction(async |connection| {
            connection.batch_execute(&prepare).await?;
            let current: i32 = diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>(
                "coalesce((SELECT max(version) FROM control.schema_migrations), 0)",
            ))
            .get_result(connection)
            .await?;
            let mut applied = 0;
            for step in CONTROL.iter().filter(|step| step.version > current) {
                connection.batch_execute(step.sql).await?;
                let stamp = format!(
                    "INSERT INTO control.schema_migrations (version, name) VALUES ({}, {})",
                    step.version,
                    literal(step.name)
                );
                connection.batch_execute(&stamp).await?;
                applied += 1;
            }
            connection.batch_execute(&grants).await?;
            Ok(applied)
        })
        .await
}

/// Quotes an identifier.
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes a string constant.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
