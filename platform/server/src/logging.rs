//! One JSON object a line, with the spans' fields (request id, trace id, tenant) in it.

use crate::config::LogFormat;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What libraries write at debug level with secrets in it is left out whatever the configured filter
/// says: actix writes paths whose parameters it could not read, tokio-postgres every bound value.
const SILENCED: [&str; 2] = ["actix_web::types=info", "tokio_postgres=info"];

/// Where a process's log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogStream {
    /// Of what runs until it is stopped: its log is all it has to say.
    Stdout,
    /// Of a command that does one thing, so that its result is alone on standard output.
    Stderr,
}

/// Starts logging; a second call changes nothing.
pub(crate) fn start(format: LogFormat, filter: &str, stream: LogStream) {
    match stream {
        LogStream::Stdout => start_to(format, filter, std::io::stdout),
        LogStream::Stderr => start_to(format, filter, std::io::stderr),
    }
}

/// The same, to wherever `writer` writes.
pub fn start_to<W>(format: LogFormat, filter: &str, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = SILENCED
        .iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let started = match format {
        LogFormat::Json => registry
            .with(
                layer
                    .json()
                    .flatten_event(true)
                    .with_span_events(FmtSpan::NONE)
                    .with_span_list(false),
            )
            .try_init(),
        LogFormat::Text => registry.with(layer).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}
