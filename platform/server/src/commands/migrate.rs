use super::print;
use crate::config::Config;
use clap::Args;
use platform_db::Owner;
use platform_db::migrations::migrate_control;
use platform_kernel::secret::ExposeSecret;
use tenants::fleet::{self, FleetOptions, FleetReport};

#[derive(Args)]
pub(super) struct Options {
    /// Dealerships migrated at once.
    #[arg(long, default_value_t = 4)]
    workers: usize,
}

pub(super) async fn run(config: &Config, options: Options) -> anyhow::Result<()> {
    let workers = FleetOptions {
        workers: options.workers,
        ..FleetOptions::default()
    };
    let (applied, report) = migrate(config, workers).await?;
    print(&format!("control schema: {applied} step(s) applied"));
    tell(&report);
    anyhow::ensure!(
        report.failed.is_empty(),
        "{} dealership(s) could not be migrated",
        report.failed.len()
    );
    Ok(())
}

/// Brings both schemas to the latest version. Dealerships that fail stay behind and are logged;
/// the others are served.
pub(crate) async fn migrate_all(config: &Config) -> anyhow::Result<()> {
    let (applied, report) = migrate(config, FleetOptions::default()).await?;
    let migrated = report.migrated;
    tracing::info!(
        applied,
        migrated,
        failed = report.failed.len(),
        "schemas are up to date"
    );
    for failure in &report.failed {
        let error = failure.error.as_deref();
        tracing::error!(tenant.id = %failure.tenant_id, error, "a dealership could not be migrated");
    }
    Ok(())
}

async fn migrate(config: &Config, options: FleetOptions) -> anyhow::Result<(usize, FleetReport)> {
    let owner = owner(config)?;
    let mut connection = owner.connect().await?;
    let password = config
        .database_app_password
        .as_ref()
        .map(|p| p.expose_secret());
    let applied = migrate_control(&mut connection, &config.database_app_role, password).await?;
    Ok((applied, fleet::migrate(&owner, options).await?))
}

/// The owner's login, for commands that cannot do without.
pub(crate) fn owner(config: &Config) -> anyhow::Result<Owner> {
    let server = config.database_owner.clone();
    let server = server.ok_or_else(|| {
        anyhow::anyhow!("this needs the owner's login: set AUTERITY_DATABASE_URL")
    })?;
    Ok(Owner::new(server))
}

fn tell(report: &FleetReport) {
    print(&format!(
        "dealerships: {} migrated, {} failed, {} not tried",
        report.migrated,
        report.failed.len(),
        report.skipped
    ));
    for failure in &report.failed {
        let error = failure.error.as_deref().unwrap_or_default();
        print(&format!(
            "  {} stays at version {}: {error}",
            failure.tenant_id, failure.from_version
        ));
    }
}
