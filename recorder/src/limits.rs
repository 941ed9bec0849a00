//! Every bound of the recorder, in one place.

/// A segment is committed when its oldest packet is this old, µs.
pub const SEGMENT_AGE_US: u64 = 450_000;
/// Frames behind a hole wait for its repair until the first of them is this old, µs.
pub const REPAIR_AGE_US: u64 = 700_000;
/// When one take of a session commits, so do the others whose oldest packet is this old, µs:
/// their clocks fall into step, and one entry of the log's group commit carries them all.
pub const GROUP_AGE_US: u64 = 225_000;
/// A pause of at most this length in which nothing was lost is media (low frame rate, DTX), µs.
pub const PAUSE_US_MAX: u64 = 1_000_000;
/// A gap that lasts is reported in pieces of this length, µs.
pub const GAP_PIECE_US: u64 = 10_000_000;
/// RTP time further from arrival time than this ends the track, µs.
pub const DRIFT_US_MAX: u64 = 2_000_000;
/// How long a drifting track waits for a random access point to start the next one at, µs.
pub const DRIFT_WAIT_US: u64 = 1_000_000;
/// A keyframe is asked for when the last one is this old, µs; one is then there every five seconds.
pub const KEYFRAME_AGE_US: u64 = 4_500_000;
/// A wanted keyframe is asked for again after this long, µs.
pub const KEYFRAME_RETRY_US: u64 = 500_000;
/// Packets waiting behind a hole; above, the hole is given up at once.
pub const HELD_PACKETS_MAX: usize = 4_096;
/// A sequence number this far behind is a new numbering, not a late packet.
pub const LATE_SEQ_MAX: u64 = 1 << 15;
/// Bytes of one frame; a larger one is treated as damaged.
pub const FRAME_BYTES_MAX: usize = 4 << 20;
/// Bytes of one segment; above, it is committed early.
pub const SEGMENT_BYTES_MAX: usize = 8 << 20;
/// Holes listed in one segment (`lost` counts the packets of all): keeps the line far below 64 KiB.
pub const MISSING_RANGES_MAX: usize = 256;
/// Age of a file, by its first packet, at which the track's next one begins, µs.
pub const FILE_AGE_US: u64 = 60_000_000;
/// Files of one track; the last one grows on, because a fourth digit would sort before the third.
pub const FILES_MAX: u32 = 1_000;
/// Packets between the media thread and the recorder, for one take.
pub const TAP_PACKETS_MAX: usize = 512;
/// Commands waiting for one recorder thread.
pub const COMMANDS_MAX: usize = 1_024;
/// Characters of a take's name: leaves room for the numbers of the tracks that succeed it.
pub const TAKE_NAME_MAX: usize = 34;
/// How often a recorder thread looks at its takes, µs.
pub const TICK_US: u64 = 25_000;
