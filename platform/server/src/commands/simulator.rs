use crate::config::LogFormat;
use crate::logging::LogStream;
use clap::Args;
use std::net::SocketAddr;

#[derive(Args)]
pub(super) struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:54010")]
    listen: SocketAddr,
}

pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    crate::logging::start(LogFormat::Text, "info", LogStream::Stdout);
    integrations_simulator::serve(options.listen).await?;
    Ok(())
}
