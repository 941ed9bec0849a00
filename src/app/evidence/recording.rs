//! The recording as a timeline: computed from the log alone.

use std::collections::BTreeMap;

use casework::Procedure;
use ids::{ParticipantId, Sid, TrackId};
use integrity::body::Body;
use integrity::{Entry, Line};

use super::labels;
use crate::app::session::status::kind;
use crate::dto::{AttemptState, Chapter, Gap, Kind, Mark, Recording, Track};

/// Silence between two segments that a player need not show as a hole, µs.
const SPAN_JOIN_US: u64 = 500_000;

/// Somebody in the session, as the timeline names them.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    /// `officer`, `seat`, `party`…
    pub(crate) role: String,
    /// What to write beside their tracks.
    pub(crate) display_name: String,
}

/// Folds a log into its timeline. `names` holds those participants whose names the reader may see.
pub(crate) fn timeline(
    sid: Sid,
    lines: &[Line],
    names: &BTreeMap<ParticipantId, Label>,
    procedure: Option<&Procedure>,
) -> Recording {
    let mut fold = Fold {
        names,
        procedure,
        roles: BTreeMap::new(),
        tracks: BTreeMap::new(),
        gaps: Vec::new(),
        chapters: Vec::new(),
        marks: Vec::new(),
    };
    for line in lines {
        fold.take(&line.entry);
    }
    let live_end = fold
        .tracks
        .values()
        .map(|t| t.track.t1_us)
        .max()
        .unwrap_or(0);
    let tracks = fold.tracks.into_values().map(|t| Track {
        url: format!("/api/v1/sessions/{sid}/recording/{}", t.track.track),
        ..t.track
    });
    Recording {
        sid,
        duration_us: live_end,
        tracks: tracks.collect(),
        gaps: fold.gaps,
        steps: fold.chapters,
        marks: fold.marks,
        entries: lines.len() as u64,
    }
}

struct Open {
    track: Track,
    last_seq: Option<u64>,
}

struct Fold<'a> {
    names: &'a BTreeMap<ParticipantId, Label>,
    procedure: Option<&'a Procedure>,
    roles: BTreeMap<ParticipantId, String>,
    tracks: BTreeMap<TrackId, Open>,
    gaps: Vec<Gap>,
    chapters: Vec<Chapter>,
    marks: Vec<Mark>,
}

impl Fold<'_> {
    fn take(&mut self, entry: &Entry) {
        let body = Body::parse(&entry.kind, &entry.body).unwrap_or(Body::Other);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the other types are marks at most"
        )]
        match body {
            Body::ParticipantJoined(joined) => {
                self.roles.insert(joined.participant, joined.role);
            }
            Body::TrackStarted(started) => {
                let Some(kind) = kind(&started.kind) else {
                    return;
                };
                let role = self.roles.get(&started.participant).cloned();
                let label = self.names.get(&started.participant);
                let role = role
                    .or_else(|| label.map(|l| l.role.clone()))
                    .unwrap_or_default();
                let track = Track {
                    track: started.track.clone(),
                    participant: started.participant,
                    display_name: label.map(|l| l.display_name.clone()).unwrap_or_default(),
                    role,
                    kind,
                    mime: mime(&started.codec, kind).to_owned(),
                    codec: started.codec,
                    t0_us: started.t0_us,
                    t1_us: started.t0_us,
                    bytes: 0,
                    segments: 0,
                    url: String::new(),
                    spans: Vec::new(),
                };
                self.tracks.insert(
                    started.track,
                    Open {
                        track,
                        last_seq: None,
                    },
                );
                return;
            }
            Body::SegmentCommitted(segment) => {
                let Some(open) = self.tracks.get_mut(&segment.track) else {
                    return;
                };
                open.track.bytes += segment.bytes;
                open.track.segments += 1;
                open.track.t1_us = open.track.t1_us.max(segment.t1_us);
                let follows = open.last_seq.is_some()
                    && open.last_seq.map(|s| (s + 1) & 0xffff) == segment.seq0;
                open.last_seq = segment.seq1;
                match open.track.spans.last_mut() {
                    Some((_, end))
                        if segment.t0_us <= *end + SPAN_JOIN_US
                            || follows && segment.t0_us <= *end + 2 * SPAN_JOIN_US =>
                    {
                        *end = (*end).max(segment.t1_us);
                    }
                    Some(_) | None => open.track.spans.push((segment.t0_us, segment.t1_us)),
                }
                return;
            }
            Body::MediaGap(gap) => {
                if let Some(open) = self.tracks.get_mut(&gap.track) {
                    open.track.t1_us = open.track.t1_us.max(gap.t1_us);
                }
                self.gaps.push(Gap {
                    track: gap.track,
                    t0_us: gap.t0_us,
                    t1_us: gap.t1_us,
                    reason: gap.reason,
                    seq: entry.seq,
                });
            }
            Body::TrackEnded(_) => return,
            Body::StepStarted(step) => {
                self.begin_chapter(step.step, step.attempt.get(), entry.mono)
            }
            Body::StepCompleted(step) => self.end_chapter(
                step.step.as_str(),
                step.attempt.get(),
                AttemptState::Completed,
                entry.mono,
            ),
            Body::StepInvalidated(step) => self.end_chapter(
                step.step.as_str(),
                step.attempt.get(),
                AttemptState::Invalid,
                entry.mono,
            ),
            _ => {}
        }
        if let Some((zh, en)) = labels::label(&entry.kind) {
            let (label_zh, label_en) = (zh.to_owned(), en.to_owned());
            self.marks.push(Mark {
                seq: entry.seq,
                at_us: entry.mono,
                kind: entry.kind.clone(),
                label_zh,
                label_en,
            });
        }
    }

    fn begin_chapter(&mut self, step: ids::StepId, attempt: u64, at_us: u64) {
        let titles = self
            .procedure
            .and_then(|p| p.step(step.as_str()))
            .map(|(_, s)| (s.title_zh.clone(), s.title_en.clone()));
        let (title_zh, title_en) = titles.unwrap_or_else(|| (step.to_string(), step.to_string()));
        for earlier in self
            .chapters
            .iter_mut()
            .filter(|c| c.step == step && c.state == AttemptState::Completed)
        {
            earlier.state = AttemptState::Superseded;
        }
        let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
        self.chapters.push(Chapter {
            step,
            title_zh,
            title_en,
            attempt,
            state: AttemptState::Running,
            t0_us: at_us,
            t1_us: None,
        });
    }

    fn end_chapter(&mut self, step: &str, attempt: u64, state: AttemptState, at_us: u64) {
        let chapter = self
            .chapters
            .iter_mut()
            .find(|c| c.step.as_str() == step && u64::from(c.attempt) == attempt);
        if let Some(chapter) = chapter {
            chapter.state = state;
            chapter.t1_us.get_or_insert(at_us);
        }
    }
}

/// The media type of a track's concatenated files, as `MediaSource` and `<video>` take it.
pub(crate) fn mime(codec: &str, kind: Kind) -> &'static str {
    match (codec, kind) {
        ("H264", _) => "video/mp4; codecs=\"avc1.42E01F\"",
        ("VP8", _) => "video/webm; codecs=\"vp8\"",
        ("opus", _) => "audio/mp4; codecs=\"opus\"",
        (_, Kind::Video) => "video/mp4",
        (_, Kind::Audio) => "audio/mp4",
    }
}
