//! What the recorder is given: received RTP, after decryption and before any rewriting.

use std::sync::Arc;

/// One received RTP packet of one stream.
///
/// Every packet that was received belongs here, padding-only ones (empty payload) too: a sequence
/// number that never arrives is counted as lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Arrival, µs on the session's monotonic clock.
    pub arrival_us: u64,
    /// Sequence number, extended by the roll-overs the receiver has counted.
    pub seq: u64,
    /// RTP timestamp as sent.
    pub rtp: u32,
    /// The marker bit.
    pub marker: bool,
    /// The payload carries redundant audio data (RFC 2198) around the codec's own.
    pub red: bool,
    /// Payload without header, extensions and padding.
    pub payload: Arc<[u8]>,
    /// Synchronisation source.
    pub ssrc: u32,
    /// The newest sender report of this stream when the packet arrived.
    pub sender: Option<SenderReport>,
}

/// The clock pair of an RTCP sender report (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderReport {
    /// The sender's wall clock, 32.32 fixed point seconds since 1900.
    pub ntp: u64,
    /// The RTP timestamp of the same instant.
    pub rtp: u32,
}

impl SenderReport {
    /// The sender's wall clock at `rtp`, on a clock of `clock_hz`; right within 2³¹ ticks of the report.
    pub fn ntp_at(self, rtp: u32, clock_hz: u32) -> u64 {
        let ticks = i128::from(rtp.wrapping_sub(self.rtp).cast_signed());
        let fraction = (ticks << 32) / i128::from(clock_hz.max(1));
        // NTP seconds wrap in 2036 (RFC 5905 §6); so does this.
        self.ntp.wrapping_add(fraction as u64)
    }
}

/// Sound or picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Sound.
    Audio,
    /// Picture.
    Video,
}

impl Kind {
    /// As the log writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }
}

/// A codec the recorder can store without re-encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// H.264 by RFC 6184, packetisation modes 0 and 1, parameter sets in band (RFC 7742 §6.2).
    H264,
    /// VP8 by RFC 7741.
    Vp8,
    /// Opus by RFC 7587.
    Opus,
}

impl Codec {
    /// Sound or picture.
    pub const fn kind(self) -> Kind {
        match self {
            Self::H264 | Self::Vp8 => Kind::Video,
            Self::Opus => Kind::Audio,
        }
    }

    /// As the log writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::H264 => "H264",
            Self::Vp8 => "VP8",
            Self::Opus => "opus",
        }
    }

    /// Extension of the files that hold it.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::H264 | Self::Opus => "mp4",
            Self::Vp8 => "webm",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sender_clock_runs_both_ways_and_over_the_wrap() {
        let report = SenderReport {
            ntp: 10 << 32,
            rtp: 45_000,
        };
        assert_eq!(report.ntp_at(45_000 + 90_000, 90_000), 11 << 32);
        assert_eq!(report.ntp_at(0, 90_000), (9 << 32) | 0x8000_0000);
        let report = SenderReport {
            ntp: 10 << 32,
            rtp: u32::MAX,
        };
        assert_eq!(
            report.ntp_at(u32::MAX.wrapping_add(48_000), 48_000),
            11 << 32
        );
    }
}
