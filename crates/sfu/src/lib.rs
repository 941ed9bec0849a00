//! Selective forwarding of live media, as a pure machine.
//!
//! A [`Worker`] owns many rooms and everybody in them: datagrams and commands go in by
//! [`Worker::handle`], everything that has to happen comes out of [`Worker::poll`]. It never reads a
//! clock, opens a socket or starts a thread, and it shares nothing: one thread runs one worker.
//!
//! # What it guarantees
//!
//! * Everyone in a room is offered everyone else's sound and picture, whatever the order of joining and
//!   leaving, over one connection per participant.
//! * Every media packet that passes SRTP authentication leaves once as [`Output::Packet`], in order of
//!   arrival, before anything is rewritten, with retransmissions already resolved to the original. Nothing
//!   that happens to a viewer can hold it back.
//! * What an attacker without keys sends costs a hash look-up. What a faulty peer does ends that peer only.
//! * Every table is bounded by a value in [`limits`].
//!
//! # What it refuses to know
//!
//! People, sessions, roles and recording. A room is named by the session's [`ids::Sid`], a connection by a
//! [`PeerId`] of the caller's choice. It never logs: facts leave as [`Event`]s.
//!
//! # Signalling
//!
//! The server is an ICE-lite answerer (RFC 8445 §2.5): only clients offer. When a client should have more
//! receiving m-lines, or another codec first, it is asked by [`Event::PleaseOffer`].
//!
//! Start reading at [`Worker`], then `worker/forward.rs` (the packet path) and `slots.rs` (who is seen where).

mod address;
mod answer;
mod capture;
mod demux;
mod error;
mod event;
mod keyframe;
pub mod limits;
mod peer;
mod rebase;
mod slots;
mod timers;
mod worker;

pub use error::{GoneReason, RejectReason, SetupError};
pub use event::{
    Answer, Codec, Command, Event, Input, Kind, Output, Packet, PeerId, PeerStats, Remote,
    RequestId, SenderReport, SlotSource, SlotView, Track, TrackKey, Transmit, Transport,
};
pub use str0m::media::Mid;
pub use worker::{Config, Worker};
