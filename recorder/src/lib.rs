//! Records every track of a session from received RTP, without re-encoding, into append-only
//! files that a verifier can hash and any player can play.
//!
//! **Guarantees.** A segment is reported as committed only after its bytes, and the file's name,
//! are durable. What is missing from a track is declared as a gap. The media thread never waits:
//! what the recorder cannot take is dropped, counted and becomes a gap.
//!
//! **Refuses to know** rooms, people, the log and the network: it is handed packets with their
//! arrival times, and hands back the bodies of log entries.
//!
//! Start reading at [`segment`]: the machine of one take. [`depacketise`], [`timeline`] and
//! [`coverage`] are its parts, all pure. With the feature `shell`, `take` joins it to a file
//! (`disk`) by a container (`mux`), and `engine` runs many takes on a few threads.

#![deny(unsafe_code)]

pub mod coverage;
pub mod depacketise;
mod error;
pub mod limits;
mod packet;
mod report;
pub mod segment;
pub mod timeline;

#[cfg(feature = "shell")]
pub mod disk;
#[cfg(feature = "shell")]
mod engine;
#[cfg(feature = "shell")]
pub mod mux;
#[cfg(feature = "shell")]
mod take;

pub use coverage::Reason;
#[cfg(feature = "shell")]
pub use engine::{
    Config, Engine, Full, Recorder, RecorderHandle, Refused, SessionClock, TakeSpec, Tap,
};
pub use error::Malformed;
pub use packet::{Codec, Kind, Packet, SenderReport};
pub use report::{Failure, Report};
pub use segment::{EndReason, Stats};
