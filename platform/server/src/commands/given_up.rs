//! Jobs that were given up, for operators.

use super::print;
use clap::Subcommand;
use platform_db::Database;
use platform_db::audit::Actor;
use platform_engine::jobs::given_up::{self, Decision};
use platform_http::TenantResolver;
use tenants::Registry;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Print the jobs that were given up, the newest first.
    List {
        #[arg(long, default_value_t = 100)]
        limit: i64,
    },
    /// Try a job again, from its first attempt on.
    Retry { id: i64 },
    /// Drop a job for good. What it was to do is not done.
    Drop { id: i64 },
}

pub(super) async fn run(
    db: &Database,
    registry: &Registry,
    command: Command,
    by: &Actor,
) -> anyhow::Result<()> {
    let (id, decision) = match command {
        Command::List { limit } => return list(db, limit).await,
        Command::Retry { id } => (id, Decision::Retry),
        Command::Drop { id } => (id, Decision::Drop),
    };
    let mut tx = db.batch().await?;
    let job = given_up::find(&mut tx, id).await?;
    let tenant = match job.tenant() {
        Some(tenant) => registry.by_id(tenant).await?,
        None => None,
    };
    job.decide(tx, tenant.as_ref(), decision, by).await?;
    let word = match decision {
        Decision::Retry => "is tried again",
        Decision::Drop => "is dropped",
    };
    print(&format!("{} {} {word}", job.kind, job.key));
    Ok(())
}

async fn list(db: &Database, limit: i64) -> anyhow::Result<()> {
    let jobs = given_up::list(db, limit).await?;
    for job in &jobs {
        print(&format!(
            "{}  {}  {} {}  tenant {}  {} attempts  {}",
            job.id,
            job.dead_at.format("%Y-%m-%d %H:%M:%S"),
            job.kind,
            job.key,
            job.tenant().map_or("-".to_owned(), |id| id.to_string()),
            job.attempts,
            job.last_error.as_deref().unwrap_or("no error is known"),
        ));
    }
    print(&format!("{} given up", jobs.len()));
    Ok(())
}
