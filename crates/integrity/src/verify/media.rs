//! Tracks: what the log says was recorded, when, and in which bytes of which files.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use ids::{ParticipantId, TrackId};

use super::finding::{Code, Finding, Findings};
use super::log::{Log, Record};
use super::spans::Spans;
use crate::body::{
    BackfillReceived, Body, Chunk, DeviceCommitted, MediaGap, Policy, SegmentCommitted, TrackEnded,
};
use crate::{Digest, path};

/// A segment lasts at most this long, µs; so does a pause without a lost packet.
const SECOND_US: u64 = 1_000_000;

/// A range of a file that an entry vouches for.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) seq: u64,
    pub(super) file: String,
    pub(super) off: u64,
    pub(super) bytes: u64,
    pub(super) sha256: Digest,
    pub(super) sm3: Option<Digest>,
    pub(super) backfill: bool,
    /// Whether its place is one that can be read: right folder, in order, no overlap.
    pub(super) in_place: bool,
}

/// A declared gap.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gap {
    pub(super) seq: u64,
    pub(super) t0_us: u64,
    pub(super) t1_us: u64,
}

/// A track as the log tells it.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) participant: ParticipantId,
    pub(super) kind: String,
    pub(super) started_seq: u64,
    pub(super) t0_us: u64,
    /// `t1_us` of its end.
    pub(super) ended_us: Option<u64>,
    pub(super) gaps: Vec<Gap>,
    media: Vec<(u64, u64)>,
    backfill: Vec<(u64, u64)>,
    segments: u64,
    bytes: u64,
    lost: u64,
    last: Option<SegmentCommitted>,
}

impl Track {
    /// Time in which there is something to see or hear, as the server received it.
    pub(super) fn media(&self) -> Spans {
        self.media.iter().copied().collect()
    }

    /// Time that devices filled with what they had promised live.
    pub(super) fn backfill(&self) -> Spans {
        self.backfill.iter().copied().collect()
    }

    /// Time declared as missing.
    pub(super) fn declared(&self) -> Spans {
        self.gaps.iter().map(|g| (g.t0_us, g.t1_us)).collect()
    }

    /// Where the track's time ends: its end, or of an open one the last of its media and gaps.
    pub(super) fn end_us(&self) -> u64 {
        let last = self
            .media
            .iter()
            .map(|s| s.1)
            .chain(self.gaps.iter().map(|g| g.t1_us))
            .max();
        self.ended_us.or(last).unwrap_or(self.t0_us)
    }
}

/// What a log says about media.
#[derive(Debug, Default)]
pub(super) struct Media {
    pub(super) tracks: BTreeMap<TrackId, Track>,
    /// In the log's order.
    pub(super) claims: Vec<Claim>,
    commitments: BTreeMap<(TrackId, u64), (u64, Chunk)>,
    received: BTreeMap<(TrackId, u64), u64>,
    /// Bytes claimed of each backfill file.
    backfill_ends: BTreeMap<String, u64>,
}

/// Walks through the log's media.
pub(super) fn walk(log: &Log, policy: &Policy, findings: &mut Findings) -> Media {
    let mut walk = Walk {
        media: Media::default(),
        policy,
        findings,
    };
    log.records.iter().for_each(|record| walk.record(record));
    walk.end()
}

struct Walk<'a> {
    media: Media,
    policy: &'a Policy,
    findings: &'a mut Findings,
}

impl Walk<'_> {
    fn find(&mut self, code: Code, seq: u64, detail: impl ToString) {
        self.findings
            .push(Finding::new(code).at(seq).detail(detail));
    }

    fn record(&mut self, record: &Record) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the others are not about media"
        )]
        match &record.body {
            Body::TrackStarted(b) => {
                if self.media.tracks.contains_key(&b.track) {
                    return self.find(
                        Code::TrackUnknown,
                        record.seq,
                        format!("track {} is started again", b.track),
                    );
                }
                let track = Track {
                    participant: b.participant.clone(),
                    kind: b.kind.clone(),
                    started_seq: record.seq,
                    t0_us: b.t0_us,
                    ended_us: None,
                    gaps: Vec::new(),
                    media: Vec::new(),
                    backfill: Vec::new(),
                    segments: 0,
                    bytes: 0,
                    lost: 0,
                    last: None,
                };
                self.media.tracks.insert(b.track.clone(), track);
            }
            Body::SegmentCommitted(b) => self.segment(record, b),
            Body::MediaGap(b) => self.gap(record, b),
            Body::TrackEnded(b) => self.ended(record, b),
            Body::DeviceCommitted(b) => self.committed(record, b),
            Body::BackfillReceived(b) => self.backfill(record, b),
            _ => {}
        }
    }

    /// A track that is started and, if `open` is asked for, not ended.
    fn track(&mut self, seq: u64, id: &TrackId, open: bool) -> Option<&mut Track> {
        let why = match self.media.tracks.get(id) {
            None => "has not started",
            Some(track) if open && track.ended_us.is_some() => "has ended",
            Some(_) => return self.media.tracks.get_mut(id),
        };
        self.find(Code::TrackUnknown, seq, format!("track {id} {why}"));
        None
    }

    /// A span must run forwards and lie in the past.
    fn span(&mut self, record: &Record, t0_us: u64, t1_us: u64) -> bool {
        let sound = t0_us <= t1_us && t1_us <= record.mono;
        if !sound {
            self.find(
                Code::SegmentTime,
                record.seq,
                format!("{t0_us} to {t1_us} µs, written at {}", record.mono),
            );
        }
        sound
    }

    fn segment(&mut self, record: &Record, b: &SegmentCommitted) {
        let seq = record.seq;
        let tolerance_us = self.policy.gap_tolerance_ms.saturating_mul(1000);
        let sound = self.span(record, b.t0_us, b.t1_us);
        if sound && b.t1_us - b.t0_us > SECOND_US {
            self.find(
                Code::SegmentTime,
                seq,
                format!("it lasts {} µs", b.t1_us - b.t0_us),
            );
        }
        if b.bytes == 0 || b.frames == 0 {
            self.find(
                Code::SegmentEmpty,
                seq,
                format!("{} bytes, {} frames", b.bytes, b.frames),
            );
        }
        let age_us = record.mono.saturating_sub(b.t0_us);
        if age_us > self.policy.commit_max_ms.saturating_mul(1000) && b.recovered != Some(true) {
            self.find(
                Code::LateCommit,
                seq,
                format!("its first packet was {} ms old", age_us / 1000),
            );
        }
        let mut claim = Claim {
            seq,
            file: b.file.clone(),
            off: b.off,
            bytes: b.bytes,
            sha256: b.sha256,
            sm3: b.sm3,
            backfill: false,
            in_place: false,
        };
        let Some(track) = self.track(seq, &b.track, true) else {
            return self.media.claims.push(claim);
        };
        let expected = track.segments;
        let last = track.last.replace(b.clone());
        track.segments = track.segments.saturating_add(1);
        track.bytes = track.bytes.saturating_add(b.bytes);
        track.lost = track.lost.saturating_add(b.lost);
        if sound {
            track.media.push((b.t0_us, b.t1_us));
        }
        if let Some(last) = &last {
            // Nothing was lost between them, so a short pause is the sender's own: DTX, a low frame rate.
            let follows = matches!((last.seq1, b.seq0), (Some(a), Some(b)) if a.wrapping_add(1) % 65_536 == b % 65_536);
            if follows && b.t0_us.saturating_sub(last.t1_us) <= SECOND_US {
                track.media.push((last.t1_us, b.t0_us));
            }
        }
        if b.idx != expected {
            self.find(
                Code::SegmentIndex,
                seq,
                format!("segment {} where {expected} was to come", b.idx),
            );
        }
        if last
            .as_ref()
            .is_some_and(|last| b.t0_us.saturating_add(tolerance_us) < last.t1_us)
        {
            self.find(
                Code::SegmentTime,
                seq,
                "it begins before the last one's end",
            );
        }
        let right_folder = path::in_track_folder(&b.file, "media", b.track.as_str()).is_some();
        let right_place = match &last {
            Some(last) if last.file == b.file => last.off.checked_add(last.bytes) == Some(b.off),
            Some(last) => last.file < b.file && b.off == 0,
            None => b.off == 0,
        };
        claim.in_place = right_folder && right_place;
        self.place(seq, &b.file, claim.in_place);
        self.media.claims.push(claim);
    }

    fn place(&mut self, seq: u64, file: &str, in_place: bool) {
        if !path::is_safe(file) {
            self.findings
                .push(Finding::new(Code::PathUnsafe).at(seq).path(file));
        } else if !in_place {
            self.findings.push(
                Finding::new(Code::SegmentLayout)
                    .at(seq)
                    .path(file)
                    .detail("folder, order or offset"),
            );
        }
    }

    fn gap(&mut self, record: &Record, b: &MediaGap) {
        let sound = self.span(record, b.t0_us, b.t1_us);
        if let Some(track) = self.track(record.seq, &b.track, true)
            && sound
        {
            track.gaps.push(Gap {
                seq: record.seq,
                t0_us: b.t0_us,
                t1_us: b.t1_us,
            });
        }
    }

    fn ended(&mut self, record: &Record, b: &TrackEnded) {
        let seq = record.seq;
        if b.t1_us > record.mono {
            self.find(
                Code::SegmentTime,
                seq,
                format!("it ends at {} µs, written at {}", b.t1_us, record.mono),
            );
        }
        let Some(track) = self.track(seq, &b.track, true) else {
            return;
        };
        track.ended_us = Some(b.t1_us);
        let (segments, bytes) = (track.segments, track.bytes);
        if (b.segments, b.bytes) != (segments, bytes) {
            let detail = format!("track {} has {segments} segments of {bytes} bytes", b.track);
            self.find(Code::TotalsMismatch, seq, detail);
        }
    }

    fn committed(&mut self, record: &Record, b: &DeviceCommitted) {
        let seq = record.seq;
        if self.track(seq, &b.track, false).is_none() {
            return;
        }
        for chunk in &b.chunks {
            if !self.span(record, chunk.t0_us, chunk.t1_us) {
                continue;
            }
            let key = (b.track.clone(), chunk.idx);
            match self.media.commitments.entry(key) {
                Entry::Vacant(first) => {
                    first.insert((seq, chunk.clone()));
                }
                Entry::Occupied(_) => {
                    self.find(
                        Code::BackfillMismatch,
                        seq,
                        format!("chunk {} was committed before", chunk.idx),
                    );
                }
            }
        }
    }

    fn backfill(&mut self, record: &Record, b: &BackfillReceived) {
        let seq = record.seq;
        let end = self.media.backfill_ends.get(&b.file).copied().unwrap_or(0);
        let right_folder = path::in_track_folder(&b.file, "backfill", b.track.as_str()).is_some();
        let in_place = right_folder && b.off == end;
        self.place(seq, &b.file, in_place);
        if in_place {
            self.media
                .backfill_ends
                .insert(b.file.clone(), end.saturating_add(b.bytes));
        }
        self.media.claims.push(Claim {
            seq,
            file: b.file.clone(),
            off: b.off,
            bytes: b.bytes,
            sha256: b.sha256,
            sm3: b.sm3,
            backfill: true,
            in_place,
        });
        if self.track(seq, &b.track, false).is_none() {
            return;
        }
        let key = (b.track.clone(), b.idx);
        let Some((_, chunk)) = self.media.commitments.get(&key) else {
            return self.find(
                Code::BackfillUncommitted,
                seq,
                format!("chunk {} was not committed live", b.idx),
            );
        };
        let stated = Chunk {
            idx: b.idx,
            bytes: b.bytes,
            sha256: b.sha256,
            t0_us: b.t0_us,
            t1_us: b.t1_us,
        };
        if *chunk != stated {
            return self.find(
                Code::BackfillMismatch,
                seq,
                format!("chunk {} is not what was committed", b.idx),
            );
        }
        self.media.received.insert(key, seq);
        if let Some(track) = self.track(seq, &b.track, false) {
            track.backfill.push((b.t0_us, b.t1_us));
        }
    }

    fn end(self) -> Media {
        let Self {
            media, findings, ..
        } = self;
        for ((track, idx), (seq, _)) in &media.commitments {
            if !media.received.contains_key(&(track.clone(), *idx)) {
                let detail = format!("chunk {idx} of track {track} has not been uploaded");
                findings.push(Finding::new(Code::BackfillPending).at(*seq).detail(detail));
            }
        }
        for (id, track) in media.tracks.iter().filter(|(_, track)| track.lost > 0) {
            findings.push(
                Finding::new(Code::PacketsLost)
                    .detail(format!("{} packets of track {id}", track.lost)),
            );
        }
        media
    }
}
