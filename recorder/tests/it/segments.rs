//! The machine under loss, reordering, duplicates, wrap-around, pauses and stalls, against the
//! verifier's rules and against what a decoder would show.

use proptest::prelude::*;
use recorder::coverage::{Change, Reason};
use recorder::limits::TICK_US;
use recorder::segment::{Config, EndReason, Output, Segmenter};
use recorder::{Codec, Packet, SenderReport};

use crate::network::Link;
use crate::source::{self, Plan, Sent, SentFrame};
use crate::verify::{self, TOLERANCE_US, check_rules, check_truth, tracks};

/// Time from closing a segment to its entry in the log.
const COMMIT_TAKES_US: u64 = 50_000;

fn machine(codec: Codec) -> Segmenter {
    Segmenter::new(Config {
        codec,
        clock_hz: source::clock_hz(codec),
        gap_tolerance_us: TOLERANCE_US,
    })
}

/// Runs a take as the shell does, and ends it a moment after `until_us`.
fn run(codec: Codec, arrived: &[Packet], until_us: u64, group: bool) -> Vec<(u64, Output)> {
    let mut machine = machine(codec);
    let mut outputs = Vec::new();
    let mut packets = arrived.iter().peekable();
    let mut now_us = 0;
    let mut ticks = 0;
    while now_us < until_us {
        now_us += TICK_US;
        ticks += 1;
        while let Some(packet) = packets.next_if(|packet| packet.arrival_us <= now_us) {
            machine.push(packet.clone());
        }
        machine.tick(now_us);
        if group && ticks % 7 == 0 {
            machine.close();
        }
        while let Some(output) = machine.poll() {
            outputs.push((now_us + COMMIT_TAKES_US, output));
        }
    }
    machine.end(now_us, EndReason::Left);
    while let Some(output) = machine.poll() {
        outputs.push((now_us + COMMIT_TAKES_US, output));
    }
    outputs
}

fn plan(codec: Codec) -> Plan {
    Plan {
        codec,
        seq0: 1_000,
        rtp0: 5_000,
        start_us: 2_000_000,
        frames: 300,
        interval_us: if codec == Codec::Opus { 20_000 } else { 33_333 },
        key_every: 60,
        packets: 4,
        pauses: Vec::new(),
        padding_every: None,
    }
}

fn end_of(sent: &[Sent]) -> u64 {
    sent.last().unwrap().at_us + 300_000
}

/// A live signal, and when it was given.
fn signal(mono_us: u64, output: &Output) -> Option<(u64, Change)> {
    if let Output::Coverage(change @ (Change::Stalled { .. } | Change::Flowing)) = output {
        Some((mono_us - COMMIT_TAKES_US, *change))
    } else {
        None
    }
}

fn gaps(outputs: &[(u64, Output)]) -> Vec<(u64, u64, &'static str)> {
    tracks(outputs)
        .into_iter()
        .flat_map(|track| track.gaps)
        .collect()
}

#[test]
fn a_perfect_link_makes_one_whole_track() {
    for codec in [Codec::Vp8, Codec::H264, Codec::Opus] {
        let (sent, frames) = source::send(&plan(codec));
        let arrived = Link::perfect().carry(&sent);
        let outputs = run(codec, &arrived, end_of(&sent), false);
        let [track] = &tracks(&outputs)[..] else {
            panic!("one track")
        };
        check_rules(track);
        check_truth(track, codec, &sent, &frames, &arrived);
        assert_eq!(
            track
                .segments
                .iter()
                .map(|(_, s)| s.frames.len())
                .sum::<usize>(),
            frames.len()
        );
        assert_eq!(track.gaps, []);
        assert!(
            track
                .segments
                .iter()
                .all(|(_, s)| s.t1_us - s.t0_us <= 500_000),
            "half a second at most"
        );
    }
}

#[test]
fn a_pause_of_a_second_is_media_a_longer_one_a_gap() {
    for (pause_us, declared) in [(900_000, false), (1_500_000, true)] {
        let plan = Plan {
            pauses: vec![(50, pause_us)],
            ..plan(Codec::Opus)
        };
        let (sent, frames) = source::send(&plan);
        let arrived = Link::perfect().carry(&sent);
        let outputs = run(Codec::Opus, &arrived, end_of(&sent), false);
        let [track] = &tracks(&outputs)[..] else {
            panic!("one track")
        };
        check_rules(track);
        check_truth(track, Codec::Opus, &sent, &frames, &arrived);
        let from = 2_000_000 + 49 * 20_000 + 10_000;
        let expected = [(from, from + 20_000 + pause_us, "no_rtp")];
        assert_eq!(track.gaps, if declared { &expected[..] } else { &[] });
    }
}

#[test]
fn loss_that_breaks_the_picture_is_a_gap_until_the_next_keyframe() {
    let (sent, frames) = source::send(&plan(Codec::Vp8));
    // Two packets of frame 10 never come; the next keyframe is frame 60.
    let mut link = Link::perfect();
    let at = 2_000_000 + 10 * 33_333;
    link.outages.push(at + 1..at + 3);
    let arrived = link.carry(&sent);
    let outputs = run(Codec::Vp8, &arrived, end_of(&sent), false);
    let [track] = &tracks(&outputs)[..] else {
        panic!("one track")
    };
    check_rules(track);
    check_truth(track, Codec::Vp8, &sent, &frames, &arrived);
    let arrival = |frame: u64| 2_000_000 + frame * 33_333 + 10_000;
    assert_eq!(track.gaps, [(arrival(9) + 3, arrival(60), "undecodable")]);
    assert_eq!(track.segments.iter().map(|(_, s)| s.lost).sum::<u64>(), 2);
    assert_eq!(
        track
            .segments
            .iter()
            .map(|(_, s)| s.frames.len())
            .sum::<usize>(),
        frames.len() - 1,
        "the rest is stored"
    );

    let told = outputs
        .iter()
        .find_map(|(mono, output)| signal(*mono, output));
    let Some((told_us, Change::Stalled { since_us, reason })) = told else {
        panic!("{told:?}")
    };
    assert_eq!((since_us, reason), (arrival(9) + 3, Reason::Undecodable));
    assert!(told_us - since_us < 1_000_000, "told within a second");
    let asked = outputs
        .iter()
        .filter(|(_, output)| *output == Output::KeyframeWanted)
        .count();
    assert!(
        (1..=4).contains(&asked),
        "asked {asked} times in two seconds"
    );
}

#[test]
fn a_repair_in_time_is_no_loss() {
    let (sent, frames) = source::send(&plan(Codec::H264));
    let link = Link {
        loss_percent: 10,
        repair_percent: 100,
        repair_us: 200_000,
        ..Link::perfect()
    };
    let arrived = link.carry(&sent);
    let outputs = run(Codec::H264, &arrived, end_of(&sent) + 500_000, false);
    let [track] = &tracks(&outputs)[..] else {
        panic!("one track")
    };
    check_rules(track);
    check_truth(track, Codec::H264, &sent, &frames, &arrived);
    assert_eq!(track.segments.iter().map(|(_, s)| s.lost).sum::<u64>(), 0);
    assert_eq!(
        track
            .segments
            .iter()
            .map(|(_, s)| s.frames.len())
            .sum::<usize>(),
        frames.len()
    );
    assert_eq!(track.gaps, []);
}

#[test]
fn a_stall_is_told_within_a_second_and_declared_in_pieces() {
    let plan = Plan {
        pauses: vec![(100, 25_000_000)],
        ..plan(Codec::Opus)
    };
    let (sent, _) = source::send(&plan);
    let arrived = Link::perfect().carry(&sent);
    let outputs = run(Codec::Opus, &arrived, end_of(&sent), false);
    let since = 2_000_000 + 99 * 20_000 + 10_000;
    let gaps = gaps(&outputs);
    assert_eq!(gaps.len(), 3, "{gaps:?}");
    assert_eq!((gaps[0].0, gaps[2].1), (since, since + 25_020_000));
    assert!(
        gaps.windows(2).all(|pair| pair[0].1 == pair[1].0),
        "consecutive: {gaps:?}"
    );
    let signals: Vec<_> = outputs
        .iter()
        .filter_map(|(mono, output)| signal(*mono, output))
        .collect();
    let [
        (
            told_us,
            Change::Stalled {
                since_us,
                reason: Reason::NoRtp,
            },
        ),
        (_, Change::Flowing),
    ] = signals[..]
    else {
        panic!("{signals:?}")
    };
    assert_eq!(since_us, since);
    assert!(told_us - since <= 1_000_000 + 2 * TICK_US);
}

#[test]
fn the_shell_names_the_reason_of_a_stall() {
    let (sent, _) = source::send(&plan(Codec::Opus));
    let arrived = Link::perfect().carry(&sent[..50]);
    let mut machine = machine(Codec::Opus);
    for packet in &arrived {
        machine.push(packet.clone());
    }
    let last = arrived.last().unwrap().arrival_us;
    machine.tick(last + 2_000_000);
    machine.tell(last + 3_000_000, Some(Reason::IceDisconnected));
    machine.tick(last + 4_000_000);
    machine.end(last + 5_000_000, EndReason::Left);
    let outputs: Vec<_> = std::iter::from_fn(|| machine.poll())
        .map(|output| (last + 5_000_000, output))
        .collect();
    assert_eq!(
        gaps(&outputs),
        [
            (last, last + 3_000_000, "no_rtp"),
            (last + 3_000_000, last + 5_000_000, "ice_disconnected"),
        ]
    );
}

#[test]
fn packets_dropped_before_the_recorder_are_a_gap_of_overload() {
    let (sent, _) = source::send(&plan(Codec::Opus));
    let arrived = Link::perfect().carry(&sent);
    let mut machine = machine(Codec::Opus);
    for packet in &arrived[..50] {
        machine.push(packet.clone());
    }
    machine.overloaded(arrived[90].arrival_us);
    for packet in &arrived[100..] {
        machine.push(packet.clone());
    }
    let last = arrived.last().unwrap().arrival_us;
    machine.end(last, EndReason::Left);
    let outputs: Vec<_> = std::iter::from_fn(|| machine.poll())
        .map(|output| (last, output))
        .collect();
    assert_eq!(
        gaps(&outputs),
        [(arrived[49].arrival_us, arrived[100].arrival_us, "overload")]
    );
}

#[test]
fn a_new_source_is_a_new_track_without_a_hole_between() {
    for codec in [Codec::Vp8, Codec::Opus] {
        let (first, _) = source::send(&Plan {
            frames: 90,
            ..plan(codec)
        });
        let begins = first.last().unwrap().at_us + 33_333;
        let other = Plan {
            start_us: begins,
            seq0: 9,
            rtp0: 3_000_000_000,
            key_every: 20,
            ..plan(codec)
        };
        let (second, _) = source::send(&other);
        // The new source begins in the middle: its first keyframe comes 15 frames later.
        let skipped = second
            .iter()
            .position(|packet| packet.frame == Some(5))
            .unwrap();
        let mut arrived = Link::perfect().carry(&first);
        arrived.extend(
            Link::perfect()
                .carry(&second[skipped..])
                .into_iter()
                .map(|packet| Packet { ssrc: 78, ..packet }),
        );
        let outputs = run(codec, &arrived, end_of(&second), false);
        let all = tracks(&outputs);
        let [old, new] = &all[..] else {
            panic!("two tracks, not {}", all.len())
        };
        check_rules(old);
        check_rules(new);
        assert!(
            new.t0_us - old.t1_us <= TOLERANCE_US || old.t1_us == new.t0_us,
            "{} {}",
            old.t1_us,
            new.t0_us
        );
        let reasons: Vec<_> = old.gaps.iter().map(|gap| gap.2).collect();
        assert_eq!(
            reasons,
            if codec == Codec::Vp8 {
                &["undecodable"][..]
            } else {
                &[]
            }
        );
        assert_eq!(
            source::number(codec, &new.segments[0].1.frames[0].data),
            if codec == Codec::Vp8 { 20 } else { 5 }
        );
        let ended: Vec<_> = outputs
            .iter()
            .filter_map(|(_, output)| {
                if let Output::Ended { reason, .. } = output {
                    Some(*reason)
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(ended, [EndReason::SourceChanged, EndReason::Left]);
    }
}

#[test]
fn rtp_that_leaves_arrival_behind_starts_a_new_track_at_a_keyframe() {
    // The sender's clock runs 5 % fast: two seconds are reached after 40.
    let (mut sent, _) = source::send(&Plan {
        frames: 1_500,
        ..plan(Codec::Vp8)
    });
    for packet in &mut sent {
        packet.rtp = 5_000 + packet.frame.unwrap() * 3_150;
    }
    let outputs = run(
        Codec::Vp8,
        &Link::perfect().carry(&sent),
        end_of(&sent),
        false,
    );
    let tracks = tracks(&outputs);
    assert_eq!(tracks.len(), 2);
    tracks.iter().for_each(check_rules);
    assert_eq!(tracks[0].gaps, [], "no picture is lost by it");
    assert!(tracks[1].t0_us - tracks[0].t1_us < 50_000);
    assert!((39_900_000..44_500_000).contains(&(tracks[0].t1_us - tracks[0].t0_us)));
}

#[test]
fn nothing_is_recorded_before_a_frame_that_can_be_decoded() {
    let (sent, _) = source::send(&plan(Codec::H264));
    let from = sent
        .iter()
        .position(|packet| packet.frame == Some(7))
        .unwrap()
        + 1;
    let arrived = Link::perfect().carry(&sent[from..]);
    let outputs = run(Codec::H264, &arrived, end_of(&sent), false);
    assert!(
        matches!(outputs[0].1, Output::KeyframeWanted),
        "asked at once"
    );
    let [track] = &tracks(&outputs)[..] else {
        panic!("one track")
    };
    check_rules(track);
    let told: Vec<_> = outputs
        .iter()
        .filter_map(|(mono, output)| signal(*mono, output))
        .map(|(_, change)| change)
        .collect();
    let since_us = arrived[0].arrival_us;
    let reason = Reason::Undecodable;
    assert_eq!(
        told,
        [Change::Stalled { since_us, reason }, Change::Flowing]
    );
    assert_eq!(track.t0_us, 2_000_000 + 60 * 33_333 + 10_000);
    assert_eq!(
        source::number(Codec::H264, &track.segments[0].1.frames[0].data),
        60
    );
}

#[test]
fn a_keyframe_is_asked_for_every_five_seconds() {
    let (sent, _) = source::send(&Plan {
        frames: 450,
        key_every: 10_000,
        ..plan(Codec::Vp8)
    });
    let outputs = run(
        Codec::Vp8,
        &Link::perfect().carry(&sent),
        end_of(&sent),
        false,
    );
    let asked: Vec<u64> = outputs
        .iter()
        .filter(|(_, output)| *output == Output::KeyframeWanted)
        .map(|(us, _)| us - COMMIT_TAKES_US)
        .collect();
    let start = 2_010_000;
    assert!(
        (4_500_000..4_600_000).contains(&(asked[0] - start)),
        "{asked:?}"
    );
    assert!(
        asked.windows(2).all(|pair| pair[1] - pair[0] >= 500_000),
        "{asked:?}"
    );
}

#[test]
fn a_hole_in_one_frame_nobody_refers_to_breaks_nothing() {
    let (mut sent, _) = source::send(&plan(Codec::Vp8));
    for packet in sent.iter_mut().filter(|packet| packet.frame == Some(10)) {
        packet.payload[0] |= 0x20;
    }
    let lost = sent
        .iter()
        .position(|packet| packet.frame == Some(10))
        .unwrap()
        + 2;
    sent.remove(lost);
    let outputs = run(
        Codec::Vp8,
        &Link::perfect().carry(&sent),
        end_of(&sent),
        false,
    );
    let [track] = &tracks(&outputs)[..] else {
        panic!("one track")
    };
    check_rules(track);
    assert_eq!(track.gaps, []);
    assert_eq!(
        track
            .segments
            .iter()
            .map(|(_, s)| s.frames.len())
            .sum::<usize>(),
        299
    );
}

#[test]
fn redundant_sound_fills_holes() {
    let (sent, frames) = source::send(&plan(Codec::Opus));
    let mut arrived = Link::perfect().carry(&sent);
    // Each packet repeats the one before (RFC 2198): a header of four bytes, one of one, two blocks.
    for n in (1..arrived.len()).rev() {
        let (last, own) = (arrived[n - 1].payload.clone(), arrived[n].payload.clone());
        let offset = arrived[n].rtp - arrived[n - 1].rtp;
        let header = [
            0x80 | 111,
            (offset >> 6) as u8,
            (offset << 2) as u8,
            last.len() as u8,
            111,
        ];
        arrived[n].payload = [&header[..], &last, &own].concat().into();
        arrived[n].red = true;
    }
    // Every third is lost.
    arrived.retain(|packet| packet.seq % 3 != 0);
    let outputs = run(Codec::Opus, &arrived, end_of(&sent), false);
    let [track] = &tracks(&outputs)[..] else {
        panic!("one track")
    };
    check_rules(track);
    let numbers: Vec<u32> = track
        .segments
        .iter()
        .flat_map(|(_, s)| &s.frames)
        .map(|f| source::number(Codec::Opus, &f.data))
        .collect();
    assert_eq!(
        numbers,
        (0..frames.len() as u32 - 1).collect::<Vec<_>>(),
        "all but the last, which nobody repeats"
    );
    assert_eq!(track.segments.iter().map(|(_, s)| s.lost).sum::<u64>(), 0);
    assert!(
        track
            .segments
            .iter()
            .flat_map(|(_, s)| &s.frames)
            .is_sorted_by(|a, b| b.ticks - a.ticks == 960)
    );
}

#[test]
fn a_segment_tells_the_senders_clock() {
    let (sent, _) = source::send(&plan(Codec::Opus));
    let mut arrived = Link::perfect().carry(&sent);
    let report = SenderReport {
        ntp: 0xe000_0000_0000_0000,
        rtp: 5_000,
    };
    for packet in &mut arrived[30..] {
        packet.sender = Some(report);
    }
    let outputs = run(Codec::Opus, &arrived, end_of(&sent), false);
    let [track] = &tracks(&outputs)[..] else {
        panic!("one track")
    };
    assert_eq!(track.segments[0].1.ntp0, None);
    let second = &track.segments[2].1;
    let seconds = f64::from(second.rtp0 - 5_000) / 48_000.0;
    let told = (second.ntp0.unwrap() - report.ntp) as f64 / (1u64 << 32) as f64;
    assert!((seconds - told).abs() < 1e-6);
}

#[test]
fn limits_hold() {
    use recorder::limits::{HELD_PACKETS_MAX, MISSING_RANGES_MAX, SEGMENT_BYTES_MAX};
    // More packets behind a hole than there is room for: given up at once.
    let mut machine = machine(Codec::Opus);
    let packet = |seq: u64, us: u64| Packet {
        arrival_us: us,
        seq,
        rtp: seq as u32,
        marker: false,
        red: false,
        payload: [0b1111_1000, 0, 0, 0, 0].into(),
        ssrc: 1,
        sender: None,
    };
    machine.push(packet(0, 0));
    for seq in 0..HELD_PACKETS_MAX as u64 + 2 {
        machine.push(packet(seq + 2, 1_000 + seq));
    }
    machine.tick(100_000);
    let Some(Output::Segment(segment)) =
        std::iter::from_fn(|| machine.poll()).find(|o| matches!(o, Output::Segment(_)))
    else {
        panic!("flushed")
    };
    assert!(segment.frames.len() > HELD_PACKETS_MAX);

    // More holes than are listed: all are counted.
    let mut machine = self::machine(Codec::Opus);
    for n in 0..400 {
        machine.push(packet(n * 2, n * 10));
    }
    machine.end(10_000, EndReason::Left);
    let segments: Vec<_> = std::iter::from_fn(|| machine.poll())
        .filter_map(|o| {
            if let Output::Segment(s) = o {
                Some(s)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(segments.iter().map(|s| s.lost).sum::<u64>(), 399);
    assert!(
        segments
            .iter()
            .any(|s| s.missing.len() == MISSING_RANGES_MAX)
    );

    // A segment that grows too large is committed early.
    let mut machine = self::machine(Codec::Opus);
    let large: std::sync::Arc<[u8]> = [&[0b1111_1000][..], &vec![0; 1 << 20]].concat().into();
    for n in 0..(SEGMENT_BYTES_MAX >> 20) as u64 + 1 {
        machine.push(Packet {
            payload: large.clone(),
            ..packet(n, n)
        });
    }
    assert!(machine.has_segment());
}

fn codecs() -> impl Strategy<Value = Codec> {
    prop_oneof![Just(Codec::Vp8), Just(Codec::H264), Just(Codec::Opus)]
}

pub(crate) fn links() -> impl Strategy<Value = Link> {
    (
        any::<u64>(),
        0..60_000u64,
        0..40u64,
        0..=100u64,
        10_000..900_000u64,
        0..10u64,
        prop::collection::vec((2_000_000..9_000_000u64, 0..4_000_000u64), 0..3),
    )
        .prop_map(
            |(
                seed,
                jitter_us,
                loss_percent,
                repair_percent,
                repair_us,
                duplicate_percent,
                outages,
            )| Link {
                seed,
                delay_us: 30_000,
                jitter_us,
                loss_percent: loss_percent / 2,
                repair_percent,
                repair_us,
                duplicate_percent,
                outages: outages
                    .into_iter()
                    .map(|(at, length)| at..at + length)
                    .collect(),
            },
        )
}

pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    (
        codecs(),
        prop_oneof![Just(0u64), Just(65_500), Just(131_060), 0..200_000u64],
        prop_oneof![Just(u32::MAX - 90_000), any::<u32>()],
        1..300u32,
        prop_oneof![Just(20_000u64), Just(33_333), Just(66_666), Just(400_000)],
        2..120u32,
        1..8u32,
        prop::collection::vec((0..300u32, 0..3_000_000u64), 0..3),
        prop::option::of(1..10u32),
    )
        .prop_map(
            |(
                codec,
                seq0,
                rtp0,
                frames,
                interval_us,
                key_every,
                packets,
                pauses,
                padding_every,
            )| Plan {
                codec,
                seq0,
                rtp0,
                start_us: 2_000_000,
                frames,
                interval_us,
                key_every,
                packets,
                pauses,
                padding_every,
            },
        )
}

fn prove(plan: &Plan, link: &Link, group: bool) {
    let (sent, frames): (Vec<Sent>, Vec<SentFrame>) = source::send(plan);
    let arrived = link.carry(&sent);
    let outputs = run(plan.codec, &arrived, end_of(&sent) + 1_000_000, group);
    let tracks = verify::tracks(&outputs);
    assert!(tracks.len() <= 1, "one source, steady clocks: one track");
    for track in &tracks {
        check_rules(track);
        check_truth(track, plan.codec, &sent, &frames, &arrived);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn any_link_makes_tracks_that_pass(plan in plans(), link in links(), group in any::<bool>()) {
        prove(&plan, &link, group);
    }

    /// Packets that no sender would send: whatever becomes of them, what is recorded keeps the rules.
    #[test]
    fn any_packets_make_tracks_that_pass(
        codec in codecs(),
        packets in prop::collection::vec(any_packet(), 1..200),
    ) {
        let (mut arrival_us, mut seq) = (1_000_000, 100_000u64);
        let mut arrived = Vec::new();
        for (wait_us, step, packet) in packets {
            arrival_us += wait_us;
            seq = seq.saturating_add_signed(step);
            arrived.push(Packet { arrival_us, seq, ..packet });
        }
        let outputs = run(codec, &arrived, arrival_us + 1_500_000, false);
        tracks(&outputs).iter().for_each(check_rules);
    }
}

/// Time since the last packet, distance of its number, and the rest of it.
fn any_packet() -> impl Strategy<Value = (u64, i64, Packet)> {
    let payload = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..20),
        Just(vec![
            0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 1, 240, 0, 0, 0, 0, 1
        ]),
        Just(vec![0x10, 0x11, 0, 0]),
        Just(vec![
            0x78, 0, 4, 0x67, 0x42, 0xc0, 0x1e, 0, 2, 0x68, 0xce, 0, 2, 0x65, 0x88
        ]),
        Just(vec![0x41, 0x9a, 0x24]),
        Just(vec![0xf8, 1, 2]),
    ];
    (
        prop_oneof![0..60_000u64, 0..1_500_000u64],
        prop_oneof![8 => Just(1i64), 1 => -5..20i64, 1 => -80_000..80_000i64],
        payload,
        prop_oneof![4 => Just(0u32), 1 => any::<u32>()],
        any::<bool>(),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.05),
    )
        .prop_map(|(wait_us, step, payload, rtp, marker, red, other)| {
            let packet = Packet {
                arrival_us: 0,
                seq: 0,
                rtp,
                marker,
                red,
                payload: payload.into(),
                ssrc: u32::from(other),
                sender: None,
            };
            (wait_us, step, packet)
        })
}
