//! Logs: one line an event, to stderr, in UTC. No names, numbers, SDP or media ever.

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// A filter that can't be understood.
#[derive(Debug, thiserror::Error)]
#[error("log filter {filter:?}: {detail}; write e.g. info or info,cloudseat=debug")]
pub struct FilterError {
    /// The filter.
    pub filter: String,
    /// Why.
    pub detail: String,
}

/// Starts logging.
///
/// # Errors
/// [`FilterError`]; where logging has been started before, the first one stays.
pub fn start(filter: &str, format: LogFormat) -> Result<(), FilterError> {
    let parsed = EnvFilter::try_new(filter).map_err(|error| FilterError {
        filter: filter.to_owned(),
        detail: error.to_string(),
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(parsed)
        .with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => log.with_target(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("Logging had been started before");
    }
    Ok(())
}
