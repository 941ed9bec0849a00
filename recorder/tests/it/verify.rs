//! What a verifier asks of a track, written down a second time, plus what only a test can know:
//! which frames a decoder fed with the file would show.

use std::collections::BTreeMap;

use recorder::coverage::Change;
use recorder::segment::{Output, Segment};
use recorder::{Codec, Packet};

use crate::source::{self, Sent, SentFrame};

pub(crate) const TOLERANCE_US: u64 = 500_000;
const PAUSE_US: u64 = 1_000_000;
const COMMIT_US: u64 = 1_000_000;

/// One track as the log would tell it.
#[derive(Debug, Default)]
pub(crate) struct Track {
    pub(crate) t0_us: u64,
    pub(crate) t1_us: u64,
    /// With the time of its commit.
    pub(crate) segments: Vec<(u64, Segment)>,
    pub(crate) gaps: Vec<(u64, u64, &'static str)>,
}

/// The tracks of a take, from its outputs and when they came.
pub(crate) fn tracks(outputs: &[(u64, Output)]) -> Vec<Track> {
    let mut tracks: Vec<Track> = Vec::new();
    for (mono_us, output) in outputs {
        match output {
            Output::Started(start) => tracks.push(Track {
                t0_us: start.t0_us,
                ..Track::default()
            }),
            Output::Segment(segment) => tracks
                .last_mut()
                .unwrap()
                .segments
                .push((*mono_us, segment.clone())),
            Output::Coverage(Change::Gap {
                t0_us,
                t1_us,
                reason,
            }) => {
                assert!(
                    t0_us < t1_us && t1_us <= mono_us,
                    "gap {t0_us}..{t1_us} told at {mono_us}"
                );
                tracks
                    .last_mut()
                    .unwrap()
                    .gaps
                    .push((*t0_us, *t1_us, reason.as_str()));
            }
            Output::Ended { t1_us, .. } => {
                assert!(t1_us <= mono_us);
                tracks.last_mut().unwrap().t1_us = *t1_us;
            }
            Output::Coverage(Change::Stalled { .. } | Change::Flowing) | Output::KeyframeWanted => {
            }
        }
    }
    tracks
}

/// EVIDENCE's rules for segments and coverage.
pub(crate) fn check_rules(track: &Track) {
    let mut spans: Vec<(u64, u64)> = track.gaps.iter().map(|&(t0, t1, _)| (t0, t1)).collect();
    let mut last: Option<&Segment> = None;
    for (mono_us, segment) in &track.segments {
        assert!(!segment.frames.is_empty(), "segment without frames");
        assert!(
            segment.t0_us <= segment.t1_us && segment.t1_us <= *mono_us,
            "segment times"
        );
        assert!(
            segment.t1_us - segment.t0_us <= 1_000_000,
            "segment longer than a second"
        );
        assert!(
            mono_us - segment.t0_us <= COMMIT_US,
            "late: {} µs",
            mono_us - segment.t0_us
        );
        let listed: u64 = segment.missing.iter().map(|m| m.count).sum();
        assert_eq!(segment.lost, listed);
        if let Some(last) = last {
            assert!(
                segment.t0_us >= last.t1_us.saturating_sub(TOLERANCE_US),
                "begins before the last one ends"
            );
            assert!(segment.t0_us >= last.t1_us, "stricter, by construction");
            let adjoins = segment.seq0 & 0xffff == (last.seq1 + 1) & 0xffff;
            if adjoins {
                assert_eq!(
                    segment.missing.first().map(|m| m.first),
                    segment.missing.first().map(|m| m.first.max(segment.seq0))
                );
            }
            if adjoins && segment.t0_us - last.t1_us <= PAUSE_US {
                spans.push((last.t1_us, segment.t0_us));
            }
        }
        spans.push((segment.t0_us, segment.t1_us));
        last = Some(segment);
    }
    // An instant is no span.
    spans.retain(|(t0, t1)| t0 < t1);
    spans.sort_unstable();
    let mut covered = track.t0_us;
    for (t0, t1) in spans {
        assert!(
            t0 <= covered + TOLERANCE_US,
            "undeclared hole {covered}..{t0}"
        );
        covered = covered.max(t1);
    }
    assert!(
        track.t1_us <= covered + TOLERANCE_US,
        "undeclared hole {covered}..{} at the end",
        track.t1_us
    );
}

/// The frames stored, their times in the file, and the gap map against what a decoder would show.
pub(crate) fn check_truth(
    track: &Track,
    codec: Codec,
    sent: &[Sent],
    frames: &[SentFrame],
    arrived: &[Packet],
) {
    let mut arrivals: BTreeMap<u64, u64> = BTreeMap::new();
    for packet in arrived {
        arrivals.entry(packet.seq).or_insert(packet.arrival_us);
    }
    let mut packets: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for packet in sent {
        packets
            .entry(packet.frame.unwrap_or(u32::MAX))
            .or_default()
            .push(packet.seq);
    }
    let stored: Vec<_> = track
        .segments
        .iter()
        .flat_map(|(_, segment)| &segment.frames)
        .collect();
    let numbers: Vec<u32> = stored
        .iter()
        .map(|frame| source::number(codec, &frame.data))
        .collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "frames in order, once");

    // (number, when it was sent at the latest, first arrival, last arrival, known to) of the frames a decoder shows correctly. A
    // recorder cannot know of a picture that what was lost before it was only padding.
    let mut shown: Vec<(u32, u64, u64, u64, bool)> = Vec::new();
    let mut decodes: Option<u32> = None;
    let mut known = false;
    for (frame, &number) in stored.iter().zip(&numbers) {
        let truth = &frames[number as usize];
        assert_eq!(frame.random_access, truth.key);
        let ticks = u64::from(truth.rtp.wrapping_sub(frames[numbers[0] as usize].rtp));
        assert_eq!(frame.ticks, ticks, "file time is RTP time");
        let follows = codec == Codec::Opus || decodes.is_some_and(|last| last + 1 == number);
        decodes = (truth.key || follows).then_some(number);
        let first = *packets[&number].first().unwrap();
        let padding_lost = packets
            .get(&u32::MAX)
            .is_some_and(|padding| padding.contains(&first.wrapping_sub(1)))
            && arrivals
                .get(&first.wrapping_sub(1))
                .is_none_or(|&us| us > arrivals[&first] + 600_000);
        known = truth.key || codec == Codec::Opus || known && !padding_lost;
        if decodes.is_some() {
            let own = packets[&number].iter().map(|seq| arrivals[seq]);
            let (oldest, to) = (own.clone().min().unwrap(), own.max().unwrap());
            // A repaired frame was sent before those that overtook it.
            let from = *arrivals.range(first..).map(|(_, us)| us).min().unwrap();
            shown.push((number, from, oldest, to, known));
        }
    }
    let declared = |from: u64, to: u64| {
        let mut at = from;
        for &(t0, t1, _) in &track.gaps {
            if t0 <= at {
                at = at.max(t1);
            }
        }
        at >= to
    };
    let mut until = track.t0_us;
    let mut last: Option<u32> = None;
    for &(number, from, oldest, to, known) in &shown {
        let adjoins = last.is_none_or(|last| last + 1 == number);
        let hole = from.saturating_sub(until);
        if hole > TOLERANCE_US && !(adjoins && hole <= PAUSE_US) {
            assert!(
                declared(until, from),
                "nothing shown {until}..{from}, gaps {:?}",
                track.gaps
            );
        }
        for &(t0, t1, reason) in &track.gaps {
            let outside = oldest >= t1 || to <= t0 || !known;
            // Frames at the edge may reach in: they were overtaken by what came after the gap, or repaired.
            assert!(
                outside || from <= t0 || to > t1,
                "frame {number} shown {from}..{to} inside a gap of {reason} {t0}..{t1}"
            );
        }
        until = until.max(to);
        last = Some(number);
    }
    let end = track.t1_us;
    assert!(
        end.saturating_sub(until) <= PAUSE_US || declared(until, end),
        "undeclared {until}..{end}, gaps {:?}",
        track.gaps
    );
}
