//! From a verified sign-up to a schema of its own.

use crate::fleet;
use crate::registry::Registry;
use crate::rights;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use platform_db::jobs::{JobHandler, LeasedJob, Turn};
use platform_db::jobs::{Lane, NewJob};
use platform_db::migrations::{self, TENANT};
use platform_db::schema::control::{groups, tenants};
use platform_db::{ControlTx, Owner, partitions};
use platform_kernel::id::{GroupId, TenantId};
use platform_kernel::tenant::{TenantContext, TenantStatus, schema_name};
use platform_kernel::text::Slug;
use platform_kernel::{Error, Result, clock};
use serde_json::json;

/// The kind of the job that makes a tenant's schema.
pub const PROVISION_TENANT: &str = "provision_tenant";

/// A dealership to be.
#[derive(Clone, Debug)]
pub struct NewTenant {
    pub group_id: GroupId,
    pub name: String,
    /// IANA name; the platform's default unless given.
    pub time_zone: Option<String>,
}

/// Makes a group.
pub async fn create_group(tx: &mut ControlTx, name: &str) -> Result<GroupId> {
    let id = GroupId::new();
    diesel::insert_into(groups::table)
        .values((groups::id.eq(id), groups::name.eq(name)))
        .execute(tx.conn())
        .await?;
    Ok(id)
}

/// Makes a dealership with a free slug near its name, and enqueues the making of its schema.
pub async fn create_tenant(tx: &mut ControlTx, new: NewTenant) -> Result<TenantContext> {
    let id = TenantId::new();
    let base = Slug::from_name(&new.name);
    let time_zone = new
        .time_zone
        .unwrap_or_else(|| "America/New_York".to_owned());
    let mut slug = base.clone();
    let mut number = 1;
    loop {
        // ON CONFLICT instead of a look before: two sign-ups of the same name at once each get one.
        let inserted = diesel::insert_into(tenants::table)
            .values((
                tenants::id.eq(id),
                tenants::group_id.eq(new.group_id),
                tenants::slug.eq(slug.as_str()),
                tenants::name.eq(&new.name),
                tenants::time_zone.eq(&time_zone),
            ))
            .on_conflict(tenants::slug)
            .do_nothing()
            .execute(tx.conn())
            .await?;
        if inserted == 1 {
            break;
        }
        number += 1;
        // After a few tries in order, jump: a popular name is not counted up one by one.
        let suffix = if number < 20 {
            number
        } else {
            rand_suffix(id, number)
        };
        slug = base.numbered(suffix);
    }
    let job = NewJob::new(PROVISION_TENANT, id, Lane::Interactive, &json!({}))?;
    tx.enqueue(Some(id), &job).await?;
    Ok(TenantContext {
        id,
        group_id: new.group_id,
        slug: slug.as_str().to_owned(),
        name: new.name,
        time_zone,
        status: TenantStatus::Provisioning,
        auth_epoch: 0,
    })
}

/// A number from the id's random part, other at each try.
fn rand_suffix(id: TenantId, attempt: u32) -> u32 {
    let random = id.0.as_u128() as u64;
    u32::try_from(random.rotate_left(attempt * 7) % 1_000_000).unwrap_or(attempt)
}

/// Makes the role and the schema of a tenant and brings it to the latest version. Running it
/// again, after a crash at any point, ends in the same state.
pub async fn provision(
    connection: &mut AsyncPgConnection,
    app_role: &str,
    id: TenantId,
) -> Result<()> {
    let schema = schema_name(id);
    let role = migrations::quote(&schema);
    let app = migrations::quote(app_role);
    let prepare = format!(
        "SELECT pg_advisory_xact_lock(hashtextextended({name}, 0));
         DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN CREATE ROLE {role} NOLOGIN NOINHERIT; END IF;
         END $$;
         GRANT {role} TO {app};
         CREATE SCHEMA IF NOT EXISTS {role};
         SELECT set_config('search_path', {name}, true);",
        name = migrations::literal(&schema),
    );
    connection
        .transaction(async |connection| {
            connection.batch_execute(&prepare).await?;
            let (version, status) = tenants::table
                .find(id)
                .select((tenants::schema_version, tenants::status))
                .for_update()
                .first::<(i32, String)>(connection)
                .await?;
            fleet::apply(connection, version).await?;
            if version == 0 {
                let mark = format!(
                    "INSERT INTO tenant_marker (tenant_id) VALUES ('{id}') ON CONFLICT DO NOTHING"
                );
                connection.batch_execute(&mark).await?;
                connection.batch_execute(&first_days()).await?;
            }
            connection.batch_execute(&rights::grants(&schema)).await?;
            let status = if status == "provisioning" {
                "active"
            } else {
                &status
            };
            diesel::update(tenants::table.find(id))
                .set((
                    tenants::status.eq(status),
                    tenants::schema_version.eq(migrations::latest(TENANT)),
                    tenants::updated_at.eq(diesel::dsl::now),
                ))
                .execute(connection)
                .await?;
            Ok::<_, Error>(())
        })
        .await
}

/// Partitions for the first days; later ones are made by the job that also drops old ones.
fn first_days() -> String {
    let days: Vec<_> = partitions::days_ahead(clock::now()).collect();
    let tables = partitions::BY_DAY.iter();
    tables
        .flat_map(|table| days.iter().map(|day| partitions::create(table, *day)))
        .collect()
}

/// Tells the process's recorder what this crate's metric says.
pub fn describe_metrics() {
    metrics::describe_histogram!(
        "auterity_tenants_provisioning_duration_seconds",
        "Time to make a dealership's schema"
    );
    metrics::describe_counter!(
        "auterity_tenants_limit_reached_total",
        "Texts and mails refused because a dealership's day is used up, by what"
    );
}

/// The job behind [`create_tenant`].
pub struct ProvisionTenant {
    pub owner: Owner,
    pub app_role: String,
    pub registry: Registry,
}

#[async_trait::async_trait]
impl JobHandler for ProvisionTenant {
    fn kind(&self) -> &'static str {
        PROVISION_TENANT
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        let id = job.tenant()?;
        let started = std::time::Instant::now();
        let mut connection = self.owner.connect().await?;
        provision(&mut connection, &self.app_role, id).await?;
        self.registry.invalidate(id).await;
        metrics::histogram!("auterity_tenants_provisioning_duration_seconds")
            .record(started.elapsed().as_secs_f64());
        tracing::info!(tenant.id = %id, duration_ms = started.elapsed().as_millis(), "tenant provisioned");
        Ok(Turn::Done)
    }
}
