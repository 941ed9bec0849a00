//! Looking at evidence: the timeline, the files, the log, verification, the bundle, the receipt.
//!
//! Everything here is computed from a session's folder; the database is asked for names only. Each look is an entry
//! in the session's own chain before anything is handed out.

pub(crate) mod archive;
mod export;
pub(crate) mod labels;
mod receipt;
pub(crate) mod recording;
mod view;

pub use export::{Export, ExportError, offline_export, write_folder, write_zip};
pub(crate) use view::Viewings;
