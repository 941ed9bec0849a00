//! The threads: commands, taps, and reports through channels.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{bounded, unbounded};
use ids::Sid;
use recorder::limits::{COMMANDS_MAX, TAKE_NAME_MAX, TAP_PACKETS_MAX};
use recorder::{
    Codec, Config, EndReason, Full, Reason, Recorder, Refused, Report, SessionClock, TakeSpec,
};

use crate::disk::Memory;
use crate::network::Link;
use crate::source::{self, Plan};

fn spec(session: u8, take: &str) -> TakeSpec {
    TakeSpec {
        sid: Sid::from_bytes([session; 16]),
        session_dir: format!("/{session}").into(),
        clock: SessionClock {
            origin: Instant::now(),
            offset_us: 60_000_000,
        },
        take: take.parse().unwrap(),
        participant: "p1".parse().unwrap(),
        codec: Codec::Opus,
        clock_hz: NonZeroU32::new(48_000).unwrap(),
        gap_tolerance_us: 500_000,
    }
}

#[test]
fn what_was_pushed_is_committed_when_the_recorder_stops() {
    let (sender, reports) = unbounded();
    let recorder =
        Recorder::start_on(Arc::new(Memory::default()), Config { threads: 3 }, sender).unwrap();
    let handle = recorder.handle();
    let plan = Plan {
        codec: Codec::Opus,
        seq0: 1,
        rtp0: 1,
        start_us: 59_000_000,
        frames: 40,
        interval_us: 20_000,
        key_every: 1,
        packets: 1,
        pauses: Vec::new(),
        padding_every: None,
    };
    let packets = Link::perfect().carry(&source::send(&plan).0);
    for session in 0..10 {
        let tap = handle.start_take(spec(session, "a1")).unwrap();
        packets
            .iter()
            .for_each(|packet| tap.push(packet.clone()).unwrap());
        handle
            .set_reason(
                Sid::from_bytes([session; 16]),
                &"a1".parse().unwrap(),
                Some(Reason::Hold),
            )
            .unwrap();
        if session % 2 == 0 {
            handle
                .end_take(
                    Sid::from_bytes([session; 16]),
                    &"a1".parse().unwrap(),
                    EndReason::Left,
                )
                .unwrap();
        }
    }
    recorder.stop();
    let reports: Vec<Report> = reports.iter().collect();
    for session in 0..10u8 {
        let of = |wanted: &Sid| *wanted == Sid::from_bytes([session; 16]);
        let frames: u64 = reports
            .iter()
            .filter_map(|report| {
                if let Report::Committed { sid, segments } = report {
                    of(sid).then(|| segments.iter().map(|s| s.frames).sum::<u64>())
                } else {
                    None
                }
            })
            .sum();
        assert_eq!(frames, 40, "session {session}");
        let reasons: Vec<_> = reports
            .iter()
            .filter_map(|report| {
                if let Report::Ended { sid, body } = report {
                    of(sid).then_some(body.reason.as_deref()?)
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(
            reasons,
            [if session % 2 == 0 { "left" } else { "shutdown" }]
        );
    }
    assert_eq!(
        handle.start_take(spec(1, "a2")).unwrap_err(),
        Refused::Stopped
    );
}

#[test]
fn a_full_tap_refuses_and_the_gap_says_overload() {
    let mut studio = crate::studio::Studio::new(Arc::new(Memory::default()), "/session".into());
    studio.start("a1", Codec::Opus);
    let plan = Plan {
        codec: Codec::Opus,
        seq0: 1,
        rtp0: 1,
        start_us: 1_000_000,
        frames: TAP_PACKETS_MAX as u32 + 100,
        interval_us: 20_000,
        key_every: 1,
        packets: 1,
        pauses: Vec::new(),
        padding_every: None,
    };
    let packets = Link::perfect().carry(&source::send(&plan).0);
    studio.play(&[("a1", packets[0].clone())]);
    let packets = &packets[1..];
    // The recorder is held up for the whole of it: all other packets come between two ticks.
    let taken = packets
        .iter()
        .take_while(|packet| studio.push("a1", (*packet).clone()) == Ok(()))
        .count();
    assert_eq!(taken, TAP_PACKETS_MAX);
    assert_eq!(studio.push("a1", packets[taken].clone()), Err(Full));
    studio.now_us = packets.last().unwrap().arrival_us;
    studio.tick();
    studio.end("a1");
    studio.log.check();
    let [gap] = &studio.log.gaps[..] else {
        panic!("{:?}", studio.log.gaps)
    };
    assert_eq!(
        (gap.t0_us, gap.reason.as_str()),
        (packets[taken - 1].arrival_us, "overload")
    );
}

#[test]
fn a_recorder_whose_reports_nobody_takes_says_that_it_is_busy() {
    let (sender, reports) = bounded(0);
    let recorder =
        Recorder::start_on(Arc::new(Memory::default()), Config { threads: 1 }, sender).unwrap();
    let handle = recorder.handle();
    // The second take of a name is refused by a report, and that waits for a reader.
    let _taps = [
        handle.start_take(spec(1, "a1")),
        handle.start_take(spec(1, "a1")),
    ];
    let take = "a1".parse().unwrap();
    let sent = (0..COMMANDS_MAX * 1_000)
        .take_while(|_| handle.set_reason(Sid::from_bytes([1; 16]), &take, None) == Ok(()))
        .count();
    assert!(sent >= COMMANDS_MAX - 2, "two are the takes'");
    assert_eq!(
        handle.set_reason(Sid::from_bytes([1; 16]), &take, None),
        Err(Refused::Busy)
    );
    let reader = std::thread::spawn(move || reports.iter().count());
    recorder.stop();
    assert!(reader.join().unwrap() >= 2, "refused, closed");
}

#[test]
fn a_long_name_leaves_no_room_for_successors() {
    let (sender, _reports) = unbounded();
    let recorder =
        Recorder::start_on(Arc::new(Memory::default()), Config { threads: 1 }, sender).unwrap();
    let name = "a".repeat(TAKE_NAME_MAX + 1);
    assert_eq!(
        recorder.handle().start_take(spec(1, &name)).unwrap_err(),
        Refused::NameTooLong
    );
    assert!(recorder.handle().start_take(spec(1, &name[1..])).is_ok());
    recorder.stop();
}
