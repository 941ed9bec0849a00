//! The track that is being recorded: its clock, its coverage, and the segment that is open.

use super::{Config, EndReason, Segment, Stored};
use crate::coverage::{Coverage, Reason};
use crate::depacketise::Frame;
use crate::limits::MISSING_RANGES_MAX;
use crate::timeline::{Clock, Missing};

/// Packets given up that no segment has told yet.
#[derive(Debug, Default)]
pub(super) struct Losses {
    count: u64,
    /// The first of them, up to the limit.
    ranges: Vec<Missing>,
}

impl Losses {
    pub(super) fn note(&mut self, missing: Missing) {
        self.count += missing.count;
        if self.ranges.len() < MISSING_RANGES_MAX {
            self.ranges.push(missing);
        }
    }

    fn append(&mut self, later: &mut Self) {
        self.count += std::mem::take(&mut later.count);
        self.ranges.append(&mut later.ranges);
        self.ranges.truncate(MISSING_RANGES_MAX);
    }
}

/// A segment to which frames are still added.
#[derive(Debug)]
struct Open {
    frames: Vec<Stored>,
    bytes: usize,
    oldest_us: u64,
    newest_us: u64,
    rtp0: u32,
    rtp1: u32,
    seq0: u64,
    seq1: u64,
    ntp0: Option<u64>,
    losses: Losses,
    /// How long the last frame says it lasts.
    duration: Option<u32>,
}

/// One track.
#[derive(Debug)]
pub(super) struct Track {
    config: Config,
    pub(super) clock: Clock,
    pub(super) coverage: Coverage,
    /// Arrival of the newest random access point, µs.
    pub(super) key_us: u64,
    pub(super) drifting_since_us: Option<u64>,
    /// The track ends when the next one can begin.
    pub(super) ending: Option<EndReason>,
    open: Option<Open>,
    /// Where the last segment ended, µs.
    t1_us: u64,
    /// Last packet of the last segment closed.
    seq_closed: u64,
    /// Last packet stored, padding behind it included.
    seq_last: u64,
    /// Time of the last frame.
    ticks_last: Option<u64>,
    /// Ticks between the last two frames.
    step: Option<u32>,
}

impl Track {
    /// Begins with `frame`, which is yet to be stored.
    pub(super) fn new(config: Config, frame: &Frame, told: Option<Reason>) -> Self {
        let t0_us = frame.oldest_us;
        let before = frame.seq_first.wrapping_sub(1);
        Self {
            config,
            clock: Clock::new(config.clock_hz, frame.rtp, t0_us),
            coverage: Coverage::new(t0_us, config.gap_tolerance_us, told),
            key_us: t0_us,
            drifting_since_us: None,
            ending: None,
            open: None,
            t1_us: t0_us,
            seq_closed: before,
            seq_last: before,
            ticks_last: None,
            step: None,
        }
    }

    /// Arrival of the oldest packet of the open segment, µs.
    pub(super) fn oldest_us(&self) -> Option<u64> {
        self.open.as_ref().map(|open| open.oldest_us)
    }

    /// Bytes of the open segment.
    pub(super) fn bytes(&self) -> usize {
        self.open.as_ref().map_or(0, |open| open.bytes)
    }

    /// Padding directly behind the last stored packet leaves no hole.
    pub(super) fn padding(&mut self, seq: u64) {
        if self.seq_last.wrapping_add(1) == seq {
            self.seq_last = seq;
            if let Some(open) = &mut self.open {
                open.seq1 = seq;
            }
        }
    }

    /// Nothing is missing between `frame` and what was stored before.
    pub(super) fn adjoins(&self, frame: &Frame) -> bool {
        frame.seq_first == self.seq_last.wrapping_add(1)
    }

    /// Adds a frame at `ticks` since the track's first.
    pub(super) fn store(&mut self, frame: Frame, ticks: i64, losses: &mut Losses) {
        // Containers want growing times. WebRTC sends no frames out of order (no B-frames), so this
        // moves nothing but a timestamp sent twice.
        let ticks = ticks.max(0).cast_unsigned();
        let at = self.ticks_last.map_or(ticks, |last| ticks.max(last + 1));
        let step = self
            .ticks_last
            .map(|last| u32::try_from(at - last).unwrap_or(u32::MAX));
        // Padding between two segments belongs to the later one.
        let seq0 = if self.adjoins(&frame) {
            self.seq_closed.wrapping_add(1)
        } else {
            frame.seq_first
        };
        let open = self.open.get_or_insert_with(|| Open {
            frames: Vec::new(),
            bytes: 0,
            oldest_us: frame.oldest_us,
            newest_us: frame.newest_us,
            rtp0: frame.rtp,
            rtp1: frame.rtp,
            seq0,
            seq1: frame.seq_last,
            ntp0: frame
                .sender
                .map(|sender| sender.ntp_at(frame.rtp, self.config.clock_hz)),
            losses: Losses::default(),
            duration: None,
        });
        if let (Some(last), Some(step)) = (open.frames.last_mut(), step) {
            last.duration = step;
        }
        open.losses.append(losses);
        open.oldest_us = open.oldest_us.min(frame.oldest_us);
        open.newest_us = open.newest_us.max(frame.newest_us);
        open.rtp1 = frame.rtp;
        open.seq1 = frame.seq_last;
        open.bytes += frame.data.len();
        open.duration = frame.duration;
        open.frames.push(Stored {
            ticks: at,
            duration: 0,
            random_access: frame.random_access,
            data: frame.data,
        });
        self.step = step.or(self.step);
        self.ticks_last = Some(at);
        self.seq_last = frame.seq_last;
    }

    /// Closes the open segment; `undecided_us`: arrival of the oldest packet that may come into the next.
    pub(super) fn close(&mut self, undecided_us: Option<u64>) -> Option<Segment> {
        let mut open = self.open.take()?;
        if let Some(last) = open.frames.last_mut() {
            let second = self.config.clock_hz;
            let likely = open.duration.or(self.step.filter(|&step| step < second));
            last.duration = likely.unwrap_or(second / 30);
        }
        // Nothing longer than the tolerance is passed over: that is a gap, and declared.
        let tolerable_us = open.newest_us + self.config.gap_tolerance_us;
        let t1_us = undecided_us
            .filter(|&us| us <= tolerable_us)
            .unwrap_or(open.newest_us)
            .max(open.oldest_us);
        let adjoins = open.seq0 == self.seq_closed.wrapping_add(1);
        self.coverage
            .segment(self.t1_us, open.oldest_us, t1_us, adjoins);
        self.t1_us = t1_us;
        self.seq_closed = open.seq1;
        Some(Segment {
            frames: open.frames,
            t0_us: open.oldest_us,
            t1_us,
            rtp0: open.rtp0,
            rtp1: open.rtp1,
            seq0: open.seq0,
            seq1: open.seq1,
            ntp0: open.ntp0,
            lost: open.losses.count,
            missing: open.losses.ranges,
        })
    }

    /// Ends at `now_us` at the latest; returns where.
    pub(super) fn finish(&mut self, now_us: u64) -> u64 {
        self.coverage.finish(now_us).max(self.t1_us)
    }
}
