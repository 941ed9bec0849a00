//! The crash rule, pure: what of a torn session is kept, what is moved, and what is appended to say so.
//!
//! The order is the caller's to keep: copy torn bytes to `recovered/` and sync them, then cut; append recovered segments,
//! right after them [`Scan::recovered_entries`], then [`Scan::crash_gaps`]. Nothing is ever cut silently.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ids::{ParticipantId, TrackId, UtcMillis};

use crate::body::{Body, FileRef, Head, MediaGap, SessionRecovered};
use crate::canonical::limits;
use crate::merkle;
use crate::seal::Totals;
use crate::{Chain, Digest, Error, Line};

/// Bytes behind the last whole line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// Their place in `log.jsonl`; cut at its start.
    pub range: Range<u64>,
    /// Why they are no line; `None` if only the LF is missing.
    pub why: Option<Error>,
}

/// A track that a log has started and not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTrack {
    /// Segments committed: the next one's `idx`.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Up to where media or a declared gap covers it, µs of `mono`.
    pub covered_us: u64,
    /// The file written to last, and how many of its bytes are committed.
    pub file: Option<(String, u64)>,
}

/// A log read back after a crash. It can be appended to at once, with [`Scan::chain`].
#[derive(Debug, Clone)]
pub struct Scan {
    /// The end of the log.
    pub chain: Chain,
    /// The sums for its seal.
    pub totals: Totals,
    /// Leaf hashes of all entries, for the signer.
    pub leaves: Vec<Digest>,
    /// Whole lines, in bytes.
    pub good_bytes: u64,
    /// What follows them.
    pub torn: Option<Torn>,
    /// Tracks without an end.
    pub open_tracks: BTreeMap<TrackId, OpenTrack>,
    /// Participants who have joined and not left.
    pub present: BTreeSet<ParticipantId>,
    committed: BTreeMap<String, u64>,
    log_tails: u64,
}

/// Reads a log up to its last LF-terminated canonical line with the right `prev`.
///
/// # Errors
/// [`Error::Malformed`] if there is not one whole line: nothing was ever acknowledged, the whole folder is to be set aside.
pub fn scan(log: &[u8]) -> Result<Scan, Error> {
    let mut lines = log.split_inclusive(|&b| b == b'\n').peekable();
    let first = lines
        .peek()
        .filter(|l| l.ends_with(b"\n"))
        .ok_or(Error::Malformed {
            what: "a log (no whole line)",
        })?;
    let sid = crate::Entry::from_line(first)?.sid;
    let mut scan = Scan {
        chain: Chain::open(sid),
        totals: Totals::new(),
        leaves: Vec::new(),
        good_bytes: 0,
        torn: None,
        open_tracks: BTreeMap::new(),
        present: BTreeSet::new(),
        committed: BTreeMap::new(),
        log_tails: 0,
    };
    for bytes in lines {
        let why = if bytes.ends_with(b"\n") {
            match scan.chain.accept(bytes) {
                Ok(line) => {
                    scan.push(&line)?;
                    scan.good_bytes += bytes.len() as u64;
                    continue;
                }
                Err(why) => Some(why),
            }
        } else {
            None
        };
        scan.torn = Some(Torn {
            range: scan.good_bytes..log.len() as u64,
            why,
        });
        break;
    }
    if scan.chain.size() == 0 {
        return Err(Error::Malformed {
            what: "a log (no whole line)",
        });
    }
    Ok(scan)
}

/// Bytes of a media file that no entry names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaTail {
    /// The file, from the session's folder.
    pub file: String,
    /// The bytes past its last committed range; the whole file if nothing of it is committed.
    pub range: Range<u64>,
    /// Where they go unless they are committed as recovered segments.
    pub moved_to: String,
}

impl Scan {
    /// Takes note of a line appended with [`Scan::chain`].
    ///
    /// # Errors
    /// None for a line of a chain; [`Error::Schema`] otherwise.
    pub fn push(&mut self, line: &Line) -> Result<(), Error> {
        let body = Body::parse(&line.entry.kind, &line.entry.body)?;
        self.totals.add(&line.bytes, &body);
        self.leaves.push(line.leaf);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "recovery looks at media and presence, nothing else"
        )]
        match body {
            Body::TrackStarted(b) => {
                let track = OpenTrack {
                    segments: 0,
                    bytes: 0,
                    covered_us: b.t0_us,
                    file: None,
                };
                self.open_tracks.insert(b.track, track);
            }
            Body::SegmentCommitted(b) => {
                let end = b.off.saturating_add(b.bytes);
                self.committed.insert(b.file.clone(), end);
                if let Some(track) = self.open_tracks.get_mut(&b.track) {
                    track.segments += 1;
                    track.bytes = track.bytes.saturating_add(b.bytes);
                    track.covered_us = track.covered_us.max(b.t1_us);
                    track.file = Some((b.file, end));
                }
            }
            Body::MediaGap(b) => {
                if let Some(track) = self.open_tracks.get_mut(&b.track) {
                    track.covered_us = track.covered_us.max(b.t1_us);
                }
            }
            Body::TrackEnded(b) => {
                self.open_tracks.remove(&b.track);
            }
            Body::BackfillReceived(b) => {
                let end = self.committed.entry(b.file).or_default();
                *end = (*end).max(b.off.saturating_add(b.bytes));
            }
            Body::ParticipantJoined(b) => {
                self.present.insert(b.participant);
            }
            Body::ParticipantLeft(b) => {
                self.present.remove(&b.participant);
            }
            Body::SessionRecovered(b) => self.log_tails += u64::from(b.log_tail == Some(true)),
            _ => {}
        }
        Ok(())
    }

    /// Checks the newest head that was ever given out. Durable order makes a failure impossible without disk loss.
    ///
    /// # Errors
    /// [`Error::LogBehindHead`]: refuse to start and raise an alarm.
    pub fn check_newest(&self, issued: &Head) -> Result<(), Error> {
        let size = self.chain.size();
        let same =
            issued.size <= size && merkle::root(&self.leaves[..], issued.size) == issued.root;
        if same {
            Ok(())
        } else {
            Err(Error::LogBehindHead {
                log: size,
                head: issued.size,
            })
        }
    }

    /// Where the torn bytes of the log go.
    pub fn log_tail_path(&self) -> String {
        format!("recovered/log-tail-{}.bin", self.log_tails)
    }

    /// What of the files under `media/` and `backfill/` no entry names, given their lengths by path.
    ///
    /// # Errors
    /// [`Error::FileTooShort`] if a file lacks committed bytes: refuse to start and raise an alarm.
    pub fn media_tails(&self, lengths: &BTreeMap<String, u64>) -> Result<Vec<MediaTail>, Error> {
        for (file, &committed) in &self.committed {
            let len = lengths.get(file).copied().unwrap_or(0);
            if len < committed {
                return Err(Error::FileTooShort {
                    file: file.clone(),
                    len,
                    committed,
                });
            }
        }
        let tail = |(file, &len): (&String, &u64)| {
            let start = self.committed.get(file).copied().unwrap_or(0);
            let moved_to = format!("recovered/{}-{start}.bin", file.replace('/', "-"));
            // An empty file that nothing names is no loss, but it must not stay either.
            let unnamed = !self.committed.contains_key(file);
            (len > start || unnamed).then(|| MediaTail {
                file: file.clone(),
                range: start..len,
                moved_to,
            })
        };
        Ok(lengths.iter().filter_map(tail).collect())
    }

    /// Time and `mono` for entries written before `session.recovered`: from the wall clock, never below the last entry's.
    pub fn clocks(&self, now: UtcMillis) -> (UtcMillis, u64) {
        let Some((last, mono)) = self.chain.last() else {
            return (now, 0);
        };
        let since_ms = now
            .as_millis()
            .saturating_sub(last.as_millis())
            .max(0)
            .unsigned_abs();
        let mono = mono.saturating_add(since_ms.saturating_mul(1000));
        (now.max(last), mono.min(limits::INTEGER_MAX.unsigned_abs()))
    }

    /// `session.recovered`, once for every file that was kept, or once without one. The log's own tail is known by its
    /// path ([`Scan::log_tail_path`]).
    pub fn recovered_entries(&self, reason: &str, kept: Vec<FileRef>) -> Vec<SessionRecovered> {
        let entry = |file: Option<FileRef>| {
            let log_tail = file.as_ref().map(|f| f.file == self.log_tail_path());
            SessionRecovered {
                reason: reason.to_owned(),
                file,
                log_tail,
            }
        };
        if kept.is_empty() {
            vec![entry(None)]
        } else {
            kept.into_iter().map(|f| entry(Some(f))).collect()
        }
    }

    /// `media.gap` for each open track, from where it is covered to `mono` (now).
    pub fn crash_gaps(&self, mono: u64) -> Vec<MediaGap> {
        let gap = |(track, open): (&TrackId, &OpenTrack)| MediaGap {
            track: track.clone(),
            t0_us: open.covered_us.min(mono),
            t1_us: mono,
            reason: "crash".to_owned(),
        };
        self.open_tracks.iter().map(gap).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Draft;

    const LOG: &[u8] = include_bytes!("../../../tests/vectors/plain-valid/bundle/data/log.jsonl");

    fn line_ends() -> Vec<usize> {
        LOG.iter()
            .enumerate()
            .filter(|(_, b)| **b == b'\n')
            .map(|(i, _)| i + 1)
            .collect()
    }

    #[test]
    fn a_whole_log_needs_nothing() {
        let scan = scan(LOG).unwrap();
        assert_eq!(
            (scan.good_bytes, scan.torn.as_ref()),
            (LOG.len() as u64, None)
        );
        assert!(scan.chain.is_sealed() && scan.open_tracks.is_empty() && scan.present.is_empty());
    }

    #[test]
    fn without_one_whole_line_there_is_no_log() {
        for none in [&b""[..], &LOG[..10], &LOG[..line_ends()[0] - 1], b"x\n"] {
            assert!(scan(none).is_err());
        }
    }

    #[test]
    fn a_line_that_does_not_continue_the_chain_is_torn_with_all_that_follows() {
        let ends = line_ends();
        let mut log = LOG.to_vec();
        log[ends[4] + 20] ^= 1;
        let scan = scan(&log).unwrap();
        assert_eq!(scan.chain.size(), 5);
        let torn = scan.torn.unwrap();
        assert_eq!(torn.range, ends[4] as u64..LOG.len() as u64);
        assert!(torn.why.is_some());
    }

    #[test]
    fn a_log_shorter_than_its_newest_head_is_refused() {
        let whole = scan(LOG).unwrap();
        assert_eq!(whole.check_newest(&whole.chain.head()), Ok(()));
        let cut = scan(&LOG[..line_ends()[20]]).unwrap();
        assert_eq!(whole.check_newest(&cut.chain.head()), Ok(()));
        assert_eq!(
            cut.check_newest(&whole.chain.head()),
            Err(Error::LogBehindHead { log: 21, head: 38 })
        );
        let other = Head {
            size: 5,
            root: Digest::ZERO,
        };
        assert!(whole.check_newest(&other).is_err());
    }

    #[test]
    fn media_past_the_last_committed_byte_is_moved_and_short_media_is_an_alarm() {
        // After entry 7 one segment of 620 bytes is committed in each track.
        let scan = scan(&LOG[..line_ends()[7]]).unwrap();
        let lengths = |a1, v1| {
            BTreeMap::from([
                ("media/a1/000.seg".to_owned(), a1),
                ("media/v1/000.seg".to_owned(), v1),
            ])
        };
        assert_eq!(scan.media_tails(&lengths(620, 620)), Ok(vec![]));
        let tail = MediaTail {
            file: "media/a1/000.seg".to_owned(),
            range: 620..700,
            moved_to: "recovered/media-a1-000.seg-620.bin".to_owned(),
        };
        assert_eq!(scan.media_tails(&lengths(700, 620)), Ok(vec![tail]));
        assert!(matches!(
            scan.media_tails(&lengths(620, 619)),
            Err(Error::FileTooShort { committed: 620, .. })
        ));
        let mut unnamed = lengths(620, 620);
        unnamed.insert("media/v1/001.seg".to_owned(), 0);
        assert_eq!(scan.media_tails(&unnamed).unwrap()[0].range, 0..0);
    }

    #[test]
    fn a_crash_is_said_in_the_log_and_the_log_goes_on() {
        let torn = [&LOG[..line_ends()[14]], b"{\"actor\":\"serv"].concat();
        let mut scan = scan(&torn).unwrap();
        let (last, last_mono) = scan.chain.last().unwrap();
        let kept = FileRef {
            file: scan.log_tail_path(),
            bytes: 14,
            sha256: Digest::sha256(b"{\"actor\":\"serv"),
        };
        let entries = scan.recovered_entries("power_loss", vec![kept.clone()]);
        assert_eq!(
            entries,
            [SessionRecovered {
                reason: "power_loss".to_owned(),
                file: Some(kept),
                log_tail: Some(true)
            }]
        );
        let (time, mono) = scan.clocks(UtcMillis::from_millis(last.as_millis() + 9_000));
        assert_eq!(
            (time.as_millis() - last.as_millis(), mono - last_mono),
            (9_000, 9_000_000)
        );
        assert_eq!(
            scan.clocks(UtcMillis::from_millis(0)),
            (last, last_mono),
            "a clock set back does not take the log with it"
        );
        let server: crate::Actor = "server:n1".parse().unwrap();
        for entry in &entries {
            let line = scan
                .chain
                .append(Draft::new(server.clone(), entry).unwrap(), time, mono)
                .unwrap();
            scan.push(&line).unwrap();
        }
        let gaps = scan.crash_gaps(mono);
        assert_eq!(gaps.len(), 2);
        assert!(gaps.iter().all(|g| g.reason == "crash"
            && g.t1_us == mono
            && g.t0_us == scan.open_tracks[&g.track].covered_us));
        assert_eq!(scan.log_tail_path(), "recovered/log-tail-1.bin");
    }

    proptest! {
        #[test]
        fn a_log_torn_anywhere_keeps_every_whole_line(cut in 0..LOG.len()) {
            let ends = line_ends();
            let whole = ends.iter().filter(|e| **e <= cut).count();
            match scan(&LOG[..cut]) {
                Ok(scan) => {
                    prop_assert_eq!(scan.chain.size(), whole as u64);
                    let torn = scan.torn.map(|t| t.range).unwrap_or(cut as u64..cut as u64);
                    prop_assert_eq!(torn, ends[whole - 1] as u64..cut as u64);
                }
                Err(_) => prop_assert_eq!(whole, 0),
            }
        }
    }
}
