//! One take: its queue, its machine, its containers and files.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crossbeam_channel::Receiver;
use ids::{Sid, TrackId};
use integrity::Digest;
use integrity::body::{MediaGap, SegmentCommitted, TrackEnded, TrackStarted};

use crate::coverage::{Change, Reason};
use crate::disk::{TrackFiles, Volume};
use crate::engine::TakeSpec;
use crate::limits::GROUP_AGE_US;
use crate::mux::Muxer;
use crate::packet::Packet;
use crate::report::{Failure, Report};
use crate::segment::{Config, EndReason, Output, Segment, Segmenter, Start};

/// Reports of one tick, in the order in which they may leave.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Signals that promise nothing about the disk.
    pub(crate) live: Vec<Report>,
    pub(crate) started: Vec<Report>,
    pub(crate) segments: Vec<SegmentCommitted>,
    pub(crate) gaps: Vec<Report>,
    pub(crate) failed: Vec<Report>,
    pub(crate) ended: Vec<Report>,
    pub(crate) closed: Vec<Report>,
}

impl Batch {
    /// Takes over what another take of the same session has to say.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.live.append(&mut other.live);
        self.started.append(&mut other.started);
        self.segments.append(&mut other.segments);
        self.gaps.append(&mut other.gaps);
        self.failed.append(&mut other.failed);
        self.ended.append(&mut other.ended);
        self.closed.append(&mut other.closed);
    }
}

#[derive(Debug, Clone, Copy)]
struct Totals {
    segments: u64,
    bytes: u64,
    t1_us: u64,
}

struct Track {
    id: TrackId,
    muxer: Muxer,
    files: TrackFiles,
    written: Totals,
    durable: Totals,
    ended: Option<(u64, EndReason)>,
}

/// See the module's text.
pub(crate) struct Take {
    spec: TakeSpec,
    volume: Arc<dyn Volume>,
    queue: Receiver<Packet>,
    dropped: Arc<AtomicU64>,
    machine: Segmenter,
    begun: u32,
    /// The current track last; before it those that ended and are not yet reported.
    tracks: Vec<Track>,
    batch: Batch,
    over: bool,
}

impl Take {
    pub(crate) fn new(
        spec: TakeSpec,
        volume: Arc<dyn Volume>,
        queue: Receiver<Packet>,
        dropped: Arc<AtomicU64>,
    ) -> Self {
        let machine = Segmenter::new(Config {
            codec: spec.codec,
            clock_hz: spec.clock_hz.get(),
            gap_tolerance_us: spec.gap_tolerance_us,
        });
        Self {
            spec,
            volume,
            queue,
            dropped,
            machine,
            begun: 0,
            tracks: Vec::new(),
            batch: Batch::default(),
            over: false,
        }
    }

    /// Takes what has come, and lets time pass. True if a segment is complete.
    pub(crate) fn receive(&mut self, now: Instant) -> bool {
        let now_us = self.spec.clock.us(now);
        if self.dropped.swap(0, Ordering::Relaxed) > 0 {
            self.machine.overloaded(now_us);
        }
        while let Ok(packet) = self.queue.try_recv() {
            self.machine.push(packet);
        }
        self.machine.tick(now_us);
        self.machine.has_segment()
    }

    /// Joins a commit of its session, if there is something worth it.
    pub(crate) fn join(&mut self, now: Instant) {
        let now_us = self.spec.clock.us(now);
        if self
            .machine
            .oldest_us()
            .is_some_and(|oldest| now_us.saturating_sub(oldest) >= GROUP_AGE_US)
        {
            self.machine.close();
        }
    }

    pub(crate) fn tell(&mut self, now: Instant, reason: Option<Reason>) {
        self.machine.tell(self.spec.clock.us(now), reason);
    }

    /// Stores what has come so far and ends.
    pub(crate) fn end(&mut self, now: Instant, reason: EndReason) {
        self.receive(now);
        self.machine.end(self.spec.clock.us(now), reason);
        self.over = true;
    }

    /// Writes what the machine has ready. A failure of the container ends this take; one of the
    /// disk is the caller's to handle.
    pub(crate) fn write(&mut self) -> Result<(), Failure> {
        while let Some(output) = self.machine.poll() {
            match self.apply(output) {
                Ok(()) => {}
                Err(Failure::Disk(error)) => return Err(Failure::Disk(error)),
                Err(failure @ (Failure::Container(_) | Failure::NameTaken)) => {
                    self.give_up(failure, EndReason::Container);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Makes everything written durable.
    pub(crate) fn sync(&mut self) -> Result<(), Failure> {
        for track in &mut self.tracks {
            track.files.sync().map_err(Failure::Disk)?;
            track.durable = track.written;
        }
        Ok(())
    }

    /// Signals that need not wait for the disk.
    pub(crate) fn live(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.batch.live)
    }

    /// What may be said after [`sync`](Self::sync). True if nothing more will come.
    pub(crate) fn settle(&mut self) -> (Batch, bool) {
        let mut batch = std::mem::take(&mut self.batch);
        let sid = self.spec.sid;
        self.tracks.retain(|track| {
            let Some((t1_us, reason)) = track.ended else {
                return true;
            };
            batch
                .ended
                .push(ended(sid, track, track.written, t1_us, reason));
            false
        });
        if self.over {
            batch.closed.push(Report::Closed {
                sid,
                take: self.spec.take.clone(),
                stats: self.machine.stats(),
            });
        }
        (batch, self.over)
    }

    /// Ends at once, with what is durable. Segments that are not stay unreported.
    pub(crate) fn give_up(&mut self, failure: Failure, reason: EndReason) {
        let take = self.spec.take.clone();
        self.batch.failed.push(Report::Failed {
            sid: self.spec.sid,
            take,
            failure,
        });
        self.abort(reason);
    }

    /// Ends at once because another take of the session failed.
    pub(crate) fn abort(&mut self, reason: EndReason) {
        let sid = self.spec.sid;
        let gone = |id: &TrackId, idx: u64, tracks: &[Track]| {
            tracks
                .iter()
                .any(|track| track.id == *id && idx >= track.durable.segments)
        };
        self.batch
            .segments
            .retain(|segment| !gone(&segment.track, segment.idx, &self.tracks));
        self.batch.gaps.clear();
        for track in self.tracks.drain(..) {
            self.batch.ended.push(ended(
                sid,
                &track,
                track.durable,
                track.durable.t1_us,
                reason,
            ));
        }
        self.over = true;
    }

    fn apply(&mut self, output: Output) -> Result<(), Failure> {
        let (sid, take) = (self.spec.sid, &self.spec.take);
        match output {
            Output::Started(start) => return self.start(start),
            Output::Segment(segment) => return self.store(segment),
            Output::KeyframeWanted => self.batch.live.push(Report::KeyframeWanted {
                sid,
                take: take.clone(),
            }),
            Output::Coverage(Change::Stalled { since_us, reason }) => {
                self.batch.live.push(Report::Stalled {
                    sid,
                    take: take.clone(),
                    since_us,
                    reason,
                });
            }
            Output::Coverage(Change::Flowing) => self.batch.live.push(Report::Flowing {
                sid,
                take: take.clone(),
            }),
            Output::Coverage(Change::Gap {
                t0_us,
                t1_us,
                reason,
            }) => {
                if let Some(track) = self.tracks.last() {
                    let reason = reason.as_str().to_owned();
                    let body = MediaGap {
                        track: track.id.clone(),
                        t0_us,
                        t1_us,
                        reason,
                    };
                    self.batch.gaps.push(Report::Gap { sid, body });
                }
            }
            Output::Ended { t1_us, reason } => {
                if let Some(track) = self.tracks.last_mut() {
                    track.ended = Some((t1_us, reason));
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, start: Start) -> Result<(), Failure> {
        let codec = self.spec.codec;
        self.begun += 1;
        let id = if self.begun == 1 {
            self.spec.take.clone()
        } else {
            let name = format!("{}_{}", self.spec.take, self.begun);
            name.parse().map_err(|_| Failure::NameTaken)?
        };
        let muxer = Muxer::new(codec, self.spec.clock_hz.get(), start.parameters.as_ref())
            .map_err(|error| Failure::Container(error.to_string()))?;
        let files = TrackFiles::new(
            self.volume.clone(),
            self.spec.session_dir.clone(),
            &id,
            codec.extension(),
        );
        self.batch.started.push(Report::Started {
            sid: self.spec.sid,
            body: TrackStarted {
                track: id.clone(),
                participant: self.spec.participant.clone(),
                kind: codec.kind().as_str().to_owned(),
                codec: codec.as_str().to_owned(),
                clock_hz: NonZeroU64::from(self.spec.clock_hz),
                ssrc: Some(start.ssrc.into()),
                t0_us: start.t0_us,
            },
        });
        let nothing = Totals {
            segments: 0,
            bytes: 0,
            t1_us: start.t0_us,
        };
        self.tracks.push(Track {
            id,
            muxer,
            files,
            written: nothing,
            durable: nothing,
            ended: None,
        });
        Ok(())
    }

    fn store(&mut self, segment: Segment) -> Result<(), Failure> {
        let Some(track) = self.tracks.last_mut() else {
            return Ok(());
        };
        let bytes = track
            .muxer
            .segment(&segment.frames)
            .map_err(|error| Failure::Container(error.to_string()))?;
        let place = track.files.append(&bytes, segment.t0_us).map_err(|error| {
            let exists = error.kind() == std::io::ErrorKind::AlreadyExists;
            if exists {
                Failure::NameTaken
            } else {
                Failure::Disk(error)
            }
        })?;
        let seq = |extended: u64| Some(extended & 0xffff);
        self.batch.segments.push(SegmentCommitted {
            track: track.id.clone(),
            idx: track.written.segments,
            file: place.file,
            off: place.off,
            bytes: bytes.len() as u64,
            sha256: Digest::sha256(&bytes),
            sm3: None,
            t0_us: segment.t0_us,
            t1_us: segment.t1_us,
            rtp0: Some(segment.rtp0.into()),
            rtp1: Some(segment.rtp1.into()),
            seq0: seq(segment.seq0),
            seq1: seq(segment.seq1),
            ntp0: segment.ntp0.map(|ntp| format!("{ntp:016x}")),
            frames: segment.frames.len() as u64,
            key: segment
                .frames
                .first()
                .is_some_and(|frame| frame.random_access),
            lost: segment.lost,
            missing: (!segment.missing.is_empty()).then(|| {
                segment
                    .missing
                    .iter()
                    .map(|m| (m.first & 0xffff, m.count))
                    .collect()
            }),
            recovered: None,
        });
        track.written = Totals {
            segments: track.written.segments + 1,
            bytes: track.written.bytes + bytes.len() as u64,
            t1_us: segment.t1_us,
        };
        Ok(())
    }
}

fn ended(sid: Sid, track: &Track, totals: Totals, t1_us: u64, reason: EndReason) -> Report {
    Report::Ended {
        sid,
        body: TrackEnded {
            track: track.id.clone(),
            segments: totals.segments,
            bytes: totals.bytes,
            t1_us,
            reason: Some(reason.as_str().to_owned()),
        },
    }
}
