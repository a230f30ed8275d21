use super::{given_up, print};
use crate::config::Config;
use crate::parts::operator_parts;
use clap::Subcommand as ClapSubcommand;
use platform_db::audit::Actor;
use platform_http::TenantResolver;
use platform_kernel::id::TenantId;
use platform_kernel::secret::{SecretString, random_token};
use platform_kernel::tenant::TenantContext;
use std::path::PathBuf;
use tenants::allowance::{self, Limits};
use tenants::retention::{Plan, set_plan};

#[derive(ClapSubcommand)]
pub(super) enum Command {
    /// Make somebody who runs the platform. They sign in with `platform` as their dealership.
    CreateSuperAdmin {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        /// A file with the password; one is made up and printed without it.
        #[arg(long)]
        password_file: Option<PathBuf>,
    },
    /// Shut a dealership out: HTTP and sockets at once, executions at their next step.
    SuspendTenant {
        slug: String,
        #[arg(long)]
        reason: String,
    },
    /// Let a suspended dealership back in.
    ReactivateTenant { slug: String },
    /// Say how many days a dealership's plan keeps what its runs leave behind. What is left out
    /// follows the platform's settings.
    SetRetention {
        slug: String,
        #[arg(long, value_parser = clap::value_parser!(i32).range(1..=3_650))]
        events_days: Option<i32>,
        #[arg(long, value_parser = clap::value_parser!(i32).range(1..=3_650))]
        logs_days: Option<i32>,
        #[arg(long, value_parser = clap::value_parser!(i32).range(1..=3_650))]
        runs_days: Option<i32>,
    },
    /// Say how much a dealership may send in a day (UTC), and where to. What is left out stays.
    SetLimits {
        slug: String,
        /// Segments of texts.
        #[arg(long, value_parser = clap::value_parser!(i32).range(0..))]
        texts_per_day: Option<i32>,
        #[arg(long, value_parser = clap::value_parser!(i32).range(0..))]
        mails_per_day: Option<i32>,
        /// Where texts may go, with commas: `US,CA,MX`.
        #[arg(long, value_delimiter = ',')]
        text_countries: Option<Vec<String>>,
    },
    /// Jobs that were given up.
    #[command(subcommand)]
    GivenUpJobs(given_up::Command),
    /// Print a dealership's limits as JSON.
    ShowLimits { slug: String },
    /// Sign access tokens with a new key; the old one is accepted until its tokens have expired.
    RotateSigningKey,
}

pub(super) async fn run(config: &Config, command: Command) -> anyhow::Result<()> {
    let parts = operator_parts(config).await?;
    match command {
        Command::CreateSuperAdmin {
            email,
            name,
            password_file,
        } => {
            let password = password(password_file)?;
            parts
                .identity
                .create_super_admin(&email, &name, &password.secret)
                .await?;
            print(&format!("{email} signs in with the dealership `platform`"));
            if let Some(shown) = password.made_up {
                print(&format!("password: {shown}"));
            }
        }
        Command::SuspendTenant { slug, reason } => {
            let tenant = tenant(&parts.registry, &slug).await?;
            parts
                .lifecycle
                .suspend(tenant, &reason, &operator())
                .await?;
            print(&format!("{slug} is suspended"));
        }
        Command::ReactivateTenant { slug } => {
            let tenant = tenant(&parts.registry, &slug).await?;
            parts.lifecycle.reactivate(tenant, &operator()).await?;
            print(&format!("{slug} is active"));
        }
        Command::SetRetention {
            slug,
            events_days,
            logs_days,
            runs_days,
        } => {
            let tenant = tenant(&parts.registry, &slug).await?;
            let plan = Plan {
                events_days,
                logs_days,
                runs_days,
            };
            let mut tx = parts.lifecycle.db.control().await?;
            set_plan(&mut tx, tenant, plan).await?;
            tx.commit().await?;
            print(&format!(
                "{slug} has its plan; it holds from the next night on"
            ));
        }
        Command::SetLimits {
            slug,
            texts_per_day,
            mails_per_day,
            text_countries,
        } => {
            let tenant = found(&parts.registry, &slug).await?;
            let db = &parts.lifecycle.db;
            let old = allowance::limits(db, &tenant).await?;
            let new = Limits {
                texts_per_day: texts_per_day.unwrap_or(old.texts_per_day),
                mails_per_day: mails_per_day.unwrap_or(old.mails_per_day),
                text_countries: text_countries.unwrap_or(old.text_countries),
            };
            allowance::set_limits(db, &tenant, &new, &operator()).await?;
            print(&serde_json::to_string_pretty(&new)?);
        }
        Command::GivenUpJobs(command) => {
            let db = &parts.lifecycle.db;
            given_up::run(db, &parts.registry, command, &operator()).await?;
        }
        Command::ShowLimits { slug } => {
            let tenant = found(&parts.registry, &slug).await?;
            let limits = allowance::limits(&parts.lifecycle.db, &tenant).await?;
            print(&serde_json::to_string_pretty(&limits)?);
        }
        Command::RotateSigningKey => {
            let kid = parts.identity.rotate_signing_key().await?;
            print(&format!("signing with key {kid}"));
        }
    }
    Ok(())
}

struct Password {
    secret: SecretString,
    made_up: Option<String>,
}

fn password(file: Option<PathBuf>) -> anyhow::Result<Password> {
    let Some(file) = file else {
        let made_up = random_token();
        return Ok(Password {
            secret: made_up.clone().into(),
            made_up: Some(made_up),
        });
    };
    let text = std::fs::read_to_string(file)?;
    Ok(Password {
        secret: text.trim_end_matches(['\r', '\n']).to_owned().into(),
        made_up: None,
    })
}

async fn tenant(registry: &tenants::Registry, slug: &str) -> anyhow::Result<TenantId> {
    Ok(found(registry, slug).await?.id)
}

async fn found(registry: &tenants::Registry, slug: &str) -> anyhow::Result<TenantContext> {
    let found = registry.by_slug(slug).await?;
    found.ok_or_else(|| anyhow::anyhow!("there is no dealership {slug}"))
}

/// How the audit log names whoever sits at the command line.
fn operator() -> Actor {
    Actor {
        name: Some("operator".to_owned()),
        role: Some("super_admin".to_owned()),
        ..Actor::default()
    }
}
