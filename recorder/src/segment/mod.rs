//! One take as a machine: packets in, segments to commit and the gap map out.
//!
//! Time comes in with the calls, as µs of the session's monotonic clock. The rules it keeps, so
//! that what it puts out passes a verifier by construction:
//!
//! * a segment closes when its oldest packet is 450 ms old, or at once when frames that waited
//!   700 ms for a repair join it;
//! * a segment's `t1_us` never passes the arrival of a packet that the next one will hold;
//! * media and declared gaps leave no hole above the tolerance between a track's start and end.

mod machine;
mod track;

pub use machine::Segmenter;

use crate::coverage::Change;
use crate::depacketise::VideoParameters;
use crate::packet::Codec;
use crate::timeline::Missing;

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
    /// The coverage of the current track changed; or nothing that can be decoded has come since the
    /// first packet, and no track could begin.
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
    /// Where, up to [`crate::limits::MISSING_RANGES_MAX`] holes.
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
