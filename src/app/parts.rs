//! What all use cases share.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use casework::Tables;
use ids::Sid;
use integrity::Digest;
use integrity::body::Policy;
use integrity::trust::Trust;
use recorder::{RecorderHandle, Tap};
use sfu::{PeerId, TrackKey};
use tokio::sync::Mutex;

use super::evidence::{Gates, Viewings};
use super::index::Index;
use super::sessions::Sessions;
use super::storage::Volume;
use super::{Error, Hub, dispatch};
use crate::clock::{SessionClock, Watch};
use crate::documents::Typesetter;
use crate::journal::{Journal, SharedSigner};
use crate::media::MediaHandle;
use crate::media::tap::TapControl;
use crate::store::{PageRequest, SessionFilter, Store};

/// What all use cases share.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) journal: Journal,
    pub(crate) signer: SharedSigner,
    pub(crate) media: MediaHandle,
    pub(crate) recorder: RecorderHandle,
    /// One a media worker.
    pub(crate) taps: Vec<TapControl>,
    pub(crate) hub: Hub,
    pub(crate) dispatch: dispatch::Handle,
    pub(crate) sessions: Sessions,
    /// What the database is still to be told.
    pub(crate) index: Arc<Index>,
    pub(crate) tables: &'static Tables,
    pub(crate) typesetter: Arc<Typesetter>,
    pub(crate) storage: Volume,
    pub(crate) clock: Watch,
    pub(crate) viewings: Viewings,
    pub(crate) gates: Gates,
    pub(crate) site: String,
    pub(crate) vkey: String,
    pub(crate) public_url: String,
    pub(crate) trust: Trust,
    pub(crate) trust_path: PathBuf,
    pub(crate) policy: Policy,
    /// Digest of this executable.
    pub(crate) build: Digest,
    pub(crate) demo: bool,
    /// Digests of the rows and scripts that the legal officer has signed off.
    pub(crate) signed_off: BTreeSet<String>,
    pub(crate) serials: Mutex<Serials>,
    /// Numbers given to peers so far.
    pub(crate) peers: AtomicU64,
}

/// Serial numbers of documents, begun anew every day.
#[derive(Debug, Default)]
pub(crate) struct Serials {
    day: String,
    last: u32,
}

impl Parts {
    /// A name for a new peer, never used before in this run of the server.
    pub(crate) fn next_peer(&self) -> PeerId {
        PeerId(self.peers.fetch_add(1, Ordering::Relaxed))
    }

    /// The next serial number of a decision on `day` (`YYYYMMDD`), behind all that the index knows.
    pub(crate) async fn next_document_serial(&self, day: &str) -> Result<u32, Error> {
        let mut serials = self.serials.lock().await;
        if serials.day != day {
            serials.last = self.last_serial(day).await?;
            day.clone_into(&mut serials.day);
        }
        serials.last += 1;
        Ok(serials.last)
    }

    async fn last_serial(&self, day: &str) -> Result<u32, Error> {
        let prefix = format!("LX-{day}-");
        let filter = SessionFilter {
            text: Some(prefix.clone()),
            ..SessionFilter::default()
        };
        let mut last = 0;
        let mut cursor = None;
        loop {
            let page = self
                .store
                .sessions(&filter, &PageRequest::new(cursor, Some(200)))
                .await?;
            let numbers = page
                .items
                .iter()
                .filter_map(|s| s.row.doc_no.as_deref()?.strip_prefix(&prefix)?.parse().ok());
            last = numbers.fold(last, u32::max);
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(last),
            }
        }
    }

    /// Tells the session's media worker where a track's packets go.
    pub(crate) fn taps_open(
        &self,
        sid: Sid,
        track: TrackKey,
        tap: Tap,
        clock: SessionClock,
    ) -> bool {
        self.taps[self.media.worker_of(sid)].open(track, tap, clock)
    }

    /// Tells the session's media worker that a track's packets are wanted no more.
    pub(crate) fn taps_close(&self, sid: Sid, track: TrackKey) {
        if !self.taps[self.media.worker_of(sid)].close(track) {
            tracing::debug!(
                "A media worker could not be told that a track is not recorded any more"
            );
        }
    }
}
