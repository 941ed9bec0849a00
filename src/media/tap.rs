//! The tap: received packets on their way from a media worker to the recorder. Never waits.
//!
//! A worker owns one [`Taps`]. A track's first packets may come before its take has been started; they wait here, within
//! a bound, and go first once [`TapControl::open`] has named the take. What cannot be taken is counted by the take and becomes
//! a `media.gap` (`overload`), so nothing is lost silently.

use std::collections::{HashMap, VecDeque};
use std::time::UNIX_EPOCH;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use recorder::{Packet, SenderReport, Tap};
use sfu::TrackKey;

use crate::clock::SessionClock;

/// What is bounded here.
pub mod limits {
    /// Packets that wait for their take: a keyframe of a large picture and half a second of the rest.
    pub const WAITING_PACKETS_MAX: usize = 512;
    /// Tracks whose packets wait for a take at one worker.
    pub const WAITING_TRACKS_MAX: usize = 256;
    /// Commands waiting for one worker.
    pub const COMMANDS_MAX: usize = 1_024;
}

enum Command {
    Open {
        track: TrackKey,
        tap: Tap,
        clock: SessionClock,
    },
    Close {
        track: TrackKey,
    },
}

/// The taps of one worker.
pub struct Taps {
    commands: Receiver<Command>,
    open: HashMap<TrackKey, (Tap, SessionClock)>,
    waiting: HashMap<TrackKey, VecDeque<sfu::Packet>>,
}

/// Opens and closes the taps of one worker, from elsewhere.
#[derive(Clone)]
pub struct TapControl {
    commands: Sender<Command>,
}

/// A worker's taps, and who controls them.
pub fn taps() -> (Taps, TapControl) {
    let (sender, receiver) = bounded(limits::COMMANDS_MAX);
    (
        Taps {
            commands: receiver,
            open: HashMap::new(),
            waiting: HashMap::new(),
        },
        TapControl { commands: sender },
    )
}

impl TapControl {
    /// From now on packets of `track` go to `tap`, with their arrival on the session's clock. Returns whether the
    /// worker could be told.
    #[must_use]
    pub fn open(&self, track: TrackKey, tap: Tap, clock: SessionClock) -> bool {
        self.commands
            .try_send(Command::Open { track, tap, clock })
            .is_ok()
    }

    /// No packet of `track` is wanted any more. Returns whether the worker could be told.
    pub fn close(&self, track: TrackKey) -> bool {
        self.commands.try_send(Command::Close { track }).is_ok()
    }
}

impl Taps {
    /// Hands a packet to its take, or keeps it until the take is there.
    pub fn push(&mut self, packet: sfu::Packet) {
        self.obey();
        if let Some((tap, clock)) = self.open.get(&packet.track) {
            give(tap, *clock, packet);
            return;
        }
        if !self.waiting.contains_key(&packet.track)
            && self.waiting.len() >= limits::WAITING_TRACKS_MAX
        {
            return;
        }
        let waiting = self.waiting.entry(packet.track).or_default();
        if waiting.len() >= limits::WAITING_PACKETS_MAX {
            // The take begins with the first frame it can decode: what is oldest is what it would miss least.
            waiting.pop_front();
        }
        waiting.push_back(packet);
    }

    /// Carries out what was asked for meanwhile. Called with every packet, and by the worker when it is idle.
    pub fn obey(&mut self) {
        loop {
            match self.commands.try_recv() {
                Ok(Command::Open { track, tap, clock }) => {
                    for packet in self.waiting.remove(&track).unwrap_or_default() {
                        give(&tap, clock, packet);
                    }
                    self.open.insert(track, (tap, clock));
                }
                Ok(Command::Close { track }) => {
                    self.open.remove(&track);
                    self.waiting.remove(&track);
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
            }
        }
    }
}

fn give(tap: &Tap, clock: SessionClock, packet: sfu::Packet) {
    let rtp = u32::try_from(packet.time & u64::from(u32::MAX)).expect("masked to 32 bits");
    let packet = Packet {
        arrival_us: clock.us_at(packet.arrival),
        seq: packet.seq,
        rtp,
        marker: packet.marker,
        red: false,
        payload: packet.payload,
        ssrc: packet.ssrc,
        sender: packet.report.map(sender_report),
    };
    if tap.push(packet).is_err() {
        // The take has counted it: the overflow is declared as a gap.
        tracing::trace!("A packet found the recorder's queue full");
    }
}

/// A sender report with its clock as 32.32 fixed point seconds since 1900 (RFC 5905 §6).
fn sender_report(report: sfu::SenderReport) -> SenderReport {
    const EPOCH_1970_S: u64 = 2_208_988_800;
    let since = report.ntp.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs().wrapping_add(EPOCH_1970_S);
    let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
    SenderReport {
        ntp: seconds << 32 | fraction,
        rtp: report.time,
    }
}
