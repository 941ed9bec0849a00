//! Signalling of calls and sessions.

pub mod protocol;
