//! One take as a machine: packets in, segments to commit and the gap map out.
//!
//! Time comes in with the calls, as µs of the session's monotonic clock. The rules it keeps, so
//! that what it puts out passes a verifier by construction:
//!
//! * a segment closes when its oldest packet is 450 ms old, or at once when frames that waited
//!   700 ms for a repair join it;
//! * a segment's `t1_us` never passes the arrival of a packet that the next one will hold;
//! * media and declared gaps leave no hole above the tolerance between a track's start and end.

use std::collections::VecDeque;

use crate::coverage::{Change, Coverage, Reason};
use crate::depacketise::{self, Assembled, Assembler, Frame, VideoParameters, red};
use crate::limits::{
    DRIFT_US_MAX, DRIFT_WAIT_US, KEYFRAME_AGE_US, KEYFRAME_RETRY_US, MISSING_RANGES_MAX,
    PAUSE_US_MAX, REPAIR_AGE_US, SEGMENT_AGE_US, SEGMENT_BYTES_MAX,
};
use crate::packet::{Codec, Kind, Packet};
use crate::timeline::{Clock, Inserted, Missing, Reorder};

/// What a take consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The codec.
    pub codec: Codec,
    /// Rate of the RTP clock.
    pub clock_hz: u32,
    /// Holes of up to this length need no declaration, µs.
    pub gap_tolerance_us: u64,
}

/// Why a track ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The participant hung up, or the session is sealed.
    Left,
    /// The participant's stream was replaced or withdrawn by negotiation.
    Renegotiated,
    /// The sender began a new stream within the take.
    SourceChanged,
    /// RTP time left arrival time behind, or leapt.
    ClockDrift,
    /// The server is stopping.
    Shutdown,
    /// The disk failed.
    Disk,
    /// The container refused a frame.
    Container,
}

impl EndReason {
    /// As the log writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Renegotiated => "renegotiated",
            Self::SourceChanged => "source_changed",
            Self::ClockDrift => "clock_drift",
            Self::Shutdown => "shutdown",
            Self::Disk => "disk",
            Self::Container => "container",
        }
    }
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A track begins with a frame that can be decoded.
    Started(Start),
    /// A segment is complete.
    Segment(Segment),
    /// The coverage of the current track changed.
    Coverage(Change),
    /// A keyframe should be asked for.
    KeyframeWanted,
    /// The current track is over; all its segments have come before.
    Ended {
        /// Where its coverage ends, µs.
        t1_us: u64,
        /// Why.
        reason: EndReason,
    },
}

/// The beginning of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Arrival of its first packet, µs.
    pub t0_us: u64,
    /// Synchronisation source.
    pub ssrc: u32,
    /// Of a picture.
    pub parameters: Option<VideoParameters>,
}

/// A frame with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Ticks since the track's first frame, growing from frame to frame.
    pub ticks: u64,
    /// Ticks until the next frame, or as long as is likely.
    pub duration: u32,
    /// Decoding can begin here.
    pub random_access: bool,
    /// As the container stores it.
    pub data: Vec<u8>,
}

/// At most half a second of one track (up to a second where repairs were waited for).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its frames, at least one.
    pub frames: Vec<Stored>,
    /// Arrival of its oldest packet, µs.
    pub t0_us: u64,
    /// Arrival of the next segment's oldest packet, where it is there already, else of its own newest, µs.
    pub t1_us: u64,
    /// Timestamp of the first frame.
    pub rtp0: u32,
    /// Timestamp of the last frame.
    pub rtp1: u32,
    /// Number of the first packet.
    pub seq0: u64,
    /// Number of the last packet.
    pub seq1: u64,
    /// The sender's wall clock at `rtp0`, 32.32 fixed point.
    pub ntp0: Option<u64>,
    /// Packets that never came, or too late.
    pub lost: u64,
    /// Where, up to [`MISSING_RANGES_MAX`] holes.
    pub missing: Vec<Missing>,
}

/// Counters of a take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Packets received, all counted.
    pub packets: u64,
    /// Packets given up.
    pub lost: u64,
    /// Packets that came after they had been given up.
    pub late: u64,
    /// Packets received twice.
    pub duplicate: u64,
    /// Frames stored.
    pub frames: u64,
}

#[derive(Debug)]
struct OpenSegment {
    frames: Vec<Stored>,
    bytes: usize,
    oldest_us: u64,
    newest_us: u64,
    rtp0: u32,
    rtp1: u32,
    seq0: u64,
    seq1: u64,
    ntp0: Option<u64>,
    missing: Vec<Missing>,
    last_duration: Option<u32>,
}

#[derive(Debug)]
struct Track {
    clock: Clock,
    coverage: Coverage,
    open: Option<OpenSegment>,
    /// Where the last segment ended, µs.
    t1_us: u64,
    /// Last packet of the last segment closed.
    seq_closed: u64,
    /// Last packet stored, padding behind it included.
    seq_last: u64,
    frames: u64,
    ticks_last: u64,
    /// Ticks between the last two frames.
    step: Option<u32>,
    key_us: u64,
    drifting_since_us: Option<u64>,
    /// The track ends when the next one can begin.
    ending: Option<EndReason>,
}

/// The machine of one take: see the module's text.
#[derive(Debug)]
pub struct Segmenter {
    config: Config,
    now_us: u64,
    packet_us: u64,
    ssrc: Option<u32>,
    reorder: Reorder,
    assembler: Assembler,
    track: Option<Track>,
    missing: Vec<Missing>,
    /// Frames from here on may refer to missing ones.
    broken: bool,
    told: Option<Reason>,
    asked_us: Option<u64>,
    stats: Stats,
    out: VecDeque<Output>,
}

impl Segmenter {
    /// Waits for the first packet.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            now_us: 0,
            packet_us: 0,
            ssrc: None,
            reorder: Reorder::default(),
            assembler: Assembler::new(config.codec),
            track: None,
            missing: Vec::new(),
            broken: true,
            told: None,
            asked_us: None,
            stats: Stats::default(),
            out: VecDeque::new(),
        }
    }

    /// A received packet, in order of arrival. Arrival moves the machine's clock.
    pub fn push(&mut self, packet: Packet) {
        self.stats.packets += 1;
        self.advance(packet.arrival_us);
        self.packet_us = self.now_us;
        if self.ssrc.is_some_and(|ssrc| ssrc != packet.ssrc) {
            self.renew(EndReason::SourceChanged);
        }
        self.ssrc = Some(packet.ssrc);
        if packet.red {
            // What cannot be opened stays a hole.
            for inner in red::open(&packet).unwrap_or_default() {
                let repeated = inner.seq != packet.seq;
                self.insert(inner, repeated);
            }
        } else {
            self.insert(packet, false);
        }
        self.synchronise();
        if !self.reorder.has_begun() {
            let now_us = self.now_us;
            self.with_coverage(|coverage| coverage.undecodable(now_us));
        }
        self.drain();
        self.ask();
    }

    /// Time passes: holes are given up, segments close, stalls are noticed.
    pub fn tick(&mut self, now_us: u64) {
        self.advance(now_us);
        let undecided_us = self.undecided_us();
        if let Some(track) = &mut self.track {
            track.coverage.tick(self.now_us, undecided_us);
        }
        self.collect();
        self.ask();
    }

    /// Arrival of the oldest packet of the segment that is open, µs.
    pub fn oldest_us(&self) -> Option<u64> {
        self.track
            .as_ref()?
            .open
            .as_ref()
            .map(|open| open.oldest_us)
    }

    /// A segment waits to be polled.
    pub fn has_segment(&self) -> bool {
        self.out
            .iter()
            .any(|output| matches!(output, Output::Segment(_)))
    }

    /// Closes the open segment, before its time perhaps, so that it is committed with others.
    ///
    /// Not while older packets wait: the next segment would reach back behind this one. Those
    /// packets leave before this segment is late, and take it with them.
    pub fn close(&mut self) {
        let undecided_us = self.undecided_us();
        if self
            .oldest_us()
            .is_some_and(|oldest| undecided_us.is_none_or(|us| us >= oldest))
        {
            self.close_segment();
        }
    }

    /// Packets of this take were dropped before they came here.
    pub fn overloaded(&mut self, now_us: u64) {
        self.with_coverage(|coverage| coverage.overloaded(now_us));
    }

    /// What the shell knows about the source: the reason of a stall, should one come or last.
    pub fn tell(&mut self, now_us: u64, reason: Option<Reason>) {
        self.told = reason;
        self.with_coverage(|coverage| coverage.tell(now_us, reason));
    }

    /// The take is over: everything that waits is stored, what is missing is declared.
    pub fn end(&mut self, now_us: u64, reason: EndReason) {
        self.advance(now_us);
        while self.give_up() {}
        self.close_segment();
        self.finish_track(self.now_us, reason);
    }

    /// Counters since the take began.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// The next thing to do, in order.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn insert(&mut self, packet: Packet, repeated: bool) {
        match self.reorder.insert(packet.clone()) {
            Inserted::Queued => {}
            Inserted::Duplicate if repeated => {}
            Inserted::Duplicate => self.stats.duplicate += 1,
            Inserted::Late if repeated => {}
            Inserted::Late => self.stats.late += 1,
            Inserted::Renumbered => {
                self.renew(EndReason::SourceChanged);
                self.reorder.insert(packet);
            }
        }
    }

    /// Before the stream has begun: begin with the first packet that a random access point begins with.
    fn synchronise(&mut self) {
        if self.reorder.has_begun() {
            return;
        }
        let codec = self.config.codec;
        let start = self
            .reorder
            .first(|packet| depacketise::starts_random_access(codec, &packet.payload));
        if let Some(seq) = start {
            self.reorder.begin(seq);
            self.broken = false;
        }
    }

    fn advance(&mut self, now_us: u64) {
        self.now_us = self.now_us.max(now_us);
        if !self.reorder.has_begun() {
            self.reorder
                .forget_before(self.now_us.saturating_sub(REPAIR_AGE_US));
            return;
        }
        let mut flush = false;
        while self.reorder.is_over_full()
            || self
                .undecided_us()
                .is_some_and(|us| self.now_us - us >= REPAIR_AGE_US)
        {
            if !self.give_up() {
                break;
            }
            flush = true;
        }
        let due = self
            .oldest_us()
            .is_some_and(|oldest| self.now_us - oldest >= SEGMENT_AGE_US);
        if flush || due {
            self.close();
        }
    }

    /// Gives up the first hole, or the end of the frame that is arriving. False if nothing waits.
    fn give_up(&mut self) -> bool {
        if let Some(missing) = self.reorder.skip() {
            self.stats.lost += missing.count;
            self.missing.push(missing);
            self.assembler.hole();
        } else if self.assembler.oldest_us().is_some() {
            self.assembler.abandon();
        } else {
            return false;
        }
        self.drain();
        true
    }

    /// Arrival of the oldest packet that is in no segment yet but may come into one, µs.
    fn undecided_us(&self) -> Option<u64> {
        [self.reorder.oldest_us(), self.assembler.oldest_us()]
            .into_iter()
            .flatten()
            .min()
    }

    fn drain(&mut self) {
        while let Some(packet) = self.reorder.pop() {
            if packet.payload.is_empty() {
                self.padding(packet.seq);
            }
            self.assembler.push(&packet);
            while let Some(assembled) = self.assembler.poll() {
                self.judge(assembled);
            }
        }
        while let Some(assembled) = self.assembler.poll() {
            self.judge(assembled);
        }
        self.collect();
    }

    /// Padding directly behind the last stored packet leaves no hole.
    fn padding(&mut self, seq: u64) {
        if let Some(track) = &mut self.track
            && track.seq_last + 1 == seq
        {
            track.seq_last = seq;
            if let Some(open) = &mut track.open {
                open.seq1 = seq;
            }
        }
    }

    fn judge(&mut self, assembled: Assembled) {
        match assembled {
            Assembled::Frame(frame) => self.accept(frame),
            Assembled::Lost { at_us } => {
                let at_us = self.reorder.oldest_us().map_or(at_us, |us| us.min(at_us));
                // Sound recovers with the next packet; a picture with the next random access point.
                if self.config.codec.kind() == Kind::Video {
                    self.broken = true;
                    self.with_coverage(|coverage| coverage.undecodable(at_us));
                }
            }
        }
    }

    fn accept(&mut self, frame: Frame) {
        let Some(track) = &mut self.track else {
            if frame.random_access {
                self.start_track(frame);
            } else {
                self.broken = true;
            }
            return;
        };
        let placed = track.clock.place(frame.rtp, frame.oldest_us);
        if placed.leapt && track.ending.is_none() {
            self.suspend(EndReason::ClockDrift);
        } else if placed.drift_us.unsigned_abs() > DRIFT_US_MAX {
            let since_us = *track.drifting_since_us.get_or_insert(frame.oldest_us);
            if frame.random_access || frame.oldest_us.saturating_sub(since_us) > DRIFT_WAIT_US {
                self.suspend(EndReason::ClockDrift);
            }
        } else {
            track.drifting_since_us = None;
        }
        match &self.track {
            Some(Track { ending: None, .. }) => self.store(frame, placed.ticks),
            Some(_) if frame.random_access => self.start_track(frame),
            Some(_) => self.with_coverage(|coverage| coverage.undecodable(frame.newest_us)),
            None => {}
        }
    }

    fn start_track(&mut self, frame: Frame) {
        let t0_us = frame.oldest_us;
        let was_stalled = self
            .track
            .as_ref()
            .is_some_and(|track| track.coverage.is_stalled());
        if let Some(reason) = self.track.as_ref().and_then(|track| track.ending) {
            self.finish_track(t0_us, reason);
        }
        self.track = Some(Track {
            clock: Clock::new(self.config.clock_hz, frame.rtp, t0_us),
            coverage: Coverage::new(t0_us, self.config.gap_tolerance_us, self.told),
            open: None,
            t1_us: t0_us,
            seq_closed: frame.seq_first.wrapping_sub(1),
            seq_last: frame.seq_first.wrapping_sub(1),
            frames: 0,
            ticks_last: 0,
            step: None,
            key_us: t0_us,
            drifting_since_us: None,
            ending: None,
        });
        self.missing.clear();
        self.out.push_back(Output::Started(Start {
            t0_us,
            ssrc: self.ssrc.unwrap_or_default(),
            parameters: frame.parameters.clone(),
        }));
        if was_stalled {
            self.out.push_back(Output::Coverage(Change::Flowing));
        }
        self.store(frame, 0);
    }

    fn store(&mut self, frame: Frame, ticks: i64) {
        // A frame that was repaired was sent before those that waited for it.
        let sent_by_us = self
            .reorder
            .oldest_us()
            .map_or(frame.oldest_us, |us| us.min(frame.oldest_us));
        let Some(track) = &mut self.track else { return };
        self.stats.frames += 1;
        if frame.random_access {
            self.broken = false;
            track.key_us = frame.newest_us;
        }
        let adjoins = frame.seq_first == track.seq_last.wrapping_add(1);
        if self.broken {
            track.coverage.undecodable(frame.newest_us);
        } else {
            track.coverage.good(sent_by_us, frame.newest_us, adjoins);
        }

        // Containers want growing decode times; WebRTC sends no reordered frames (RFC 7742 §6.2, no B-frames).
        let at = ticks
            .max(0)
            .cast_unsigned()
            .max(track.ticks_last + u64::from(track.frames > 0));
        let step = u32::try_from(at - track.ticks_last).unwrap_or(u32::MAX);
        let open = track.open.get_or_insert_with(|| OpenSegment {
            frames: Vec::new(),
            bytes: 0,
            oldest_us: frame.oldest_us,
            newest_us: frame.newest_us,
            rtp0: frame.rtp,
            rtp1: frame.rtp,
            // Padding between the segments belongs to this one.
            seq0: if adjoins {
                track.seq_closed.wrapping_add(1)
            } else {
                frame.seq_first
            },
            seq1: frame.seq_last,
            ntp0: frame
                .sender
                .map(|sender| sender.ntp_at(frame.rtp, self.config.clock_hz)),
            missing: Vec::new(),
            last_duration: None,
        });
        if let Some(last) = open.frames.last_mut() {
            last.duration = step;
        }
        if track.frames > 0 {
            track.step = Some(step);
        }
        track.frames += 1;
        open.missing.append(&mut self.missing);
        open.oldest_us = open.oldest_us.min(frame.oldest_us);
        open.newest_us = open.newest_us.max(frame.newest_us);
        open.rtp1 = frame.rtp;
        open.seq1 = frame.seq_last;
        open.bytes += frame.data.len();
        open.last_duration = frame.duration;
        open.frames.push(Stored {
            ticks: at,
            duration: 0,
            random_access: frame.random_access,
            data: frame.data,
        });
        track.ticks_last = at;
        track.seq_last = frame.seq_last;
        if open.bytes > SEGMENT_BYTES_MAX {
            self.close();
        }
    }

    fn close_segment(&mut self) {
        let undecided_us = self.undecided_us();
        let Some(track) = &mut self.track else { return };
        let Some(mut open) = track.open.take() else {
            return;
        };
        if let Some(last) = open.frames.last_mut() {
            let likely = open
                .last_duration
                .or(track.step.filter(|&step| step < self.config.clock_hz));
            last.duration = likely.unwrap_or(self.config.clock_hz / 30);
        }
        // Nothing longer than the tolerance is passed over: that is a gap, and declared.
        let tolerable_us = open.newest_us + self.config.gap_tolerance_us;
        let t1_us = undecided_us
            .filter(|&us| us <= tolerable_us)
            .unwrap_or(open.newest_us)
            .max(open.oldest_us);
        let adjoins = open.seq0 == track.seq_closed.wrapping_add(1);
        track
            .coverage
            .segment(track.t1_us, open.oldest_us, t1_us, adjoins);
        track.t1_us = t1_us;
        track.seq_closed = open.seq1;
        let lost = open.missing.iter().map(|m| m.count).sum();
        open.missing.truncate(MISSING_RANGES_MAX);
        self.out.push_back(Output::Segment(Segment {
            frames: open.frames,
            t0_us: open.oldest_us,
            t1_us,
            rtp0: open.rtp0,
            rtp1: open.rtp1,
            seq0: open.seq0,
            seq1: open.seq1,
            ntp0: open.ntp0,
            lost,
            missing: open.missing,
        }));
    }

    /// The sender numbers anew: what came before is complete, the next track begins when it can.
    fn renew(&mut self, reason: EndReason) {
        while self.give_up() {}
        self.suspend(reason);
        self.reorder = Reorder::default();
        self.assembler = Assembler::new(self.config.codec);
        self.missing.clear();
    }

    fn suspend(&mut self, reason: EndReason) {
        self.close_segment();
        if let Some(track) = &mut self.track {
            track.ending.get_or_insert(reason);
            self.broken = true;
        }
    }

    fn finish_track(&mut self, now_us: u64, reason: EndReason) {
        self.collect();
        let Some(mut track) = self.track.take() else {
            return;
        };
        let t1_us = track.coverage.finish(now_us).max(track.t1_us);
        while let Some(change) = track.coverage.poll() {
            self.out.push_back(Output::Coverage(change));
        }
        self.out.push_back(Output::Ended { t1_us, reason });
    }

    fn with_coverage(&mut self, change: impl FnOnce(&mut Coverage)) {
        if let Some(track) = &mut self.track {
            change(&mut track.coverage);
        }
        self.collect();
    }

    fn collect(&mut self) {
        if let Some(track) = &mut self.track {
            while let Some(change) = track.coverage.poll() {
                self.out.push_back(Output::Coverage(change));
            }
        }
    }

    /// Asks for a keyframe where one is needed and packets are coming.
    fn ask(&mut self) {
        let is_video = self.config.codec.kind() == Kind::Video;
        let silent =
            self.ssrc.is_none() || self.now_us.saturating_sub(self.packet_us) > PAUSE_US_MAX;
        let wanted = match &self.track {
            None => self.broken,
            Some(track) => {
                self.broken
                    || track.drifting_since_us.is_some()
                    || self.now_us.saturating_sub(track.key_us) >= KEYFRAME_AGE_US
            }
        };
        let asked = self
            .asked_us
            .is_some_and(|us| self.now_us - us < KEYFRAME_RETRY_US);
        if is_video && wanted && !silent && !asked {
            self.asked_us = Some(self.now_us);
            self.out.push_back(Output::KeyframeWanted);
        }
    }
}
