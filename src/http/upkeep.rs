//! What has to be done every hour while the server runs: forgetting what has ended, and keeping the certificate good.

use std::path::PathBuf;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use tokio::time::{MissedTickBehavior, interval};

use super::{Shared, machine, tls};
use crate::clock;

/// How often.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Does it for as long as the server lives. `folder` is that of the local authority; none where the certificate is from
/// elsewhere.
pub async fn run(server: Shared, serving: RustlsConfig, folder: Option<PathBuf>) {
    let mut hours = interval(EVERY);
    hours.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        hours.tick().await;
        match server.store.forget_expired(clock::utc_now()).await {
            Ok(forgotten) => {
                tracing::debug!(forgotten, "Ended tokens and invitations are forgotten")
            }
            Err(error) => {
                tracing::warn!(%error, "Ended tokens and invitations were not forgotten; next hour")
            }
        }
        if let Some(folder) = folder.clone() {
            renew(&serving, folder, server.public_url.clone()).await;
        }
    }
}

/// Connections that are open keep the certificate they began with.
async fn renew(serving: &RustlsConfig, folder: PathBuf, public_url: String) {
    let work = move || tls::local(&folder, &machine::names(&public_url), clock::utc_now());
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(identity)) => serving.reload_from_config(identity.config),
        Ok(Err(error)) => {
            tracing::error!(%error, "The certificate was not renewed; phones will refuse it once it ends")
        }
        Err(error) => tracing::error!(%error, "The certificate was not looked at"),
    }
}
