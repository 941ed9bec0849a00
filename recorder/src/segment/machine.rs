//! The machine: order, deadlines, tracks.

use std::collections::VecDeque;

use super::track::{Losses, Track};
use super::{Config, EndReason, Output, Start, Stats};
use crate::coverage::{Change, Coverage, Reason};
use crate::depacketise::{self, Assembled, Assembler, Frame, red};
use crate::limits::{
    DRIFT_US_MAX, DRIFT_WAIT_US, KEYFRAME_AGE_US, KEYFRAME_RETRY_US, PAUSE_US_MAX, REPAIR_AGE_US,
    SEGMENT_AGE_US, SEGMENT_BYTES_MAX,
};
use crate::packet::{Kind, Packet};
use crate::timeline::{Inserted, Reorder};

/// The machine of one take: see the module's text.
#[derive(Debug)]
pub struct Segmenter {
    config: Config,
    now_us: u64,
    packet_us: u64,
    ssrc: Option<u32>,
    /// No track has begun since the first packet came, and whether that has been told.
    waiting: Option<(u64, bool)>,
    reorder: Reorder,
    assembler: Assembler,
    track: Option<Track>,
    losses: Losses,
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
            waiting: None,
            reorder: Reorder::default(),
            assembler: Assembler::new(config.codec),
            track: None,
            losses: Losses::default(),
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
        if self.ssrc.is_none() {
            self.waiting = Some((self.now_us, false));
        }
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
        if let Some((since_us, told @ false)) = &mut self.waiting
            && self.now_us.saturating_sub(*since_us) > PAUSE_US_MAX
        {
            *told = true;
            let (since_us, reason) = (*since_us, Reason::Undecodable);
            self.out
                .push_back(Output::Coverage(Change::Stalled { since_us, reason }));
        }
        self.collect();
        self.ask();
    }

    /// Arrival of the oldest packet of the segment that is open, µs.
    pub fn oldest_us(&self) -> Option<u64> {
        self.track.as_ref()?.oldest_us()
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
        if self.reorder.is_renumbered(packet.seq) {
            self.renew(EndReason::SourceChanged);
        }
        match self.reorder.insert(packet) {
            Inserted::Duplicate if !repeated => self.stats.duplicate += 1,
            Inserted::Late if !repeated => self.stats.late += 1,
            Inserted::Queued | Inserted::Duplicate | Inserted::Late => {}
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
            self.losses.note(missing);
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
            if packet.payload.is_empty()
                && let Some(track) = &mut self.track
            {
                track.padding(packet.seq);
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
        let was_stalled = match self.waiting.take() {
            Some((_, told)) => told,
            None => self
                .track
                .as_ref()
                .is_some_and(|track| track.coverage.is_stalled()),
        };
        if let Some(reason) = self.track.as_ref().and_then(|track| track.ending) {
            self.finish_track(t0_us, reason);
        }
        self.track = Some(Track::new(self.config, &frame, self.told));
        self.losses = Losses::default();
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
        if self.broken {
            track.coverage.undecodable(frame.newest_us);
        } else {
            let adjoins = track.adjoins(&frame);
            track.coverage.good(sent_by_us, frame.newest_us, adjoins);
        }
        track.store(frame, ticks, &mut self.losses);
        if track.bytes() > SEGMENT_BYTES_MAX {
            self.close();
        }
    }

    fn close_segment(&mut self) {
        let undecided_us = self.undecided_us();
        let segment = self
            .track
            .as_mut()
            .and_then(|track| track.close(undecided_us));
        self.out.extend(segment.map(Output::Segment));
    }

    /// The sender numbers anew: what came before is complete, the next track begins when it can.
    fn renew(&mut self, reason: EndReason) {
        while self.give_up() {}
        self.suspend(reason);
        self.reorder = Reorder::default();
        self.assembler = Assembler::new(self.config.codec);
        self.losses = Losses::default();
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
        let t1_us = track.finish(now_us);
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
