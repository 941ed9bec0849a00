//! Every bound of this crate, each reached by a test.

use std::time::Duration;

/// Peers on one worker, joined or connected.
pub const PEERS_MAX: usize = 4096;

/// Peers in one room.
pub const ROOM_PEERS_MAX: usize = 12;

/// m-lines on which one peer may send.
pub const PEER_SOURCES_MAX: usize = 4;

/// m-lines in one offer: what a full room takes ([`ROOM_PEERS_MAX`] − 1 others with [`PEER_SOURCES_MAX`]
/// each), the peer's own, and a few that were stopped and not yet recycled (RFC 8829 §5.2.2).
pub const OFFER_LINES_MAX: usize = (ROOM_PEERS_MAX - 1) * PEER_SOURCES_MAX + PEER_SOURCES_MAX + 16;

/// Length of an offer.
pub const OFFER_BYTES_MAX: usize = 256 * 1024;

/// Remote addresses remembered for one peer; the oldest goes first.
pub const PEER_ADDRESSES_MAX: usize = 16;

/// Addresses one ICE generation may introduce as candidate pairs. Beyond it a new address can only take
/// the place of the current one.
pub const GENERATION_ADDRESSES_MAX: usize = 64;

/// A new address that proves itself replaces the current one when that has been silent for this long.
/// Senders and receivers of media say something at least every 100 ms.
pub const ADDRESS_SILENT_MIN: Duration = Duration::from_millis(500);

/// A peer of whom nothing was heard for this long is taken for disconnected: browsers check at least every
/// 5 s (RFC 7675 §5.1), so three checks were lost.
pub const PEER_SILENT_MAX: Duration = Duration::from_secs(15);

/// A peer whose connection has been down for this long is gone. Longer than the client's own ladder
/// (restart at +2 s, new connection at +10 s), shorter than anyone's patience.
pub const PEER_DOWN_MAX: Duration = Duration::from_secs(60);

/// Keyframe requests to one source are at least this far apart, whoever asks (RFC 4585 §6.3.1 leaves the
/// rate to the sender of the feedback).
pub const KEYFRAME_INTERVAL_MIN: Duration = Duration::from_millis(500);

/// Unanswered keyframe requests are repeated this many times.
pub const KEYFRAME_REPEATS_MAX: u32 = 8;

/// A viewer waits this long for a keyframe before delta frames are let through: an encoder that refreshes
/// gradually never sends one.
pub const KEYFRAME_WAIT_MAX: Duration = Duration::from_secs(3);

/// Tracks one peer may begin. Each change of codec or source takes one; beyond this it is not a camera.
pub const PEER_TRACKS_MAX: u32 = 256;

/// What comes of a stream after another took its place is late and not a return, for so long.
pub const FORMER_STREAM_AGE_MAX: Duration = Duration::from_secs(2);

/// A track without a packet for this long is silent.
pub const TRACK_SILENT_AFTER: Duration = Duration::from_secs(1);

/// Video packets kept for answering one viewer's NACKs.
pub const RESEND_PACKETS_MAX: usize = 1024;

/// How long they are kept.
pub const RESEND_AGE_MAX: Duration = Duration::from_secs(3);

/// Share of a viewer's bytes that may be retransmissions. The stack's own 15 % starves a link that loses
/// 10 %, where some packets are lost twice.
pub const RESEND_RATIO_MAX: f32 = 0.4;

/// Steps of one peer's machine without time moving on. Reached only if it never settles; it is then
/// continued a millisecond later so that the others have their turn.
pub const DRIVE_STEPS_MAX: usize = 20_000;

/// How often a peer's statistics are refreshed.
pub const STATS_INTERVAL: Duration = Duration::from_secs(2);
