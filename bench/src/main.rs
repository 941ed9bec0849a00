//! `make bench`: what the server costs and how soon it commits, measured on the real binary under real WebRTC load, beside the
//! floor of the same work, in one run. One table, and JSON beside it in `bench/results/`.
//!
//! The machine is noisy: read the ratios.

mod cpu;
mod floor;
mod latency;
mod load;
mod server;
mod verify;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use serde::Serialize;

/// Measure the server.
#[derive(Debug, Parser)]
struct Arguments {
    /// The server's binary, a release build
    #[arg(long, default_value = "target/release/cloudseat")]
    binary: PathBuf,
    /// Sessions with two publishers each
    #[arg(long, default_value_t = 4)]
    sessions: usize,
    /// Seconds of load that are measured
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Where the JSON goes
    #[arg(long, default_value = "bench/results")]
    results: PathBuf,
}

/// Everything measured in one run.
#[derive(Debug, Serialize)]
struct Results {
    sessions: usize,
    seconds: u64,
    media: load::Media,
    floor: floor::Floor,
    latency: latency::Latency,
    verify: verify::Verify,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let results = runtime.block_on(measure(&arguments))?;
    std::fs::create_dir_all(&arguments.results)?;
    let path = arguments.results.join("latest.json");
    std::fs::write(&path, serde_json::to_string_pretty(&results)? + "\n")
        .with_context(|| path.display().to_string())?;
    std::io::stdout().write_all(table(&results).as_bytes())?;
    Ok(())
}

async fn measure(arguments: &Arguments) -> anyhow::Result<Results> {
    let server = server::Server::start(&arguments.binary).await?;
    let load = load::Load::start(&server, arguments.sessions).await?;
    let media = load
        .measure(&server, Duration::from_secs(arguments.seconds))
        .await?;
    let latency = latency::of(&server.data_dir().join("evidence"))?;
    let folder = load.longest(&server)?;
    load.stop().await;
    let verify = verify::measure(&arguments.binary, &folder, server.data_dir())?;
    let floor = floor::measure(media.payload_bytes_mean, Duration::from_secs(5))?;
    server.stop();
    Ok(Results {
        sessions: arguments.sessions,
        seconds: arguments.seconds,
        media,
        floor,
        latency,
        verify,
    })
}

fn table(r: &Results) -> String {
    let m = &r.media;
    let f = &r.floor;
    let rows = [
        (
            "sessions, two publishers each".to_owned(),
            r.sessions.to_string(),
        ),
        (
            "packets in / forwarded, per second".to_owned(),
            format!("{:.0} / {:.0}", m.packets_in_per_s, m.packets_out_per_s),
        ),
        (
            "forwarded per CPU-second of media threads".to_owned(),
            format!("{:.0}", m.forwarded_per_media_cpu_s),
        ),
        (
            "forwarded per CPU-second of the whole server".to_owned(),
            format!("{:.0}", m.forwarded_per_cpu_s),
        ),
        (
            "floor: receive + open + seal + send, per CPU-second".to_owned(),
            format!("{:.0}", f.packets_per_cpu_s),
        ),
        (
            "share of the floor (media threads)".to_owned(),
            format!("{:.2}", m.forwarded_per_media_cpu_s / f.packets_per_cpu_s),
        ),
        (
            "recording and journal, share of media CPU".to_owned(),
            format!("{:.2}", m.recording_cpu_share),
        ),
        (
            "sessions a core, by CPU of everything".to_owned(),
            format!("{:.0}", m.sessions_per_core),
        ),
        (
            "oldest packet to entry, p50 / p99 ms".to_owned(),
            format!("{:.0} / {:.0}", r.latency.p50_ms, r.latency.p99_ms),
        ),
        (
            "… over 1,000 ms, of segments".to_owned(),
            format!("{} of {}", r.latency.late, r.latency.segments),
        ),
        (
            "verify, MB/s of CPU".to_owned(),
            format!("{:.0}", r.verify.verify_mb_per_cpu_s),
        ),
        (
            "… against sha256sum".to_owned(),
            format!(
                "{:.2} ×",
                r.verify.verify_mb_per_cpu_s / r.verify.sha256sum_mb_per_cpu_s
            ),
        ),
        (
            "… against openssl dgst -sha256".to_owned(),
            format!(
                "{:.2} ×",
                r.verify.verify_mb_per_cpu_s / r.verify.openssl_mb_per_cpu_s
            ),
        ),
    ];
    rows.iter()
        .map(|(name, value)| format!("{name:<56} {value}\n"))
        .collect()
}
