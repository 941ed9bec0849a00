//! Every limit and every clock of this crate, in one place.

use std::time::Duration;

/// A client pings so often.
pub const SOCKET_PING: Duration = Duration::from_secs(5);
/// A socket that carried nothing for so long is dead, on either side.
pub const SOCKET_DEAD: Duration = Duration::from_secs(12);
/// The first frame of a socket comes within this time.
pub const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// A connection without a socket can be resumed for so long.
pub const DETACHED_MAX: Duration = Duration::from_secs(60);
/// Pauses before the first, second, … attempt to reconnect; the last one repeats for as long as the call is open.
pub const RECONNECT: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(7),
];

/// A text frame has at most so many bytes.
pub const FRAME_BYTES_MAX: usize = 128 * 1024;
/// An SDP offer has at most so many bytes.
pub const SDP_BYTES_MAX: usize = 64 * 1024;
/// A device's name has at most so many bytes.
pub const DEVICE_BYTES_MAX: usize = 64;
/// So many messages wait for their acknowledgement at most. A minute of two messages a second for each of
/// eight sessions fits.
pub const OUTBOX_MESSAGES_MAX: usize = 1024;
/// So many encoded bytes wait for their acknowledgement at most.
pub const OUTBOX_BYTES_MAX: usize = 1024 * 1024;
/// After so many messages received a client acknowledges without waiting for its next ping.
pub const ACKNOWLEDGE_EVERY: u64 = 64;
/// So many messages of one connection wait for the application before its socket is read no further.
pub const MESSAGES_PENDING_MAX: usize = 64;
/// So many events of one connection wait for the application before a resume is refused with `busy`.
pub const EVENTS_PENDING_MAX: usize = 2 * MESSAGES_PENDING_MAX;
/// Connections in all, attached or awaited.
pub const CONNECTIONS_MAX: usize = 10_000;
/// Connections of one person; one more replaces the oldest.
pub const CONNECTIONS_EACH_MAX: usize = 8;

/// A call rings so long at one seat.
pub const RING: Duration = Duration::from_secs(20);
/// A seat that declined a call, or let it ring, is not offered the same call again before this time, even when
/// it is the only one.
pub const RING_AGAIN: Duration = Duration::from_secs(10);
/// A seat that was gone for less than this takes calls again when it is back, if it did before.
pub const WISH_KEPT: Duration = Duration::from_secs(600);
/// Waiting calls at most.
pub const QUEUE_MAX: usize = 500;
/// Seats at most.
pub const SEATS_MAX: usize = 500;

/// Something that must be sent and is silent for so long makes its sender suspect: advice on the screen.
pub const MEDIA_SUSPECT: Duration = Duration::from_secs(2);
/// … and for so long, interrupted. The client restarts ICE at the same moment, 2 s after suspicion.
pub const MEDIA_INTERRUPTED: Duration = Duration::from_secs(4);
/// A participant whose socket is gone for so long is interrupted even though media flows: they can't act.
pub const LINK_INTERRUPTED: Duration = Duration::from_secs(5);
/// A session that nobody is in for so long is abandoned.
pub const ABANDONED: Duration = Duration::from_secs(15 * 60);
/// A client may skip so many numbers of its `RTCPeerConnection`s (attempts that never came to an offer).
pub const CONNECTION_SKIP_MAX: u32 = 16;
/// Participants of one session at most.
pub const PARTICIPANTS_MAX: usize = 32;
