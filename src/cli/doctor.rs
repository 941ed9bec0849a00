//! `cloudseat doctor`: whether a server would run well here, a line each, with the fix.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::bail;
use clap::Args;

use super::user::configuration;
use crate::config::{self, Config};
use crate::documents::Typesetter;
use crate::http::tls;
use crate::{clock, store};

/// Check ports, clock, disk, sync latency, FFmpeg, certificate, fonts, database: a line each, with the fix.
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
/// A certificate that ends sooner is a fault: somebody has to be found who makes a new one.
const CERTIFICATE_DAYS_MIN: i64 = 7;

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
    super::data_folder(&config.data_dir)?;
    let fonts = Typesetter::new(config.fonts_dir.iter().cloned().collect());
    let lines = [
        ("listen", listen(config.listen)),
        ("media", media(config.media_udp, config.media_workers)),
        ("clock", clock_line()),
        ("disk", disk(&config)),
        ("sync", sync_latency(&config.data_dir)),
        (
            "ffmpeg",
            recorder::mux::probe()
                .map(|version| format!("{version}, writes MP4 and WebM"))
                .map_err(|e| format!("{e}; apt-get install --reinstall ffmpeg")),
        ),
        ("certificate", certificate(&config)),
        (
            "fonts",
            fonts
                .probe()
                .map(|()| "Chinese documents can be typeset".to_owned())
                .map_err(|e| {
                    format!("{e}; apt-get install fonts-noto-cjk, or set CLOUDSEAT_FONTS_DIR")
                }),
        ),
        (
            "database",
            match store::open(&config.database_url).await {
                Ok(_) => Ok("answers".to_owned()),
                Err(error) => Err(format!("{error}; check CLOUDSEAT_DATABASE_URL")),
            },
        ),
    ];
    let mut failures = 0;
    for (name, outcome) in lines {
        let (sign, text) = match outcome {
            Ok(text) => ("ok  ", text),
            Err(text) => {
                failures += 1;
                ("FAIL", text)
            }
        };
        super::print(&format!("{sign} {name:<12} {text}\n"))?;
    }
    if failures > 0 {
        bail!("{failures} of these must be mended before the server can be relied on");
    }
    Ok(())
}

fn listen(address: SocketAddr) -> Result<String, String> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(format!("TCP {address}")),
        Err(error) => Err(format!(
            "TCP {address}: {error}; stop what uses it, or set CLOUDSEAT_LISTEN"
        )),
    }
}

/// Every worker's port, by UDP and by TCP, as the workers take them.
fn media(first: SocketAddr, workers: usize) -> Result<String, String> {
    let todo = "stop what uses it, or set CLOUDSEAT_MEDIA_UDP";
    let mut last = first;
    for number in 0..workers {
        if first.port() != 0 {
            let port = u16::try_from(number)
                .ok()
                .and_then(|number| first.port().checked_add(number))
                .ok_or_else(|| {
                    format!("there are not {workers} ports from {first} on; set CLOUDSEAT_MEDIA_UDP or CLOUDSEAT_MEDIA_WORKERS")
                })?;
            last.set_port(port);
        }
        UdpSocket::bind(last).map_err(|error| format!("UDP {last}: {error}; {todo}"))?;
        TcpListener::bind(last).map_err(|error| format!("TCP {last}: {error}; {todo}"))?;
    }
    Ok(format!(
        "UDP and TCP {first}, {workers} ports to {}; that a firewall lets them through is not tested",
        last.port()
    ))
}

/// Whether something keeps the system's clock right, as the system says.
fn clock_line() -> Result<String, String> {
    let asked = [
        ("timedatectl", ["show", "--property=NTPSynchronized"]),
        ("chronyc", ["-n", "tracking"]),
    ];
    let now = clock::utc_now();
    for (program, arguments) in asked {
        let Ok(output) = Command::new(program).args(arguments).output() else {
            continue;
        };
        match synchronised(&String::from_utf8_lossy(&output.stdout)) {
            Some(true) => return Ok(format!("{now}, synchronised ({program})")),
            Some(false) => {
                return Err(format!(
                    "{now}, not synchronised ({program}); apt-get install chrony, and let UDP 123 out"
                ));
            }
            None => {}
        }
    }
    Ok(format!(
        "{now}; whether it is synchronised cannot be told here (neither timedatectl nor chronyc answers): compare it, and keep it right on the host"
    ))
}

/// What either program says; none where it says neither.
fn synchronised(answer: &str) -> Option<bool> {
    answer.lines().find_map(|line| {
        let (name, value) = line.split_once(['=', ':'])?;
        match (name.trim(), value.trim()) {
            ("NTPSynchronized", value) => Some(value == "yes"),
            ("Leap status", value) => Some(value != "Not synchronised"),
            _ => None,
        }
    })
}

fn disk(config: &Config) -> Result<String, String> {
    match recorder::disk::free_bytes(&config.data_dir) {
        Ok(free) if free >= config.reserve_bytes => Ok(format!("{} GiB free", free >> 30)),
        Ok(free) => Err(format!(
            "{} MiB free, {} GiB are kept for calls in progress; free space or set CLOUDSEAT_RESERVE_GIB",
            free >> 20,
            config.reserve_bytes >> 30
        )),
        Err(error) => Err(error.to_string()),
    }
}

fn certificate(config: &Config) -> Result<String, String> {
    let (path, todo) = match &config.tls {
        Some(files) => {
            tls::from_files(files).map_err(|error| {
                format!("{error}; check CLOUDSEAT_TLS_CERTIFICATE and CLOUDSEAT_TLS_KEY")
            })?;
            (files.certificate.clone(), "put a new one in its place")
        }
        None => (
            tls::local_certificate(&config.data_dir.join("tls")),
            "start the server: it makes a new one",
        ),
    };
    if config.tls.is_none() && !path.exists() {
        return Ok("none yet; the local authority makes one at the first start".to_owned());
    }
    let end = tls::not_after(&path).map_err(|error| format!("{error}; {todo}"))?;
    let days = (end.as_millis() - clock::utc_now().as_millis()) / (24 * 60 * 60 * 1000);
    let whose = if config.tls.is_some() {
        "from elsewhere"
    } else {
        "of the local authority"
    };
    if days < CERTIFICATE_DAYS_MIN {
        Err(format!("{whose}, ends {end}; {todo}"))
    } else {
        Ok(format!("{whose}, good for {days} days"))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_is_tried_by_both_protocols() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let said = media(address, 1).unwrap_err();
        assert!(said.starts_with(&format!("TCP {address}")), "{said}");
        drop(taken);
        let taken = UdpSocket::bind(address).unwrap();
        let said = media(address, 1).unwrap_err();
        assert!(said.starts_with(&format!("UDP {address}")), "{said}");
        drop(taken);
        assert!(media(SocketAddr::from(([127, 0, 0, 1], 65_535)), 2).is_err());
    }

    #[test]
    fn the_systems_word_on_its_clock_is_understood() {
        assert_eq!(synchronised("NTPSynchronized=yes\n"), Some(true));
        assert_eq!(synchronised("NTPSynchronized=no\n"), Some(false));
        let chrony = "Reference ID    : C0000201 ()\nLeap status     : ";
        assert_eq!(synchronised(&format!("{chrony}Normal\n")), Some(true));
        assert_eq!(
            synchronised(&format!("{chrony}Not synchronised\n")),
            Some(false)
        );
        assert_eq!(synchronised(""), None);
    }
}
