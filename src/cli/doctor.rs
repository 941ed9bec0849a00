//! `cloudseat doctor`: whether a server would run well here, a line each, with the fix.

use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::bail;
use clap::Args;

use super::user::configuration;
use crate::documents::Typesetter;
use crate::{clock, config, store};

/// Check ports, clock, disk, sync latency, fonts, database: a line each, with the fix.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Configuration, TOML
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Database, keys, evidence
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Appends whose sync time is measured.
const SYNCS: usize = 50;

pub(super) async fn run(doctor: Doctor) -> anyhow::Result<()> {
    let config = match &doctor.config {
        Some(file) => {
            let overrides = config::Overrides {
                data_dir: doctor.data_dir.clone(),
                listen: None,
            };
            config::Config::load(Some(file), &std::env::vars().collect(), &overrides)?
        }
        None => configuration(doctor.data_dir)?,
    };
    std::fs::create_dir_all(&config.data_dir)?;
    let mut failures = 0;
    let mut line = |name: &str, outcome: Result<String, String>| {
        let (sign, text) = match outcome {
            Ok(text) => ("ok  ", text),
            Err(text) => {
                failures += 1;
                ("FAIL", text)
            }
        };
        super::print(&format!("{sign} {name:<10} {text}\n"))
    };
    line(
        "listen",
        TcpListener::bind(config.listen)
            .map(|_| config.listen.to_string())
            .map_err(|e| {
                format!(
                    "{}: {e}; stop what uses it, or set CLOUDSEAT_LISTEN",
                    config.listen
                )
            }),
    )?;
    line(
        "media",
        UdpSocket::bind(config.media_udp)
            .map(|_| {
                format!(
                    "{} and the {} ports behind it",
                    config.media_udp,
                    config.media_workers - 1
                )
            })
            .map_err(|e| {
                format!(
                    "{}: {e}; stop what uses it, or set CLOUDSEAT_MEDIA_UDP",
                    config.media_udp
                )
            }),
    )?;
    line(
        "clock",
        Ok(format!(
            "{}; keep it disciplined by NTP (chrony)",
            clock::utc_now()
        )),
    )?;
    line(
        "disk",
        match recorder::disk::free_bytes(&config.data_dir) {
            Ok(free) if free >= config.reserve_bytes => Ok(format!("{} GiB free", free >> 30)),
            Ok(free) => Err(format!(
                "{} MiB free, {} GiB are kept for calls in progress; free space or set CLOUDSEAT_RESERVE_GIB",
                free >> 20,
                config.reserve_bytes >> 30
            )),
            Err(error) => Err(error.to_string()),
        },
    )?;
    line("sync", sync_latency(&config.data_dir))?;
    line(
        "fonts",
        Typesetter::new(config.fonts_dir.iter().cloned().collect())
            .probe()
            .map(|()| "Chinese documents can be typeset".to_owned())
            .map_err(|e| {
                format!("{e}; apt-get install fonts-noto-cjk, or set CLOUDSEAT_FONTS_DIR")
            }),
    )?;
    line(
        "database",
        match store::open(&config.database_url).await {
            Ok(_) => Ok("answers".to_owned()),
            Err(error) => Err(format!("{error}; check CLOUDSEAT_DATABASE_URL")),
        },
    )?;
    if failures > 0 {
        bail!("{failures} of these must be mended before the server can be relied on");
    }
    Ok(())
}

fn sync_latency(data_dir: &Path) -> Result<String, String> {
    use std::io::Write;
    let measure = || -> std::io::Result<Vec<u128>> {
        let mut file = tempfile::tempfile_in(data_dir)?;
        (0..SYNCS)
            .map(|_| {
                let begun = Instant::now();
                file.write_all(&[0; 4096])?;
                file.sync_data()?;
                Ok(begun.elapsed().as_micros())
            })
            .collect()
    };
    let mut times = measure().map_err(|error| error.to_string())?;
    times.sort_unstable();
    let (median, worst) = (times[SYNCS / 2], times[SYNCS - 1]);
    let text = format!(
        "fdatasync median {:.1} ms, worst {:.1} ms",
        median as f64 / 1000.0,
        worst as f64 / 1000.0
    );
    if median > 50_000 {
        Err(format!("{text}; put DATA_DIR on a faster disk"))
    } else {
        Ok(text)
    }
}
