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
use cloudseat::bot::play::{Stage, traffic_simple};
use latency::Reading;
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
    /// Three participants play a whole procedure on a server that has nothing else to do.
    alone: latency::Latency,
    /// The sessions of the load.
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
    let before = Reading::of(&server).await?;
    play(&server).await?;
    let alone = Reading::of(&server).await?.since(&before);
    let load = load::Load::start(&server, "load", arguments.sessions, load::FRAME_BYTES).await?;
    let before = Reading::of(&server).await?;
    let media = load
        .measure(&server, Duration::from_secs(arguments.seconds))
        .await?;
    let latency = Reading::of(&server).await?.since(&before);
    load.stop().await;
    // Bytes enough that a process's start counts for nothing.
    let load = load::Load::start(&server, "long", 1, 10 * load::FRAME_BYTES).await?;
    tokio::time::sleep(Duration::from_secs(arguments.seconds)).await;
    let folder = load.folder(&server)?;
    load.stop().await;
    let verify = verify::measure(&arguments.binary, &folder, server.data_dir())?;
    let floor = floor::measure(media.payload_bytes_mean, Duration::from_secs(5))?;
    server.stop();
    Ok(Results {
        sessions: arguments.sessions,
        seconds: arguments.seconds,
        media,
        floor,
        alone,
        latency,
        verify,
    })
}

/// A whole enforcement by bots, half a minute of it.
async fn play(server: &server::Server) -> anyhow::Result<()> {
    let stage = Stage {
        server: server.api()?,
        officer: server.login("officer")?,
        seat: server.login("seat")?,
        talk: Duration::from_secs(30),
    };
    let played = traffic_simple(&stage, &|_| {}).await?;
    anyhow::ensure!(
        played.state == "sealed",
        "the procedure ended as {}",
        played.state
    );
    Ok(())
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
            "oldest packet to signed head, 3 participants, p50 / p99 ms".to_owned(),
            format!("{:.0} / {:.0}", r.alone.p50_ms, r.alone.p99_ms),
        ),
        (
            "… over 1,000 ms, of segments".to_owned(),
            format!("{} of {}", r.alone.late, r.alone.segments),
        ),
        (
            "oldest packet to signed head, under load, p50 / p99 ms".to_owned(),
            format!("{:.0} / {:.0}", r.latency.p50_ms, r.latency.p99_ms),
        ),
        (
            "… over 1,000 ms, of segments".to_owned(),
            format!("{} of {}", r.latency.late, r.latency.segments),
        ),
        (
            "verified, MB".to_owned(),
            format!("{:.0}", r.verify.bytes as f64 / 1e6),
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
        .map(|(name, value)| format!("{name:<60} {value}\n"))
        .collect()
}
