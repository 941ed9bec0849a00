//! The evidence format: what is written, what is signed, and what a verifier believes.
//!
//! Guarantees: bytes that this crate builds are bytes that it accepts, and every altered bit of an export is found.
//! Refuses to know: files, clocks, threads, sockets, randomness. Times, salts and keys are arguments; who verifies
//! reads through a small trait.
//!
//! Start reading at [`chain`] (what may be the next line of a log), then [`checkpoint`] (what is signed about it).

pub mod bag;
pub mod body;
pub mod canonical;
pub mod chain;
pub mod checkpoint;
pub mod merkle;
pub mod note;
pub mod path;
pub mod private;
pub mod proof;
pub mod receipt;
pub mod recover;
pub mod seal;
#[cfg(feature = "timestamps")]
pub mod timestamp;
pub mod trust;
pub mod verify;

mod digest;
mod entry;
mod error;

pub use chain::{Chain, Line};
pub use digest::Digest;
pub use entry::{Actor, Draft, Entry, VERSION};
pub use error::Error;
