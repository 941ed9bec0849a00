//! The crate's errors: facts for the caller to act on, no sentences for people.

use ids::UtcMillis;

use crate::canonical::JsonError;

/// Why something was not written, signed or understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A text or file does not have its form.
    #[error("this is not {what}")]
    Malformed {
        /// The form that was expected.
        what: &'static str,
    },
    /// JSON outside the subset that evidence allows.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A body lacks a member, or a member has another type than its entry's.
    #[error("the body of {kind} is not well-formed: {detail}")]
    Schema {
        /// The entry's type.
        kind: String,
        /// The member and what is wrong with it.
        detail: String,
    },
    /// The line would be longer than a reader accepts.
    #[error("an entry of {bytes} bytes is over the limit of {max}", max = crate::canonical::limits::LINE_BYTES_MAX)]
    TooLong {
        /// Its length with the LF.
        bytes: usize,
    },
    /// The wall clock went back: append a `clock.adjusted` first.
    #[error("the time {time} lies before the last entry's, {last}")]
    ClockBackwards {
        /// The last entry's time.
        last: UtcMillis,
        /// The time offered.
        time: UtcMillis,
    },
    /// The monotonic clock went back, which nothing excuses.
    #[error("mono {mono} lies before the last entry's, {last}")]
    MonoBackwards {
        /// The last entry's `mono`, µs.
        last: u64,
        /// The `mono` offered, µs.
        mono: u64,
    },
    /// Entry 0 is `session.opened`, and no other.
    #[error("{kind} cannot be entry {seq}: a log begins with session.opened and has one")]
    OpenMisplaced {
        /// The entry's type.
        kind: String,
        /// The place it was offered for.
        seq: u64,
    },
    /// After the seal only custody continues the chain.
    #[error("{kind} cannot follow session.sealed")]
    Sealed {
        /// The entry's type.
        kind: String,
    },
    /// The line does not continue the chain.
    #[error("line {seq} does not continue the chain: {what}")]
    ChainBroken {
        /// The place in the log.
        seq: u64,
        /// The member that differs.
        what: &'static str,
    },
    /// The log cannot be sealed as it is.
    #[error("{what}")]
    Unsealable {
        /// What stands in the way, e.g. a track that has not ended.
        what: String,
    },
    /// The signer refuses a head that does not grow out of its last.
    #[error("head {origin} at {size} does not grow out of the head signed last ({last})")]
    HeadInconsistent {
        /// The log's origin.
        origin: String,
        /// Size of the refused head.
        size: u64,
        /// Size of the head signed last.
        last: u64,
    },
    /// The log lacks entries of a head that was given out: disk loss, not a crash.
    #[error(
        "the log holds {log} entries, but a head over {head} was given out, or differs from it"
    )]
    LogBehindHead {
        /// Entries of the log.
        log: u64,
        /// Size of the head.
        head: u64,
    },
    /// A file lacks bytes that an entry names: disk loss, not a crash.
    #[error("{file} has {len} bytes, but {committed} were committed")]
    FileTooShort {
        /// The file.
        file: String,
        /// Its length.
        len: u64,
        /// What the log names of it.
        committed: u64,
    },
    /// A signature by a key that is to be believed is wrong.
    #[error("the signature of {name} is wrong")]
    SignatureInvalid {
        /// The key's name.
        name: String,
    },
    /// Nobody who is to be believed has signed.
    #[error("no trusted key has signed this")]
    SignatureUntrusted,
    /// A Merkle proof does not lead to the root.
    #[error("the proof does not lead to the root")]
    ProofInvalid,
}
