//! What the recorder reports: bodies of log entries, and signals for the people in the call.

use std::io;

use ids::{Sid, TrackId};
use integrity::body::{MediaGap, SegmentCommitted, TrackEnded, TrackStarted};

use crate::coverage::Reason;
use crate::segment::Stats;

/// A report of the recorder.
///
/// For one session they come in this order: `Started` before the track's first `Committed`; gaps
/// of a track before its `Ended`; `Ended` after the last `Committed`; `Closed` last of all of a
/// take. `take` is the name the take was started with. Its first track has the same name; tracks
/// that succeed within it (see [`crate::EndReason`]) are `<take>_2`, `<take>_3`, ….
#[derive(Debug)]
pub enum Report {
    /// A track begins. To be logged before its first segment.
    Started {
        /// Session.
        sid: Sid,
        /// Body of `track.started`.
        body: TrackStarted,
    },
    /// Segments of one session that are durable, to be logged as one group: everything their
    /// ranges name has been synced, and so have the directories of new files.
    Committed {
        /// Session.
        sid: Sid,
        /// Bodies of `segment.committed`, per track in order.
        segments: Vec<SegmentCommitted>,
    },
    /// A span of a track is missing. To be logged. Comes when the gap closes, when the track
    /// ends, and every ten seconds while it lasts, in consecutive pieces.
    Gap {
        /// Session.
        sid: Sid,
        /// Body of `media.gap`.
        body: MediaGap,
    },
    /// Live signal: nothing correct is being recorded, for a second (half a second, where packets
    /// come but cannot be decoded), or since the take's first packet. Sent again when the reason changes.
    Stalled {
        /// Session.
        sid: Sid,
        /// Take.
        take: TrackId,
        /// Since when, µs of the session's clock.
        since_us: u64,
        /// Why, as far as is known.
        reason: Reason,
    },
    /// Live signal: the stall is over.
    Flowing {
        /// Session.
        sid: Sid,
        /// Take.
        take: TrackId,
    },
    /// A keyframe should be requested from the sender. Repeated every 500 ms while it is wanted.
    KeyframeWanted {
        /// Session.
        sid: Sid,
        /// Take.
        take: TrackId,
    },
    /// A track is over. To be logged.
    Ended {
        /// Session.
        sid: Sid,
        /// Body of `track.ended`.
        body: TrackEnded,
    },
    /// Recording failed. After [`Failure::Disk`] nothing more of this session is recorded: the
    /// `Ended` and `Closed` of all its takes follow. After the others those of the one take.
    Failed {
        /// Session.
        sid: Sid,
        /// Take.
        take: TrackId,
        /// What failed.
        failure: Failure,
    },
    /// Nothing more comes from this take.
    Closed {
        /// Session.
        sid: Sid,
        /// Take.
        take: TrackId,
        /// Its counters.
        stats: Stats,
    },
}

/// What ended a recording.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A write or sync failed; never retried, since a failed sync may have dropped the bytes.
    #[error("disk: {0}")]
    Disk(#[source] io::Error),
    /// The container refused what was received.
    #[error("container: {0}")]
    Container(String),
    /// The take's name, or a file of that name, is in use. What exists stays as it is.
    #[error("name is taken")]
    NameTaken,
}
