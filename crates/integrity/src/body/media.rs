//! Tracks, segments, gaps, and what a device recorded itself.

use std::num::NonZeroU64;

use ids::{ParticipantId, TrackId};
use serde::{Deserialize, Serialize};

use super::present;
use crate::Digest;

/// `track.started`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackStarted {
    /// The track.
    pub track: TrackId,
    /// Whose.
    pub participant: ParticipantId,
    /// `video` or `audio`.
    pub kind: String,
    /// E.g. `VP8`, `H264`, `opus`.
    pub codec: String,
    /// The RTP clock's rate.
    pub clock_hz: NonZeroU64,
    /// RTP synchronisation source.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub ssrc: Option<u64>,
    /// When its media begins, µs of `mono`.
    pub t0_us: u64,
}

/// `segment.committed`: at most 500 ms of one track that are durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentCommitted {
    /// The track.
    pub track: TrackId,
    /// 0, 1, … in the track.
    pub idx: u64,
    /// `media/<track>/<name>`.
    pub file: String,
    /// Where it begins in the file.
    pub off: u64,
    /// Its length.
    pub bytes: u64,
    /// Digest of its bytes.
    pub sha256: Digest,
    /// SM3 of its bytes.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub sm3: Option<Digest>,
    /// Arrival of its first packet, µs of `mono`.
    pub t0_us: u64,
    /// Arrival of its last packet, or of the next segment's first where known, µs of `mono`.
    pub t1_us: u64,
    /// RTP timestamp of its first packet.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub rtp0: Option<u64>,
    /// RTP timestamp of its last packet.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub rtp1: Option<u64>,
    /// RTP sequence number of its first packet, 0–65535.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub seq0: Option<u64>,
    /// RTP sequence number of its last packet, 0–65535.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub seq1: Option<u64>,
    /// The sender's 64-bit NTP time of its first packet, 16 hex characters.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub ntp0: Option<String>,
    /// Frames of picture or sound.
    pub frames: u64,
    /// Whether it starts at a random access point.
    pub key: bool,
    /// Packets that never came.
    pub lost: u64,
    /// Which: runs of first sequence number and count.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub missing: Option<Vec<(u64, u64)>>,
    /// Found on disk after a crash, before its entry was written.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub recovered: Option<bool>,
}

/// `media.gap`: a span in which there is nothing to see or hear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaGap {
    /// The track.
    pub track: TrackId,
    /// Begin, µs of `mono`.
    pub t0_us: u64,
    /// End, µs of `mono`.
    pub t1_us: u64,
    /// `ice_disconnected`, `muted`, `hold`, `no_rtp`, `undecodable`, `disk`, `crash`, ….
    pub reason: String,
}

/// `track.ended`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackEnded {
    /// The track.
    pub track: TrackId,
    /// Segments committed.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When its media ended, µs of `mono`.
    pub t1_us: u64,
    /// Why.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub reason: Option<String>,
}

/// A piece of media that a device recorded while the network was down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The device's own number for it.
    pub idx: u64,
    /// Its length.
    pub bytes: u64,
    /// Digest of its bytes.
    pub sha256: Digest,
    /// Begin, µs of `mono`.
    pub t0_us: u64,
    /// End, µs of `mono`.
    pub t1_us: u64,
}

/// `device.committed`: what a device holds, promised live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCommitted {
    /// The track it will fill.
    pub track: TrackId,
    /// The pieces; the first of an `idx` stands.
    pub chunks: Vec<Chunk>,
}

/// `backfill.received`: a promised piece has been uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackfillReceived {
    /// The track it fills.
    pub track: TrackId,
    /// The device's number.
    pub idx: u64,
    /// `backfill/<track>/<name>`.
    pub file: String,
    /// Where it begins in the file.
    pub off: u64,
    /// Its length.
    pub bytes: u64,
    /// Digest of its bytes.
    pub sha256: Digest,
    /// SM3 of its bytes.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub sm3: Option<Digest>,
    /// Begin, µs of `mono`.
    pub t0_us: u64,
    /// End, µs of `mono`.
    pub t1_us: u64,
}
