//! One JSON object a line, with the spans' fields (request id, trace id, tenant) in it.

use crate::config::LogFormat;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Where a process's log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogStream {
    /// Of what runs until it is stopped: its log is all it has to say.
    Stdout,
    /// Of a command that does one thing, so that its result is alone on standard output.
    Stderr,
}

impl LogStream {
    fn writer(self) -> BoxMakeWriter {
        match self {
            Self::Stdout => BoxMakeWriter::new(std::io::stdout),
            Self::Stderr => BoxMakeWriter::new(std::io::stderr),
        }
    }
}

/// Starts logging; a second call changes nothing.
pub(crate) fn start(format: LogFormat, filter: &str, stream: LogStream) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(stream.writer());
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
