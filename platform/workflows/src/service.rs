use crate::secrets::Secrets;
use crate::templates::Library;
use crate::triggers::{HookAddresses, HookKeys};
use platform_db::jobs::Lane;
use platform_engine::{Backlog, LiveBus, StepRegistry};
use platform_kernel::Result;
use platform_kernel::id::TenantId;
use std::sync::Arc;

/// What the routes of this slice share; put into the app once, as `web::Data<Workflows>`.
#[derive(Clone)]
pub struct Workflows {
    registry: Arc<StepRegistry>,
    live: LiveBus,
    hooks: HookAddresses,
    library: Arc<Library>,
    secrets: Secrets,
    backlog: Option<Backlog>,
}

impl Workflows {
    /// `public_url` is where hooks are reached from outside, for example `https://auterity.example`.
    pub fn new(
        registry: Arc<StepRegistry>,
        live: LiveBus,
        public_url: &str,
        keys: HookKeys,
    ) -> Result<Self> {
        Ok(Self {
            registry,
            live,
            hooks: HookAddresses::new(public_url, keys),
            library: Arc::new(Library::load()?),
            secrets: Secrets::default(),
            backlog: None,
        })
    }

    /// Where the secrets of definitions are kept; without it a definition with one is refused.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Secrets) -> Self {
        self.secrets = secrets;
        self
    }

    /// How many runs of a dealership may wait; without it as many as come.
    #[must_use]
    pub fn with_backlog(mut self, backlog: Backlog) -> Self {
        self.backlog = Some(backlog);
        self
    }

    /// Refuses another run of a dealership that has too many waiting; ask before the transaction.
    pub(crate) async fn require_room(&self, tenant: TenantId, lane: Lane) -> Result<()> {
        match &self.backlog {
            Some(backlog) => backlog.check(tenant, lane).await,
            None => Ok(()),
        }
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    pub fn registry(&self) -> &Arc<StepRegistry> {
        &self.registry
    }

    /// Tells browsers of runs, after the commit.
    pub(crate) fn live(&self) -> &LiveBus {
        &self.live
    }

    pub fn hooks(&self) -> &HookAddresses {
        &self.hooks
    }

    pub fn library(&self) -> &Library {
        &self.library
    }
}
