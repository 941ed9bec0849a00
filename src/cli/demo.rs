//! `cloudseat demo`: a whole enforcement, played by bots through a running server.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::bot::api::Server;
use crate::bot::play::{PLAY_PATIENCE, Stage, traffic_simple};

/// Play officer, seat and party with real WebRTC media through a running server.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// The server, e.g. https://localhost:8443
    #[arg(long)]
    url: String,

    /// Certificate authority of the server, PEM. For a loopback address: DATA_DIR/tls/authority.pem
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Accounts, as demo mode keeps them. Else DATA_DIR/demo-accounts.json
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,

    /// What is played
    #[arg(long, value_enum, default_value_t)]
    scenario: Scenario,

    /// How long the talk lasts at least
    #[arg(long, default_value_t = 20)]
    seconds: u64,

    /// Print {"case","session","sid","decision","state"} and nothing else
    #[arg(long)]
    json: bool,

    /// Database, keys, evidence of a server on this machine
    #[arg(
        long,
        env = "CLOUDSEAT_DATA_DIR",
        default_value = "data",
        value_name = "DIR"
    )]
    data_dir: PathBuf,
}

/// What can be played.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Scenario {
    /// The simple procedure, from the call to the seal.
    #[default]
    TrafficSimple,
}

#[derive(Deserialize)]
struct Login {
    login: String,
    password: String,
    role: String,
}

/// Plays, and succeeds only if the server has sealed the session.
pub(super) async fn run(demo: Demo) -> anyhow::Result<()> {
    let accounts = demo
        .accounts
        .clone()
        .unwrap_or_else(|| demo.data_dir.join("demo-accounts.json"));
    let logins: Vec<Login> = serde_json::from_slice(&read(
        &accounts,
        "the accounts; start the server with --demo, or give --accounts",
    )?)
    .with_context(|| format!("{} is not a list of accounts", accounts.display()))?;
    let of = |role: &str| {
        let found = logins
            .iter()
            .find(|l| l.role == role)
            .map(|l| (l.login.clone(), l.password.clone()));
        found.with_context(|| format!("{} has no account of role {role}", accounts.display()))
    };
    let ca = match &demo.ca {
        Some(path) => Some(read(path, "the certificate authority")?),
        None if is_loopback(&demo.url) => Some(read(
            &demo.data_dir.join("tls/authority.pem"),
            "the server's own certificate authority; give it with --ca",
        )?),
        None => None,
    };
    let stage = Stage {
        server: Server {
            url: demo.url.clone(),
            ca,
        },
        officer: of("officer")?,
        seat: of("seat")?,
        talk: Duration::from_secs(demo.seconds),
    };
    let json = demo.json;
    let tell = move |what: &str| {
        if !json {
            eprintln!("{what}");
        }
    };
    let played = match demo.scenario {
        Scenario::TrafficSimple => {
            tokio::time::timeout(
                PLAY_PATIENCE + stage.talk * 2,
                traffic_simple(&stage, &tell),
            )
            .await
        }
    };
    let played = played.context("the play took too long")??;
    if json {
        super::print(&format!("{}\n", serde_json::to_string(&played)?))?;
    } else {
        super::print(&format!(
            "Session {} is {}; decision {}\n",
            played.sid,
            played.state,
            played.decision.as_deref().unwrap_or("none")
        ))?;
    }
    if played.state != "sealed" {
        bail!("the session is {}, not sealed", played.state);
    }
    Ok(())
}

fn read(path: &Path, what: &str) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("{} cannot be read: {what}", path.display()))
}

fn is_loopback(url: &str) -> bool {
    let authority = url
        .trim_start_matches("https://")
        .split('/')
        .next()
        .unwrap_or_default();
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host)
        .trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
