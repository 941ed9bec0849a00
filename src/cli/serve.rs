//! `cloudseat serve`: the server, from its configuration to its orderly end.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use axum_server::tls_rustls::RustlsConfig;
use clap::Args;

use crate::app::{App, Settings, StartError, control};
use crate::config::{self, Config, KEYS, Overrides};
use crate::http::{self, Server, tls};
use crate::media::{self, MediaConfig};
use crate::{clock, demo, store, telemetry};

/// Run the server.
#[derive(Debug, Args)]
#[command(after_long_help = keys_help())]
pub(super) struct Serve {
    /// Configuration, TOML
    #[arg(long, value_name = "FILE", env = "CLOUDSEAT_CONFIG")]
    config: Option<PathBuf>,

    /// Database, keys, evidence
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// HTTPS and WebSocket
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,

    /// Make demo accounts and print them; every document says that it is not legally checked
    #[arg(long)]
    demo: bool,
}

fn keys_help() -> String {
    let mut text = String::from("Configuration (TOML key, environment variable, default):\n");
    for key in KEYS {
        text.push_str(&format!(
            "  {:<16} {:<28} {}\n      {}\n",
            key.name,
            config::variable(key.name),
            key.default,
            key.meaning
        ));
    }
    text
}

/// How long requests in progress are waited for at the end.
const GRACE: Duration = Duration::from_secs(5);

/// What the initial receive estimate of a viewer's link is, kbit/s: under the rate of the media it would hold it back.
const KBPS_INITIAL: u32 = 20_000;

pub(super) async fn run(serve: Serve) -> anyhow::Result<()> {
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    let overrides = Overrides {
        data_dir: serve.data_dir.clone(),
        listen: serve.listen.clone(),
    };
    let config = Config::load(serve.config.as_deref(), &environment, &overrides)?;
    telemetry::start(&config.log, config.log_format)?;
    let lock = lock(&config.data_dir)?;
    // One provider for all TLS of the process.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let store = store::open(&config.database_url)
        .await
        .with_context(|| format!("the database {}", without_password(&config.database_url)))?;
    if serve.demo {
        for account in demo::accounts(&*store, &config.data_dir).await? {
            super::print(&format!(
                "{:<10} {}   {}\n",
                account.login, account.password, account.role
            ))?;
        }
    }
    let settings = Settings {
        data_dir: config.data_dir.clone(),
        site: config.site.clone(),
        public_url: config.public_url.clone(),
        demo: serve.demo,
        media: MediaConfig {
            listen: config.media_udp,
            advertise: config.media_advertise.clone(),
            workers: config.media_workers,
            kbps_initial: Some(KBPS_INITIAL),
        },
        reserve_bytes: config.reserve_bytes,
        fonts: config.fonts_dir.iter().cloned().collect(),
    };
    let app = App::start(settings, Arc::clone(&store))
        .await
        .map_err(|error| {
            let media = matches!(&error, StartError::Media(media::StartError::Bind { .. }));
            let todo = if media {
                "; stop what uses the port, or set CLOUDSEAT_MEDIA_UDP"
            } else {
                ""
            };
            anyhow!("{error}{todo}")
        })?;
    let identity = match &config.tls {
        Some(files) => tls::from_files(files)?,
        None => tls::local(
            &config.data_dir.join("tls"),
            &http::machine::names(&config.public_url),
            clock::utc_now(),
        )?,
    };
    let rustls = RustlsConfig::from_config(identity.config);
    let fingerprint = identity
        .authority
        .as_ref()
        .map(|authority| authority.fingerprint.clone());
    let authority_dir = identity
        .authority
        .is_some()
        .then(|| config.data_dir.join("tls"));
    control::serve(Arc::clone(&app), &config.data_dir).context("the control socket")?;
    let server = Server {
        store,
        app: Arc::clone(&app),
        public_url: config.public_url.clone(),
        authority: identity.authority,
        limits: http::limits::RateLimits::default(),
        metrics: http::health::Metrics::default(),
        endings: http::ws::Endings::default(),
    };
    let listener = std::net::TcpListener::bind(config.listen).with_context(|| {
        format!(
            "{} cannot be listened on; is another server running?",
            config.listen
        )
    })?;
    listener.set_nonblocking(true)?;
    say_where(&config, fingerprint.as_deref())?;
    let handle = axum_server::Handle::new();
    tokio::spawn(stop_on_signal(Arc::clone(&app), handle.clone()));
    let server = Arc::new(server);
    tokio::spawn(http::upkeep::run(
        Arc::clone(&server),
        rustls.clone(),
        authority_dir,
    ));
    let service =
        http::router::router(server).into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum_server::from_tcp_rustls(listener, rustls)?
        .handle(handle)
        .serve(service)
        .await?;
    app.stop().await;
    drop(lock);
    Ok(())
}

async fn stop_on_signal(app: Arc<App>, handle: axum_server::Handle<std::net::SocketAddr>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        tracing::error!("Signals cannot be heard; stop the server with SIGKILL, it recovers");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("Stopping");
    app.hub().shut_down();
    handle.graceful_shutdown(Some(GRACE));
}

/// Takes the data folder for this process alone: there is never a second writer of evidence.
pub(super) fn lock(data_dir: &Path) -> anyhow::Result<File> {
    super::data_folder(data_dir)?;
    let path = data_dir.join("lock");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            bail!(
                "{} is in use by another cloudseat; stop it first, or give another --data-dir",
                data_dir.display()
            )
        }
        Err(std::fs::TryLockError::Error(error)) => {
            return Err(error).with_context(|| path.display().to_string());
        }
    }
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}

fn say_where(config: &Config, fingerprint: Option<&str>) -> anyhow::Result<()> {
    let port = config.listen.port();
    let mut text = format!("\n  https://localhost:{port}\n");
    if config.public_url != format!("https://localhost:{port}") {
        text.push_str(&format!(
            "  {}   in QR codes and on receipts\n",
            config.public_url
        ));
    }
    let addresses = if config.listen.ip().is_unspecified() {
        http::machine::addresses()
    } else {
        [config.listen.ip()].into()
    };
    for address in addresses.iter().filter(|ip| !ip.is_loopback()) {
        let host = if address.is_ipv6() {
            format!("[{address}]")
        } else {
            address.to_string()
        };
        text.push_str(&format!("  https://{host}:{port}   in the local network; a phone first opens https://{host}:{port}/ca\n"));
    }
    if let Some(fingerprint) = fingerprint {
        text.push_str(&format!(
            "  certificate authority, SHA-256: {fingerprint}\n"
        ));
    }
    text.push('\n');
    super::print(&text)
}

/// A database's address without the password in it.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => url.to_owned(),
    }
}
