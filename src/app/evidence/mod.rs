//! Looking at evidence: the timeline, the files, the log, verification, the bundle, the receipt.
//!
//! Everything here is computed from a session's folder; the database is asked for names only. Each look is an entry
//! in the session's own chain before anything is handed out.

pub(crate) mod archive;
mod download;
mod export;
pub(crate) mod labels;
mod receipt;
pub(crate) mod recording;
pub(crate) mod view;

use crate::gate::Gate;

pub use download::{Chunk, Download};
pub use export::{Export, ExportError, offline_export, write_folder, write_zip};
pub(crate) use view::Viewings;

/// What is bounded here.
pub(crate) mod limits {
    use std::time::Duration;

    /// Exports being prepared at once: each reads and hashes a whole session, beside calls in progress.
    pub(crate) const EXPORTS_MAX: usize = 2;
    /// Bundles being sent at once: each holds a thread and an open file for as long as its client takes.
    pub(crate) const DOWNLOADS_MAX: usize = 8;
    /// Verifications at once: each hashes a whole session.
    pub(crate) const VERIFICATIONS_MAX: usize = 1;
    /// Requests that wait for each of these.
    pub(crate) const WAITING_MAX: usize = 8;
    /// How long they wait; more than a browser's patience is for nothing.
    pub(crate) const WAIT: Duration = Duration::from_secs(30);
}

/// Gates before the looks that cost much: they share the machine with calls in progress.
#[derive(Debug)]
pub(crate) struct Gates {
    exports: Gate,
    downloads: Gate,
    verifications: Gate,
}

impl Default for Gates {
    fn default() -> Self {
        let gate = |inside_max| Gate::new(inside_max, limits::WAITING_MAX, limits::WAIT);
        Self {
            exports: gate(limits::EXPORTS_MAX),
            downloads: gate(limits::DOWNLOADS_MAX),
            verifications: gate(limits::VERIFICATIONS_MAX),
        }
    }
}

/// Threads that one verification may hash on: the other half of the machine is for calls.
fn verification_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}
