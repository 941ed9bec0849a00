//! A session with a recorder: takes are started, packets arrive, time passes, reports are kept.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ids::{Sid, TrackId};
use integrity::body::{Fact, MediaGap, SegmentCommitted, TrackEnded, TrackStarted};
use integrity::{Actor, Digest, Draft};
use recorder::disk::Volume;
use recorder::limits::TICK_US;
use recorder::{
    Codec, EndReason, Engine, Failure, Full, Packet, Report, SessionClock, Stats, TakeSpec, Tap,
};

use crate::source;

pub(crate) const SID: Sid = Sid::from_bytes([7; 16]);

/// An entry of the log, but for who writes it.
type Entry = Box<dyn Fn(Actor) -> Draft>;

/// What was reported.
#[derive(Default)]
pub(crate) struct Log {
    /// Everything that is to be logged, in order, with the session's clock.
    pub(crate) entries: Vec<(u64, Entry)>,
    pub(crate) started: Vec<TrackStarted>,
    /// With the µs of the session's clock at which they were reported, and the number of the commit.
    pub(crate) segments: Vec<(u64, usize, SegmentCommitted)>,
    pub(crate) commits: usize,
    pub(crate) gaps: Vec<MediaGap>,
    pub(crate) ended: Vec<TrackEnded>,
    pub(crate) failed: Vec<(TrackId, Failure)>,
    pub(crate) closed: Vec<(TrackId, Stats)>,
    pub(crate) keyframes_wanted: usize,
}

impl Log {
    pub(crate) fn of(&self, track: &str) -> Vec<SegmentCommitted> {
        self.segments
            .iter()
            .filter(|(_, _, s)| s.track.as_str() == track)
            .map(|(_, _, s)| s.clone())
            .collect()
    }

    fn enter<F: Fact + Clone + 'static>(&mut self, now_us: u64, body: &F) {
        let body = body.clone();
        self.entries.push((
            now_us,
            Box::new(move |actor| Draft::new(actor, &body).unwrap()),
        ));
    }

    fn note(&mut self, now_us: u64, report: Report) {
        assert!(
            !matches!(&report, Report::Started { body, .. } if self.ended.iter().any(|e| e.track == body.track))
        );
        match &report {
            Report::Started { body, .. } => self.enter(now_us, body),
            Report::Committed { segments, .. } => {
                segments.iter().for_each(|body| self.enter(now_us, body))
            }
            Report::Gap { body, .. } => self.enter(now_us, body),
            Report::Ended { body, .. } => self.enter(now_us, body),
            Report::Failed { .. } | Report::Closed { .. } | Report::KeyframeWanted { .. } => {}
            Report::Stalled { .. } | Report::Flowing { .. } => {}
        }
        match report {
            Report::Started { body, .. } => self.started.push(body),
            Report::Committed { segments, .. } => {
                for segment in segments {
                    assert!(
                        self.started.iter().any(|s| s.track == segment.track),
                        "started before"
                    );
                    assert!(
                        self.ended.iter().all(|e| e.track != segment.track),
                        "not after the end"
                    );
                    self.segments.push((now_us, self.commits, segment));
                }
                self.commits += 1;
            }
            Report::Gap { body, .. } => self.gaps.push(body),
            Report::Ended { body, .. } => self.ended.push(body),
            Report::Failed { take, failure, .. } => self.failed.push((take, failure)),
            Report::Closed { take, stats, .. } => self.closed.push((take, stats)),
            Report::KeyframeWanted { .. } => self.keyframes_wanted += 1,
            Report::Stalled { .. } | Report::Flowing { .. } => {}
        }
    }

    /// The rules of the log that hold whatever happened.
    pub(crate) fn check(&self) {
        let mut ranges: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (_, _, segment) in &self.segments {
            let (count, end) = ranges.entry(segment.file.as_str()).or_default();
            assert_eq!(segment.off, *end, "ranges of a file are contiguous from 0");
            *end += segment.bytes;
            *count += 1;
        }
        for started in &self.started {
            let segments = self.of(started.track.as_str());
            assert!(segments.iter().enumerate().all(|(n, s)| s.idx == n as u64));
            assert!(segments.is_sorted_by(|a, b| a.file <= b.file));
            if let Some(ended) = self.ended.iter().find(|e| e.track == started.track) {
                assert_eq!(ended.segments, segments.len() as u64);
                assert_eq!(ended.bytes, segments.iter().map(|s| s.bytes).sum::<u64>());
                assert!(segments.iter().all(|s| s.t1_us <= ended.t1_us));
            }
        }
    }
}

pub(crate) struct Studio {
    pub(crate) engine: Engine,
    pub(crate) dir: PathBuf,
    pub(crate) log: Log,
    origin: Instant,
    pub(crate) now_us: u64,
    taps: BTreeMap<TrackId, Tap>,
}

impl Studio {
    pub(crate) fn new(volume: Arc<dyn Volume>, dir: PathBuf) -> Self {
        // Any instant will do: all others are made from it.
        let origin = Instant::now();
        Self {
            engine: Engine::new(volume),
            dir,
            log: Log::default(),
            origin,
            now_us: 0,
            taps: BTreeMap::new(),
        }
    }

    pub(crate) fn spec(&self, take: &str, codec: Codec) -> TakeSpec {
        TakeSpec {
            sid: SID,
            session_dir: self.dir.clone(),
            clock: SessionClock {
                origin: self.origin,
                offset_us: 0,
            },
            take: take.parse().unwrap(),
            participant: "p1".parse().unwrap(),
            codec,
            clock_hz: NonZeroU32::new(source::clock_hz(codec)).unwrap(),
            gap_tolerance_us: 500_000,
        }
    }

    pub(crate) fn start(&mut self, take: &str, codec: Codec) {
        let spec = self.spec(take, codec);
        let name = spec.take.clone();
        let tap = self.engine.start_take(spec);
        self.taps.insert(name, tap);
    }

    /// Lets packets arrive at their times, and time pass until the last one's.
    pub(crate) fn play(&mut self, packets: &[(&str, Packet)]) {
        let mut packets = packets.iter().peekable();
        while packets.peek().is_some() {
            self.now_us += TICK_US;
            while let Some((take, packet)) =
                packets.next_if(|(_, packet)| packet.arrival_us <= self.now_us)
            {
                let pushed = self.taps[&take.parse().unwrap()].push(packet.clone());
                assert!(pushed.is_ok() || !self.log.failed.is_empty());
            }
            self.tick();
        }
    }

    pub(crate) fn push(&self, take: &str, packet: Packet) -> Result<(), Full> {
        self.taps[&take.parse().unwrap()].push(packet)
    }

    pub(crate) fn tick(&mut self) {
        let (now, now_us) = (
            self.origin + Duration::from_micros(self.now_us),
            self.now_us,
        );
        let log = &mut self.log;
        self.engine
            .tick(now, &mut |report| log.note(now_us, report));
    }

    pub(crate) fn end(&mut self, take: &str) {
        let now = self.origin + Duration::from_micros(self.now_us);
        self.engine
            .end_take(SID, &take.parse().unwrap(), EndReason::Left, now);
        self.tick();
    }

    /// A track's files, one after the other, every committed range checked.
    pub(crate) fn concatenate(&self, track: &str) -> Vec<u8> {
        let mut all = Vec::new();
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for segment in self.log.of(track) {
            let contents = files
                .entry(segment.file.clone())
                .or_insert_with(|| std::fs::read(self.dir.join(&segment.file)).unwrap());
            let range = &contents[segment.off as usize..][..segment.bytes as usize];
            assert_eq!(Digest::sha256(range), segment.sha256);
            all.extend_from_slice(range);
        }
        let on_disk: usize = files.values().map(Vec::len).sum();
        assert_eq!(on_disk, all.len(), "the ranges cover the files exactly");
        all
    }
}
