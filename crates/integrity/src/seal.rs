//! The fold over a log that yields its seal: the same sums for who seals and for who verifies.

use std::collections::BTreeMap;

use ids::TrackId;
use sha2::{Digest as _, Sha256};

use crate::body::{Body, GapRow, SessionSealed, TrackTotals};
use crate::chain::Line;
use crate::{Digest, Error};

/// Sums over a log's lines from the first on.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    entries: u64,
    tracks: BTreeMap<TrackId, TrackTotals>,
    open: BTreeMap<TrackId, bool>,
    gaps: BTreeMap<TrackId, Vec<GapRow>>,
    sha256: Sha256,
    sm3: sm3::Sm3,
}

impl Totals {
    /// The sums over no line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next line of the log.
    ///
    /// # Errors
    /// [`Error::Schema`] if the body of a type that is summed up is not well-formed (never for a [`Line`] of a chain).
    pub fn push(&mut self, line: &Line) -> Result<(), Error> {
        self.add(
            &line.bytes,
            &Body::parse(&line.entry.kind, &line.entry.body)?,
        );
        Ok(())
    }

    /// Adds the next line of the log (with LF) and what its body says.
    pub fn add(&mut self, line: &[u8], body: &Body) {
        self.entries += 1;
        self.sha256.update(line);
        self.sm3.update(line);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "a seal sums up media and nothing else"
        )]
        match body {
            Body::TrackStarted(b) => {
                self.tracks.entry(b.track.clone()).or_default();
                self.open.insert(b.track.clone(), true);
            }
            Body::SegmentCommitted(b) => {
                let totals = self.tracks.entry(b.track.clone()).or_default();
                // A hostile log may state anything: the sums saturate, and then differ from the seal's.
                totals.segments = totals.segments.saturating_add(1);
                totals.bytes = totals.bytes.saturating_add(b.bytes);
                totals.lost = totals.lost.saturating_add(b.lost);
            }
            Body::MediaGap(b) => {
                self.gaps.entry(b.track.clone()).or_default().push((
                    b.t0_us,
                    b.t1_us,
                    b.reason.clone(),
                ));
            }
            Body::TrackEnded(b) => {
                self.open.insert(b.track.clone(), false);
            }
            _ => {}
        }
    }

    /// Totals of every track started or written to.
    pub fn tracks(&self) -> &BTreeMap<TrackId, TrackTotals> {
        &self.tracks
    }

    /// Declared gaps of the tracks that have any.
    pub fn gaps(&self) -> &BTreeMap<TrackId, Vec<GapRow>> {
        &self.gaps
    }

    /// Tracks that have started and not ended.
    pub fn open_tracks(&self) -> impl Iterator<Item = &TrackId> {
        self.open
            .iter()
            .filter(|(_, open)| **open)
            .map(|(track, _)| track)
    }

    /// Lines so far.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// What a seal behind the lines so far says, whether or not tracks are open.
    pub fn sealed(&self, reason: &str) -> SessionSealed {
        SessionSealed {
            entries: self.entries,
            tracks: self.tracks.clone(),
            gaps: self.gaps.clone(),
            log_sha256: self.sha256.clone().into(),
            log_sm3: Some(self.sm3()),
            reason: reason.to_owned(),
        }
    }

    /// SM3 over the lines so far.
    pub fn sm3(&self) -> Digest {
        self.sm3.clone().into()
    }

    /// The seal to append next.
    ///
    /// # Errors
    /// [`Error::Unsealable`] while a track is open.
    pub fn seal(&self, reason: &str) -> Result<SessionSealed, Error> {
        match self.open_tracks().next() {
            Some(track) => Err(Error::Unsealable {
                what: format!("track {track} has not ended"),
            }),
            None => Ok(self.sealed(reason)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Chain;

    /// The log of a bundle that another implementation has written.
    const LOG: &[u8] =
        include_bytes!("../../../tests/vectors/valid-gap-declared/bundle/data/log.jsonl");

    #[test]
    fn the_seal_of_a_foreign_log_is_reproduced() {
        let mut lines = LOG.split_inclusive(|&b| b == b'\n').peekable();
        let mut chain = Chain::resume(lines.next()).unwrap();
        let mut totals = Totals::new();
        totals.add(
            LOG.split_inclusive(|&b| b == b'\n').next().unwrap(),
            &Body::Other,
        );
        let mut seals = 0;
        for line in lines {
            let line = chain.accept(line).unwrap();
            if line.entry.kind == "session.sealed" {
                let stated = Body::parse(&line.entry.kind, &line.entry.body).unwrap();
                assert_eq!(
                    stated,
                    Body::SessionSealed(totals.seal("completed").unwrap())
                );
                seals += 1;
            }
            totals.push(&line).unwrap();
        }
        assert_eq!(seals, 1);
    }

    #[test]
    fn an_open_track_cannot_be_sealed() {
        let mut totals = Totals::new();
        let mut lines = LOG.split_inclusive(|&b| b == b'\n');
        let mut chain = Chain::resume(lines.next()).unwrap();
        while totals.open_tracks().next().is_none() {
            totals
                .push(&chain.accept(lines.next().unwrap()).unwrap())
                .unwrap();
        }
        assert!(matches!(
            totals.seal("completed"),
            Err(Error::Unsealable { .. })
        ));
    }
}
