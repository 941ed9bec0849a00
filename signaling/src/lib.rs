//! Signalling: who is connected, who calls whom, who is in a session.
//!
//! # Guarantees
//!
//! * A message between client and server is processed **once and in order**, however often and wherever the link is
//!   cut, or the resume is refused clearly and both sides begin afresh ([`resume`], [`hub`], [`client`]).
//! * A call rings at one seat at a time and is answered by one; every offer, miss and refusal is a fact for the
//!   session's log ([`dispatch`]).
//! * A participant is *joined* only when everything they must send has arrived, and one person is in a session once
//!   ([`room`]).
//!
//! # What it refuses to know
//!
//! Procedures, law, media, and (without the feature `shell`) sockets, tasks, clocks and randomness: every machine is
//! told the time and polled for what follows.
//!
//! # Where to start
//!
//! [`protocol`] is the contract with clients. [`resume`] is one direction of a stream, [`hub`] the server's
//! connections, [`client`] the other end. [`dispatch`] and [`room`] are what the connections are for. [`limits`] has every
//! number, [`error`] every refusal. [`ws`] puts sockets around it.

pub mod client;
pub mod dispatch;
pub mod error;
pub mod hub;
pub mod limits;
pub mod protocol;
pub mod resume;
pub mod room;
#[cfg(feature = "shell")]
pub mod ws;

pub use error::{DispatchError, Error, ResumeError, RoomError};
