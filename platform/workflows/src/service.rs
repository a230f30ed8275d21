use crate::secrets::Secrets;
use crate::templates::Library;
use crate::triggers::HookAddresses;
use platform_engine::{LiveBus, StepRegistry, Wake};
use platform_kernel::Result;
use std::sync::Arc;

/// What the routes of this slice share; put into the app once, as `web::Data<Workflows>`.
#[derive(Clone)]
pub struct Workflows {
    registry: Arc<StepRegistry>,
    wake: Wake,
    live: LiveBus,
    hooks: HookAddresses,
    library: Arc<Library>,
    secrets: Secrets,
}

impl Workflows {
    /// `public_url` is where hooks are reached from outside, for example `https://auterity.example`.
    pub fn new(
        registry: Arc<StepRegistry>,
        wake: Wake,
        live: LiveBus,
        public_url: &str,
    ) -> Result<Self> {
        Ok(Self {
            registry,
            wake,
            live,
            hooks: HookAddresses::new(public_url),
            library: Arc::new(Library::load()?),
            secrets: Secrets::default(),
        })
    }

    /// Where the secrets of definitions are kept; without it a definition with one is refused.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Secrets) -> Self {
        self.secrets = secrets;
        self
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    pub fn registry(&self) -> &StepRegistry {
        &self.registry
    }

    /// Wakes the workers; call it after the commit that accepted or changed a run.
    pub(crate) fn wake(&self) {
        self.wake.wake();
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
