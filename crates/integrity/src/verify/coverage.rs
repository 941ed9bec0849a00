//! Time: what is missing is said, who must be recorded is, and steps that count were seen and heard.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use ids::{ParticipantId, StepId};

use super::finding::{Code, Finding, Findings};
use super::log::Log;
use super::media::{Media, Track};
use super::spans::Spans;
use crate::body::{Body, MediaKind, Policy};

/// Checks the log's time against what its policy promises.
pub(super) fn check(log: &Log, media: &Media, policy: &Policy, findings: &mut Findings) {
    let coverage = Coverage {
        media,
        tolerance_us: policy.gap_tolerance_ms.saturating_mul(1000),
        grace_us: policy.join_grace_ms.saturating_mul(1000),
        presences: presences(log),
    };
    coverage.undeclared(findings);
    coverage.declared(findings);
    coverage.unrecorded(findings);
    for step in &policy.required_steps {
        coverage.step(log, step, findings);
    }
}

/// From joining to the leaving that follows, or to the seal, or as far as the log goes.
struct Presence {
    seq: u64,
    participant: ParticipantId,
    must_record: Vec<MediaKind>,
    from_us: u64,
    to_us: u64,
}

fn presences(log: &Log) -> Vec<Presence> {
    let end_us = log.sealed_mono.unwrap_or(log.last_mono);
    let mut all: Vec<Presence> = Vec::new();
    let mut open: BTreeMap<ParticipantId, Vec<usize>> = BTreeMap::new();
    for record in &log.records {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "only joining and leaving bound a presence"
        )]
        match &record.body {
            Body::ParticipantJoined(b) => {
                open.entry(b.participant.clone())
                    .or_default()
                    .push(all.len());
                all.push(Presence {
                    seq: record.seq,
                    participant: b.participant.clone(),
                    must_record: b.must_record.clone(),
                    from_us: record.mono,
                    to_us: end_us,
                });
            }
            Body::ParticipantLeft(b) => {
                for index in open.remove(&b.participant).into_iter().flatten() {
                    all[index].to_us = record.mono;
                }
            }
            _ => {}
        }
    }
    all
}

struct Coverage<'a> {
    media: &'a Media,
    tolerance_us: u64,
    grace_us: u64,
    presences: Vec<Presence>,
}

impl Coverage<'_> {
    fn tracks<'t>(
        &'t self,
        presence: &'t Presence,
        kind: MediaKind,
    ) -> impl Iterator<Item = &'t Track> {
        let is_theirs =
            move |t: &&Track| t.participant == presence.participant && t.kind == kind.as_str();
        self.media.tracks.values().filter(is_theirs)
    }

    /// What of a track's declared gaps backfill has not filled, where it is worth a word.
    fn unfilled(&self, track: &Track) -> Spans {
        track
            .declared()
            .without(&track.backfill())
            .longer_than(self.tolerance_us)
    }

    fn undeclared(&self, findings: &mut Findings) {
        for (id, track) in &self.media.tracks {
            let covered: Spans = track
                .media()
                .iter()
                .chain(track.declared().iter())
                .collect();
            for (from, to) in covered
                .holes(track.t0_us, track.end_us())
                .longer_than(self.tolerance_us)
                .iter()
            {
                let detail = format!("track {id} has nothing from {from} to {to} µs");
                findings.push(
                    Finding::new(Code::GapUndeclared)
                        .at(track.started_seq)
                        .detail(detail),
                );
            }
        }
    }

    fn declared(&self, findings: &mut Findings) {
        for (id, track) in &self.media.tracks {
            let unfilled = self.unfilled(track);
            for gap in &track.gaps {
                let (from, to) = (gap.t0_us, gap.t1_us);
                let code = if unfilled.overlap(from, to) {
                    Code::GapDeclared
                } else if track.backfill().overlap(from, to) {
                    Code::GapBackfilled
                } else {
                    continue;
                };
                findings.push(
                    Finding::new(code)
                        .at(gap.seq)
                        .detail(format!("track {id}, {from} to {to} µs")),
                );
            }
        }
    }

    fn unrecorded(&self, findings: &mut Findings) {
        for presence in &self.presences {
            for &kind in &presence.must_record {
                let covered: Spans = self
                    .tracks(presence, kind)
                    .flat_map(|t| [t.media(), t.declared(), t.backfill()])
                    .flat_map(|spans| spans.iter().collect::<Vec<_>>())
                    .collect();
                let holes = covered.holes(presence.from_us, presence.to_us);
                for (from, to) in holes.longer_than(self.grace_us).iter() {
                    let detail = format!(
                        "no {} of {} from {from} to {to} µs",
                        kind.as_str(),
                        presence.participant
                    );
                    findings.push(
                        Finding::new(Code::ParticipantUnrecorded)
                            .at(presence.seq)
                            .detail(detail),
                    );
                }
            }
        }
    }

    fn step(&self, log: &Log, step: &StepId, findings: &mut Findings) {
        let Some((seq, from, to)) = attempt_that_counts(log, step) else {
            return findings.push(Finding::new(Code::StepMissing).detail(step));
        };
        for presence in &self.presences {
            for &kind in &presence.must_record {
                if self.step_unrecorded(presence, kind, from, to) {
                    let detail = format!("{step}: {} of {}", kind.as_str(), presence.participant);
                    findings.push(Finding::new(Code::StepUnrecorded).at(seq).detail(detail));
                }
            }
        }
    }

    /// Whether one who must be recorded was not, between `from` and `to`.
    fn step_unrecorded(&self, presence: &Presence, kind: MediaKind, from: u64, to: u64) -> bool {
        let (from, to) = (from.max(presence.from_us), to.min(presence.to_us));
        let in_gap = self
            .tracks(presence, kind)
            .any(|t| self.unfilled(t).overlap(from, to));
        let seen: Spans = self
            .tracks(presence, kind)
            .flat_map(|t| [t.media(), t.backfill()])
            .flat_map(|spans| spans.iter().collect::<Vec<_>>())
            .collect();
        let unseen = seen.holes(presence.from_us, presence.to_us);
        // Coming and going take a moment, which the policy grants.
        let granted = |(begin, end): (u64, u64)| {
            (begin == presence.from_us || end == presence.to_us) && end - begin <= self.grace_us
        };
        let clipped = |(begin, end): (u64, u64)| (begin.max(from), end.min(to));
        let counted: Spans = unseen
            .iter()
            .filter(|hole| !granted(*hole))
            .map(clipped)
            .collect();
        in_gap || !counted.longer_than(self.tolerance_us).is_empty()
    }
}

/// Begin and end of the attempt of a step that was started last, if it was completed and not invalidated after.
fn attempt_that_counts(log: &Log, step: &StepId) -> Option<(u64, u64, u64)> {
    struct Attempt {
        seq: u64,
        number: NonZeroU64,
        from: u64,
        to: Option<u64>,
        invalid: bool,
    }
    let mut last: Option<Attempt> = None;
    for record in &log.records {
        match (&record.body, &mut last) {
            (Body::StepStarted(b), last) if b.step == *step => {
                let seq = record.seq;
                *last = Some(Attempt {
                    seq,
                    number: b.attempt,
                    from: record.mono,
                    to: None,
                    invalid: false,
                });
            }
            (Body::StepCompleted(b), Some(last)) if b.step == *step && b.attempt == last.number => {
                last.to = Some(record.mono);
            }
            (Body::StepInvalidated(b), Some(last))
                if b.step == *step && b.attempt == last.number =>
            {
                last.invalid = true;
            }
            _ => {}
        }
    }
    last.filter(|a| !a.invalid)
        .and_then(|a| Some((a.seq, a.from, a.to?)))
}
