//! Use cases: what the outside asks for, decided in order and written before it is answered.
//!
//! `http` has checked who asks, that the session exists and that they may see it ([`crate::http::access`]);
//! whether an act is due, and whose it is, is decided here.

mod acts;
pub mod control;
pub(crate) mod dispatch;
mod evidence;
mod health;
mod hub;
mod index;
mod parts;
mod people;
mod pump;
mod reindex;
mod session;
mod sessions;
mod start;
mod storage;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use ids::StepId;

pub use evidence::{Chunk, Download, Export, ExportError, offline_export, write_folder, write_zip};
pub use health::{Board, Check, Counts};
pub use hub::Hub;
pub(crate) use parts::Parts;
pub use people::{RoleKey, Who};
pub use reindex::Reindexed;
pub use start::{Settings, StartError};

use crate::dto;
use crate::{gate, journal, store};

/// Why an act was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reject: there is no such thing.
    #[error("there is no such thing")]
    NotFound,
    /// Reject: not this person's act.
    #[error("not this person's act")]
    Forbidden,
    /// Reject: the procedure doesn't allow it now.
    #[error("the procedure refuses: {}", .0.en)]
    Refused(Box<Refused>),
    /// Reject: the state of session or case doesn't allow it.
    #[error("{en}")]
    Conflict {
        /// Why and what to do, Chinese.
        zh: String,
        /// Why and what to do, English.
        en: String,
    },
    /// Reject: values are missing or wrong.
    #[error("values are missing or wrong: {fields:?}")]
    Invalid {
        /// What is wrong, by field.
        fields: BTreeMap<String, String>,
    },
    /// Retry: nothing can be recorded now.
    #[error("{en}")]
    RecordingUnavailable {
        /// Why, Chinese.
        zh: String,
        /// Why, English.
        en: String,
    },
    /// Retry: too much of this is being done at once.
    #[error(transparent)]
    Busy(#[from] gate::Full),
    /// Retry: the server is going down.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The evidence could not be written.
    #[error(transparent)]
    Journal(journal::Error),
    /// Fatal.
    #[error("{0}")]
    Internal(String),
}

impl From<journal::Error> for Error {
    fn from(error: journal::Error) -> Self {
        if matches!(error, journal::Error::Unknown(_)) {
            Self::NotFound
        } else {
            Self::Journal(error)
        }
    }
}

/// What the procedure misses, and on what basis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is missing, Chinese.
    pub zh: String,
    /// What is missing, English.
    pub en: String,
    /// The step concerned.
    pub step: Option<String>,
    /// The guard that doesn't hold.
    pub guard: Option<String>,
    /// Provisions it rests on.
    pub basis: Vec<String>,
}

/// A stored file to hand out.
#[derive(Debug)]
pub struct StoredFile {
    /// The open file.
    pub file: std::fs::File,
    /// Its length.
    pub bytes: u64,
    /// Media type.
    pub mime: String,
    /// A name to save it under.
    pub name: String,
}

/// A track's files, which concatenated are one playable file.
#[derive(Debug, Clone)]
pub struct TrackFiles {
    /// Media type.
    pub mime: String,
    /// In order, each with the length that is committed.
    pub files: Vec<(PathBuf, u64)>,
}

/// A picture to keep.
#[derive(Debug, Clone)]
pub struct NewCapture {
    /// What it shows.
    pub kind: dto::CaptureKind,
    /// The step it belongs to.
    pub step: Option<StepId>,
    /// The field it fills.
    pub field: Option<String>,
    /// The picture, JPEG.
    pub jpeg: Bytes,
}

/// What only the running session, or its log, knows.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// Everyone in it.
    pub participants: Vec<dto::Participant>,
    /// How the recording stands.
    pub integrity: dto::Integrity,
    /// Who the asker is in it; none for those who only look.
    pub me: Option<dto::Own>,
}

/// The running product behind the API.
pub struct App {
    parts: Arc<Parts>,
    running: std::sync::Mutex<Option<start::Running>>,
}

impl App {
    /// The connections of clients, for the WebSocket's upgrade.
    pub fn hub(&self) -> &Hub {
        &self.parts.hub
    }
}
