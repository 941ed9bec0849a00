//! How much one machine can record: real threads, real files, made-up streams.
//!
//! `cargo run --release -p recorder --example load -- DIR [SESSIONS] [SECONDS] [THREADS]`
//!
//! A session is two people, each with a picture (25 frames of 6 packets a second, 1.3 Mbit/s) and
//! sound (50 packets a second). Printed are the age of the oldest packet when its segment is
//! reported as durable, and the processor time of the recorder's threads.

use std::io::Write as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{bounded, never};
use ids::{Sid, TrackId};
use recorder::{
    Codec, Config, EndReason, Packet, Recorder, RecorderHandle, Report, SessionClock, TakeSpec, Tap,
};

const PACKETS: u32 = 6;
const PAYLOAD: usize = 1_100;

struct Take {
    tap: Tap,
    codec: Codec,
    seq: u64,
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let dir = PathBuf::from(arguments.next().expect("DIR: where to record to"));
    let mut number = |default: u64| {
        arguments
            .next()
            .map_or(default, |text| text.parse().expect("a number"))
    };
    let (sessions, seconds, threads) = (number(50), number(20), number(4));

    let (sender, reports) = bounded(10_000);
    let recorder = Recorder::start(
        Config {
            threads: threads as usize,
        },
        sender,
    )
    .expect("threads can be started");
    let origin = Instant::now();
    let clock = SessionClock {
        origin,
        offset_us: 0,
    };
    let watcher = std::thread::spawn(move || {
        let (mut ages, mut bytes, mut commits, mut gaps) = (Vec::new(), 0, 0, 0);
        for report in reports {
            match report {
                Report::Committed { segments, .. } => {
                    let now_us = clock.us(Instant::now());
                    ages.extend(segments.iter().map(|s| now_us - s.t0_us));
                    bytes += segments.iter().map(|s| s.bytes).sum::<u64>();
                    commits += 1;
                }
                Report::Gap { .. } => gaps += 1,
                Report::Failed { failure, .. } => panic!("{failure}"),
                Report::Started { .. }
                | Report::Stalled { .. }
                | Report::Flowing { .. }
                | Report::KeyframeWanted { .. }
                | Report::Ended { .. }
                | Report::Closed { .. } => {}
            }
        }
        (ages, bytes, commits, gaps)
    });

    let handle = recorder.handle();
    let mut takes: Vec<Vec<Take>> = (0..sessions)
        .map(|session| start(&handle, &dir, clock, session))
        .collect::<Result<_, _>>()?;

    let payload: Arc<[u8]> = vec![0; PAYLOAD].into();
    let mut dropped = 0u64;
    let step = Duration::from_millis(1);
    let end = Duration::from_secs(seconds);
    for tick in 0.. {
        let at = step * tick;
        if at > end {
            break;
        }
        // Sessions send at different times of the 40 ms.
        let due = takes
            .iter_mut()
            .enumerate()
            .filter(|(n, _)| (*n as u32 * 7) % 20 == tick % 20);
        for (n, session) in due {
            for take in session {
                dropped += send(take, clock, &payload, (tick + n as u32) % 40 < 20);
            }
        }
        let left = (origin + at + step).saturating_duration_since(Instant::now());
        never::<()>()
            .recv_timeout(left)
            .expect_err("nothing is ever sent");
    }
    let cpu = recorder_cpu()?;
    for (session, takes) in takes.iter().enumerate() {
        for (n, _) in takes.iter().enumerate() {
            let ended = handle.end_take(sid(session as u64), &name(n), EndReason::Left);
            ended.expect("the recorder runs");
        }
    }
    recorder.stop();
    drop(handle);
    let (mut ages, bytes, commits, gaps) = watcher.join().expect("the watcher does not panic");
    ages.sort_unstable();
    let age = |part: f64| ages[((ages.len() - 1) as f64 * part) as usize] as f64 / 1_000.0;
    let tracks = sessions * 4;
    writeln!(
        std::io::stdout(),
        "{sessions} sessions, {tracks} tracks, {seconds} s, {threads} threads: {} segments in {commits} commits, \
         {:.1} MB, {gaps} gaps, {dropped} packets dropped\n\
         oldest packet when durable: p50 {:.0} ms, p99 {:.0} ms, max {:.0} ms\n\
         recorder threads: {:.1} % of one processor, {:.3} % a track",
        ages.len(),
        bytes as f64 / 1e6,
        age(0.5),
        age(0.99),
        age(1.0),
        cpu / seconds as f64 * 100.0,
        cpu / seconds as f64 * 100.0 / tracks as f64,
    )
}

fn sid(session: u64) -> Sid {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&session.to_be_bytes());
    bytes[15] = session as u8;
    Sid::from_bytes(bytes)
}

fn name(take: usize) -> TrackId {
    ["v1", "a1", "v2", "a2"][take]
        .parse()
        .expect("a track's name")
}

fn start(
    handle: &RecorderHandle,
    dir: &Path,
    clock: SessionClock,
    session: u64,
) -> std::io::Result<Vec<Take>> {
    let session_dir = dir.join(format!("{session:04}"));
    std::fs::create_dir_all(&session_dir)?;
    let take = |n: usize| {
        let codec = if n.is_multiple_of(2) {
            Codec::Vp8
        } else {
            Codec::Opus
        };
        let spec = TakeSpec {
            sid: sid(session),
            session_dir: session_dir.clone(),
            clock,
            take: name(n),
            participant: "p1".parse().expect("a participant"),
            codec,
            clock_hz: NonZeroU32::new(hz(codec)).expect("not zero"),
            gap_tolerance_us: 500_000,
        };
        Take {
            tap: handle.start_take(spec).expect("the recorder runs"),
            codec,
            seq: 0,
        }
    };
    Ok((0..4).map(take).collect())
}

fn hz(codec: Codec) -> u32 {
    match codec {
        Codec::Vp8 | Codec::H264 => 90_000,
        Codec::Opus => 48_000,
    }
}

/// One frame of picture every other time, one of sound each time. Returns what did not fit.
fn send(take: &mut Take, clock: SessionClock, payload: &Arc<[u8]>, picture: bool) -> u64 {
    let now_us = clock.us(Instant::now());
    let rtp = (u128::from(now_us) * u128::from(hz(take.codec)) / 1_000_000) as u32;
    let count = match take.codec {
        Codec::Opus => 1,
        Codec::Vp8 | Codec::H264 if picture => PACKETS,
        Codec::Vp8 | Codec::H264 => 0,
    };
    let key = take.seq.is_multiple_of(u64::from(PACKETS) * 50);
    let mut dropped = 0;
    for n in 0..count {
        let payload = match (take.codec, n) {
            (Codec::Opus, _) => [&[0xf8][..], &[0; 80]].concat().into(),
            (_, 0) if key => [
                &[0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 2, 0x68, 1][..],
                &payload[..1_000],
            ]
            .concat()
            .into(),
            (_, 0) => [&[0x10, 0x11, 0, 0][..], &payload[..1_000]].concat().into(),
            _ => payload.clone(),
        };
        let packet = Packet {
            arrival_us: now_us,
            seq: take.seq,
            rtp,
            marker: n + 1 == count && take.codec != Codec::Opus,
            red: false,
            payload,
            ssrc: 1,
            sender: None,
        };
        take.seq += 1;
        dropped += u64::from(take.tap.push(packet).is_err());
    }
    dropped
}

/// Processor time of the threads named `recorder-…` so far, s.
fn recorder_cpu() -> std::io::Result<f64> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let mut ticks = 0.0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let stat = std::fs::read_to_string(task?.path().join("stat"))?;
        if let Some((name, rest)) = stat.split_once(')')
            && name.contains("(recorder-")
        {
            // utime and stime are the 14th and 15th fields; two stood before the name's end.
            let fields: Vec<f64> = rest
                .split_whitespace()
                .skip(11)
                .take(2)
                .flat_map(str::parse)
                .collect();
            ticks += fields.iter().sum::<f64>();
        }
    }
    Ok(ticks / TICKS_PER_SECOND)
}
