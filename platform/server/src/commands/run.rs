use crate::app::{Adapters, App, Roles};
use crate::config::Config;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Runs `roles` until SIGTERM or Ctrl-C.
pub(super) async fn run(config: Config, roles: Roles) -> anyhow::Result<()> {
    // From the first moment on, so that nobody who stops a process that starts cuts it off.
    let mut terminate = signal(SignalKind::terminate())?;
    let adapters = Adapters::new(&config)?;
    let app = App::build(config, adapters, roles).await?;
    let address = app.address().map(|a| a.to_string());
    let internal = app.internal_address().map(|a| a.to_string());
    tracing::info!(address, internal, "auterity is up");
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    platform_kernel::task::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("asked to stop; finishing what is in hand");
        stop.cancel();
    });
    app.run(shutdown).await?;
    tracing::info!("auterity has stopped");
    Ok(())
}
