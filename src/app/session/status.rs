//! How the recording of a session stands: a fold over its log and the recorder's live signals.
//!
//! This is what the red dot shows and what decisions are measured by. It believes only what is committed:
//! a track counts from its `track.started` entry, a second of it from its `segment.committed`.

use std::collections::BTreeMap;

use super::limits;
use casework::context::Flow;
use ids::{ParticipantId, TrackId, UtcMillis};
use integrity::Entry;
use integrity::body::Body;
use integrity::body::MediaKind;
use signaling::protocol::{Broken, Kind, RecordingState, TrackState, TrackStatus};

/// A recorded track as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Track {
    /// Whose.
    pub(crate) participant: ParticipantId,
    /// Sound or picture.
    pub(crate) kind: Kind,
    /// Where its recording began, µs.
    pub(crate) t0_us: u64,
    /// The end of what is committed of it, µs.
    pub(crate) committed_us: u64,
    /// The end of its newest gap, µs.
    unbroken_us: u64,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Flowing,
    Stalled { since_us: u64, reason: String },
    Ended,
}

/// A declared gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    /// Whose.
    pub(crate) participant: ParticipantId,
    /// From, µs.
    pub(crate) t0_us: u64,
    /// To, µs.
    pub(crate) t1_us: u64,
    /// Why.
    pub(crate) reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Presence {
    role: String,
    must_record: Vec<Kind>,
    joined_us: u64,
    left: bool,
}

/// The recording of one session.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    people: BTreeMap<ParticipantId, Presence>,
    tracks: BTreeMap<TrackId, Track>,
    gaps: Vec<Gap>,
    started_us: Option<u64>,
    sealed: bool,
    receipts: Receipts,
}

/// The receipts that the party was handed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Receipts {
    /// How many.
    pub(crate) count: u32,
    /// The newest.
    pub(crate) newest: Option<Handed>,
}

/// A receipt that was handed out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handed {
    /// Entries of the log it covers.
    pub(crate) size: u64,
    /// The entry that says so.
    pub(crate) seq: u64,
    /// When.
    pub(crate) time: UtcMillis,
    /// It covers the seal.
    pub(crate) sealed: bool,
}

impl Status {
    /// Takes an entry of the log.
    pub(crate) fn apply(&mut self, entry: &Entry) {
        let Ok(body) = Body::parse(&entry.kind, &entry.body) else {
            return;
        };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the other thirty types say nothing about the recording"
        )]
        match body {
            Body::ParticipantJoined(joined) => {
                let must_record = joined.must_record.iter().map(|k| of_media(*k)).collect();
                let presence = Presence {
                    role: joined.role,
                    must_record,
                    joined_us: entry.mono,
                    left: false,
                };
                self.people.insert(joined.participant, presence);
            }
            Body::ParticipantLeft(left) => {
                if let Some(presence) = self.people.get_mut(&left.participant) {
                    presence.left = true;
                }
            }
            Body::TrackStarted(started) => {
                if let Some(kind) = kind(&started.kind) {
                    let track = Track {
                        participant: started.participant,
                        kind,
                        t0_us: started.t0_us,
                        committed_us: started.t0_us,
                        unbroken_us: started.t0_us,
                        state: State::Flowing,
                    };
                    self.tracks.insert(started.track, track);
                }
            }
            Body::SegmentCommitted(segment) => {
                if let Some(track) = self.tracks.get_mut(&segment.track) {
                    track.committed_us = track.committed_us.max(segment.t1_us);
                }
            }
            Body::MediaGap(gap) => {
                if let Some(track) = self.tracks.get_mut(&gap.track) {
                    track.committed_us = track.committed_us.max(gap.t1_us);
                    track.unbroken_us = track.unbroken_us.max(gap.t1_us);
                    let (t0_us, t1_us) = (gap.t0_us, gap.t1_us);
                    self.gaps.push(Gap {
                        participant: track.participant.clone(),
                        t0_us,
                        t1_us,
                        reason: gap.reason,
                    });
                }
            }
            Body::TrackEnded(ended) => {
                if let Some(track) = self.tracks.get_mut(&ended.track) {
                    track.state = State::Ended;
                }
            }
            Body::ReceiptDelivered(delivered) => {
                self.receipts.count = self.receipts.count.saturating_add(1);
                self.receipts.newest = Some(Handed {
                    size: delivered.size,
                    seq: entry.seq,
                    time: entry.time,
                    sealed: self.sealed,
                });
            }
            Body::SessionSealed(_) => self.sealed = true,
            _ => {}
        }
        if self.started_us.is_none()
            && !self.people.is_empty()
            && self.broken(entry.mono).is_empty()
        {
            self.started_us = Some(entry.mono);
        }
    }

    /// The recorder's live word that nothing decodable arrives on a track.
    pub(crate) fn stalled(&mut self, track: &TrackId, since_us: u64, reason: &str) {
        if let Some(Track {
            state: state @ (State::Flowing | State::Stalled { .. }),
            ..
        }) = self.tracks.get_mut(track)
        {
            *state = State::Stalled {
                since_us,
                reason: reason.to_owned(),
            };
        }
    }

    /// The recorder's live word that a track flows again.
    pub(crate) fn flowing(&mut self, track: &TrackId) {
        if let Some(Track {
            state: state @ State::Stalled { .. },
            ..
        }) = self.tracks.get_mut(track)
        {
            *state = State::Flowing;
        }
    }

    /// Whether this kind of this participant must be recorded.
    pub(crate) fn must_record(&self, participant: &ParticipantId, kind: Kind) -> bool {
        self.people
            .get(participant)
            .is_some_and(|p| p.must_record.contains(&kind))
    }

    /// Whether anything of this participant must be recorded.
    pub(crate) fn is_required(&self, participant: &ParticipantId) -> bool {
        self.people
            .get(participant)
            .is_some_and(|p| !p.must_record.is_empty())
    }

    /// What must be recorded at `now_us` and is not.
    pub(crate) fn broken(&self, now_us: u64) -> Vec<Broken> {
        let present = self.people.iter().filter(|(_, p)| !p.left);
        let musts = present.flat_map(|(id, p)| {
            p.must_record
                .iter()
                .map(move |kind| (id, *kind, p.joined_us))
        });
        musts
            .filter_map(|(id, kind, joined_us)| {
                self.broken_leg(id, kind, joined_us.min(now_us), now_us)
            })
            .collect()
    }

    fn broken_leg(
        &self,
        participant: &ParticipantId,
        kind: Kind,
        joined_us: u64,
        now_us: u64,
    ) -> Option<Broken> {
        let broken = |since_us, reason: &str| {
            Some(Broken {
                participant: participant.clone(),
                kind,
                reason: reason.to_owned(),
                since_us,
            })
        };
        let mut last_end = None;
        let mut stalled = None;
        for track in self
            .tracks
            .values()
            .filter(|t| t.participant == *participant && t.kind == kind)
        {
            match &track.state {
                State::Flowing if now_us <= track.committed_us + limits::COMMIT_LATE_US => {
                    return None;
                }
                // It is said to flow, and yet nothing of it becomes durable.
                State::Flowing => stalled = Some((track.committed_us, "overload")),
                State::Stalled { since_us, reason } => stalled = Some((*since_us, reason.as_str())),
                State::Ended => last_end = last_end.max(Some(track.committed_us)),
            }
        }
        match stalled {
            Some((since_us, reason)) => broken(since_us, reason),
            None => broken(last_end.unwrap_or(joined_us), "no_rtp"),
        }
    }

    /// Up to where everything that must be recorded is committed, µs; none while something is broken.
    pub(crate) fn covered_us(&self, now_us: u64) -> Option<u64> {
        if self.started_us.is_none() || !self.broken(now_us).is_empty() {
            return None;
        }
        let present = self.people.iter().filter(|(_, p)| !p.left);
        let legs = present.flat_map(|(id, p)| p.must_record.iter().map(move |kind| (id, *kind)));
        let committed = legs.map(|(id, kind)| {
            let own = self
                .tracks
                .values()
                .filter(|t| t.participant == *id && t.kind == kind && t.state == State::Flowing);
            own.map(|t| t.committed_us).max().unwrap_or(0)
        });
        committed.min()
    }

    /// The recording of everyone who must be recorded, as the rules ask for it.
    pub(crate) fn legs(&self, now_us: u64) -> BTreeMap<ParticipantId, casework::context::Leg> {
        let present = self
            .people
            .iter()
            .filter(|(_, p)| !p.left && !p.must_record.is_empty());
        let leg = |(id, p): (&ParticipantId, &Presence)| {
            let flow = |kind| self.flow(id, kind, p.joined_us.min(now_us), now_us);
            let role = role(&p.role);
            (
                id.clone(),
                casework::context::Leg {
                    role,
                    video: flow(Kind::Video),
                    audio: flow(Kind::Audio),
                },
            )
        };
        present.map(leg).collect()
    }

    fn flow(&self, participant: &ParticipantId, kind: Kind, joined_us: u64, now_us: u64) -> Flow {
        if let Some(broken) = self.broken_leg(participant, kind, joined_us, now_us) {
            let ever = self
                .tracks
                .values()
                .any(|t| t.participant == *participant && t.kind == kind);
            return if ever {
                Flow::Broken {
                    since_us: broken.since_us,
                }
            } else {
                Flow::Absent
            };
        }
        let flowing = self.tracks.values().filter(|t| {
            t.participant == *participant && t.kind == kind && t.state == State::Flowing
        });
        let since_us = flowing
            .map(|t| t.t0_us.max(t.unbroken_us))
            .min()
            .unwrap_or(joined_us);
        Flow::Live { since_us }
    }

    /// The red dot.
    pub(crate) fn state(&self, now_us: u64) -> RecordingState {
        if self.sealed {
            RecordingState::Ended
        } else if self.started_us.is_none() {
            RecordingState::Waiting
        } else if self.broken(now_us).is_empty() {
            RecordingState::Recording
        } else {
            RecordingState::Broken
        }
    }

    /// When everything that must be recorded first was, µs.
    pub(crate) fn started_us(&self) -> Option<u64> {
        self.started_us
    }

    /// The end of the newest commit, µs.
    pub(crate) fn last_commit_us(&self) -> Option<u64> {
        self.tracks.values().map(|t| t.committed_us).max()
    }

    /// The receipts that the party was handed.
    pub(crate) fn receipts(&self) -> Receipts {
        self.receipts
    }

    /// Declared gaps, in log order.
    pub(crate) fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The length of all gaps together, overlaps counted once, µs.
    pub(crate) fn gap_us(&self) -> u64 {
        let mut spans: Vec<_> = self.gaps.iter().map(|g| (g.t0_us, g.t1_us)).collect();
        spans.sort_unstable();
        let (mut total, mut end) = (0, 0);
        for (t0, t1) in spans {
            total += t1.saturating_sub(t0.max(end));
            end = end.max(t1);
        }
        total
    }

    /// All tracks, by id.
    pub(crate) fn tracks(&self) -> &BTreeMap<TrackId, Track> {
        &self.tracks
    }

    /// The tracks for screens.
    pub(crate) fn track_statuses(&self) -> Vec<TrackStatus> {
        let status = |(id, t): (&TrackId, &Track)| TrackStatus {
            track: id.to_string(),
            participant: t.participant.clone(),
            kind: t.kind,
            state: match t.state {
                State::Flowing => TrackState::Flowing,
                State::Stalled { .. } => TrackState::Stalled,
                State::Ended => TrackState::Ended,
            },
        };
        self.tracks.iter().map(status).collect()
    }
}

fn role(word: &str) -> casework::Role {
    match word {
        "officer" => casework::Role::Officer,
        "seat" => casework::Role::Seat,
        "chief" => casework::Role::Chief,
        _ => casework::Role::Party,
    }
}

const fn of_media(kind: MediaKind) -> Kind {
    match kind {
        MediaKind::Video => Kind::Video,
        MediaKind::Audio => Kind::Audio,
    }
}

/// The kind a `kind` or `must_record` member names.
pub(crate) fn kind(text: &str) -> Option<Kind> {
    match text {
        "audio" => Some(Kind::Audio),
        "video" => Some(Kind::Video),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use integrity::Digest;
    use serde_json::json;

    use super::*;

    const SECOND: u64 = 1_000_000;

    /// An officer who must be recorded, with a track of each kind from 1 s on, committed up to 3 s.
    fn recorded() -> Status {
        let mut status = Status::default();
        let mut write = |mono: u64, kind: &str, body: serde_json::Value| {
            let serde_json::Value::Object(body) = body else {
                panic!("an object")
            };
            status.apply(&Entry {
                sid: ids::Sid::from_bytes([1; 16]),
                seq: 1,
                prev: Digest::ZERO,
                time: crate::clock::utc_now(),
                mono,
                kind: kind.to_owned(),
                actor: "server:rec-1".parse().unwrap(),
                body,
            });
        };
        write(
            0,
            "participant.joined",
            json!({ "participant": "officer", "role": "officer", "must_record": ["audio", "video"] }),
        );
        for (track, kind, codec) in [
            ("officer_a1", "audio", "opus"),
            ("officer_v1", "video", "vp8"),
        ] {
            write(
                2 * SECOND,
                "track.started",
                json!({ "track": track, "participant": "officer", "kind": kind, "codec": codec, "clock_hz": 90_000, "t0_us": SECOND }),
            );
            let segment = json!({
                "track": track, "idx": 0, "file": format!("media/{track}/0.mp4"), "off": 0, "bytes": 1,
                "sha256": Digest::ZERO, "t0_us": SECOND, "t1_us": 3 * SECOND, "frames": 1, "key": true, "lost": 0,
            });
            write(3 * SECOND, "segment.committed", segment);
        }
        status
    }

    #[test]
    fn what_is_said_to_flow_and_is_not_committed_is_not_recorded() {
        let status = recorded();
        let late = 3 * SECOND + limits::COMMIT_LATE_US;
        assert_eq!(status.state(late), RecordingState::Recording);
        assert_eq!(status.covered_us(late), Some(3 * SECOND));
        assert_eq!(status.state(late + 1), RecordingState::Broken);
        assert_eq!(status.covered_us(late + 1), None);
        let broken = status.broken(late + 1);
        assert_eq!((broken.len(), broken[0].since_us), (2, 3 * SECOND));
    }

    #[test]
    fn a_track_that_nothing_arrives_on_any_more_is_not_recorded() {
        let mut status = recorded();
        status.stalled(&"officer_v1".parse().unwrap(), 3 * SECOND, "crash");
        let now = 3 * SECOND + 1;
        assert_eq!(status.state(now), RecordingState::Broken);
        let legs = status.legs(now);
        let leg = legs.values().next().unwrap();
        assert_eq!(
            leg.video,
            Flow::Broken {
                since_us: 3 * SECOND
            }
        );
        assert!(matches!(leg.audio, Flow::Live { .. }));
    }
}
