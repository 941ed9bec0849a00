//! The law as data, and a pure state machine that holds everyone to it.
//!
//! A [`Case`] is a fold over [`Event`]s, one for each entry of the session's log. What somebody wants to do is an [`Act`];
//! [`Case::decide`] answers with the events to write, or with a [`Refusal`] that says in plain words what to do and
//! which article asks for it. The caller appends the events to the log and only then calls [`Case::apply`]; after
//! a restart the same fold over the log gives the same case.
//!
//! What it guarantees: steps go forward only; nothing is decided without sound recording, a notice read to its end, a
//! heard or waived defence and the seat's approval; a decision never changes; personal data never stands in an entry's
//! body. What it refuses to know: clocks, files, networks, media, typesetting. All it needs from outside
//! is in the [`Context`].
//!
//! One turn of the caller, which is the sole owner of a case:
//!
//! ```
//! use casework::{Act, Case, Context, Event, Refusal, Stamp};
//!
//! fn turn(
//!     case: &mut Case<'_>,
//!     act: &Act,
//!     context: &Context,
//!     append: impl Fn(casework::Entry) -> Stamp,
//! ) -> Result<(), Refusal> {
//!     for event in case.decide(act, context)? {
//!         // Durable first: the stamp is the time, clock and actor of the line just written.
//!         let stamp = event.entry().map(&append).expect("decide gives entries of this crate's only");
//!         case.apply(&event, &stamp).expect("what was just decided follows");
//!     }
//!     Ok(())
//! }
//! ```
//!
//! Entries that the server writes itself and a case must know (`call.queued`, `call.answered`, `track.started`,
//! `media.gap`, `session.sealed`) come in by [`Event::from_entry`] and [`Case::apply`] alone, live and in replay.
//!
//! Start reading at [`procedure`] (what the law asks), then [`act`], [`event`], [`case`] and [`view`].

pub mod act;
pub mod calendar;
pub mod case;
pub mod catalogue;
pub mod context;
pub mod deadline;
pub mod document;
pub mod error;
pub mod event;
pub mod field;
mod guard;
pub mod identity;
pub mod penalty;
pub mod procedure;
pub mod script;
mod sentences;
pub mod statute;
pub mod tables;
pub mod value;
pub mod view;

pub use act::Act;
pub use case::Case;
pub use context::{Actor, Context, Role};
pub use document::DecisionDraft;
pub use error::{Refusal, TableError};
pub use event::{Entry, Event, Stamp};
pub use penalty::Penalty;
pub use procedure::Procedure;
pub use tables::Tables;
pub use view::View;

/// Bounds of everything that a client can make grow.
pub mod limits {
    /// Characters of one text field.
    pub const TEXT_CHARS_MAX: usize = 2_000;
    /// Captures of one case.
    pub const CAPTURES_MAX: usize = 500;
    /// Attempts at one step: who repeats a step more often has another problem, and leaves by an exit.
    pub const ATTEMPTS_MAX: usize = 50;
    /// Rows that a search of the catalogue returns.
    pub const SEARCH_ROWS_MAX: usize = 50;
}
