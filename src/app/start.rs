//! Start and stop of the product behind the API, in the order that recovery needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use casework::Tables;
use crossbeam_channel::bounded;
use ids::Sid;
use integrity::Digest;
use integrity::body::Policy;
use integrity::checkpoint::{Ed25519Signer, Signer};
use integrity::trust::Trust;
use recorder::Recorder;
use signaling::dispatch::{Call, Dispatch, SeatId};

use super::dispatch::{self, Before};
use super::evidence::{Gates, Viewings};
use super::session::{self, Message};
use super::sessions::Sessions;
use super::storage::Volume;
use super::{App, Hub, Parts, hub, pump};
use crate::clock;
use crate::documents::Typesetter;
use crate::journal::{self, Journal, Recovered, Recovery, SharedSigner, Stopped};
use crate::media::{self, tap};
use crate::store::{self, Store};

/// The threads that an orderly stop ends, in this order.
pub(super) struct Running {
    media: media::Media,
    recorder: Recorder,
    pump: std::thread::JoinHandle<()>,
}

/// Events of the media workers that wait to be handed out.
const MEDIA_EVENTS_MAX: usize = 4_096;

/// What the product is started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `DATA_DIR`.
    pub data_dir: PathBuf,
    /// Name of the recording site, e.g. `evd.example.gov`: begins every head's origin.
    pub site: String,
    /// `https://host[:port]` of this site as people reach it.
    pub public_url: String,
    /// Demo mode: everything may be used without the legal officer's sign-off, and every document says so.
    pub demo: bool,
    /// Media workers: sockets and advertised addresses.
    pub media: media::MediaConfig,
    /// No new call with fewer free bytes on the disk.
    pub reserve_bytes: u64,
    /// Folders with fonts beside the system's.
    pub fonts: Vec<PathBuf>,
}

/// Why the product does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file or folder of the data cannot be used.
    #[error("{path}: {source}")]
    Io {
        /// What was touched.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The signing key is not one.
    #[error(
        "{path} is not a signing key (64 hex characters); restore it from the back-up, never make a new one for sessions that exist"
    )]
    Key {
        /// The file.
        path: String,
    },
    /// The signing key is gone although something was signed with it.
    #[error(
        "{path} is missing, but {because}: restore the key from the back-up; for a new site, start with an empty data folder"
    )]
    KeyMissing {
        /// The file.
        path: String,
        /// What there is that needs it.
        because: String,
    },
    /// `trust.json` is not of this site and key.
    #[error(
        "{path} {why}; restore it and keys/recorder.key from one back-up (and set `site` as it was), or, if auditors are to \
         trust another key from now on, add that key to the file by hand"
    )]
    Trust {
        /// The file.
        path: String,
        /// What does not fit.
        why: String,
    },
    /// A session cannot be recovered.
    #[error(transparent)]
    Recover(#[from] journal::RecoverError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The recorder failed.
    #[error("the recorder does not start: {0}")]
    Recorder(#[from] recorder::Failure),
    /// The media workers do not start.
    #[error(transparent)]
    Media(#[from] media::StartError),
    /// A session does not go on.
    #[error("{0}")]
    Session(String),
}

impl App {
    /// Recovers what was not closed, starts every thread, and takes up the sessions that go on. `DATA_DIR` must be locked.
    ///
    /// # Errors
    /// [`StartError`]; nothing has been opened to the outside then.
    pub async fn start(settings: Settings, store: Arc<dyn Store>) -> Result<Arc<Self>, StartError> {
        let evidence = settings.data_dir.join("evidence");
        for folder in [&evidence, &settings.data_dir.join("keys")] {
            private_folder(folder)?;
        }
        let (signer, vkey) = open_signer(&settings.data_dir, &settings.site)?;
        let trust = write_trust(&settings.data_dir.join("trust.json"), &settings.site, &vkey)?;

        let indexed = indexed(&*store).await?;
        let recovery = recover(&settings.data_dir, indexed.settled).await?;
        let next_no = next_session_no(&evidence, &store).await?;
        let journal = Journal::start(evidence.clone(), &settings.site, &signer, 2, next_no);

        let (reports_in, reports) = bounded(pump::REPORTS_MAX);
        let recorder = Recorder::start(recorder::Config::default(), reports_in)?;
        let (events_in, media_events) = tokio::sync::mpsc::channel(MEDIA_EVENTS_MAX);
        let mut controls = Vec::new();
        let sink = |_| {
            let (taps, control) = tap::taps();
            controls.push(control);
            taps
        };
        let media = media::start(&settings.media, sink, &events_in)?;

        let (dispatch, dispatch_mailbox) = dispatch::mailbox();
        let parts = Arc::new(Parts {
            store,
            journal,
            signer,
            media: media.handle(),
            recorder: recorder.handle(),
            taps: controls,
            hub: Hub::default(),
            dispatch,
            sessions: Sessions::default(),
            index: Arc::default(),
            tables: Tables::embedded(),
            typesetter: Arc::new(Typesetter::new(settings.fonts.clone())),
            storage: Volume {
                path: evidence,
                reserve_bytes: settings.reserve_bytes,
            },
            clock: clock::Watch::start(Instant::now(), clock::utc_now()),
            viewings: Viewings::default(),
            gates: Gates::default(),
            site: settings.site.clone(),
            vkey: vkey.to_string(),
            public_url: settings.public_url.clone(),
            trust,
            trust_path: settings.data_dir.join("trust.json"),
            policy: Policy::default(),
            build: own_digest(),
            demo: settings.demo,
            signed_off: BTreeSet::new(),
            serials: tokio::sync::Mutex::default(),
            peers: AtomicU64::new(1),
        });
        let for_pump = Arc::clone(&parts);
        let pump = std::thread::Builder::new()
            .name("reports".to_owned())
            .spawn(move || pump::run(&for_pump, &reports))
            .map_err(io_error("the thread for the recorder's reports"))?;
        tokio::spawn(Arc::clone(&parts.index).run(Arc::clone(&parts.store)));
        let before = take_up(&parts, recovery.going_on).await?;
        for sid in recovery.unsigned {
            if let Err(error) = parts.journal.look(sid).await {
                tracing::error!(%sid, %error, "The head of a recovered session is not signed");
            }
        }
        settle(&parts, indexed.going_on).await;
        let seats = dispatch::seats(&parts).await?;
        let machine = Dispatch::restore(before.calls, seats, &before.busy, clock::utc_now());
        tokio::spawn(dispatch::run(Arc::clone(&parts), machine, dispatch_mailbox));
        tokio::spawn(hub::route(Arc::clone(&parts)));
        tokio::spawn(route_media(Arc::clone(&parts), media_events));
        Ok(Arc::new(Self {
            parts,
            running: Mutex::new(Some(Running {
                media,
                recorder,
                pump,
            })),
        }))
    }

    /// Stops in order: nobody is let in, media ends, what is held is recorded, logged, and signed for.
    pub async fn stop(&self) {
        self.parts.hub.shut_down();
        let running = self
            .running
            .lock()
            .expect("nothing panics while it holds this lock")
            .take();
        let journal = self.parts.journal.clone();
        let mark = self.parts.trust_path.with_file_name(STOPPED);
        let stop = move || {
            if let Some(running) = running {
                drop(running.media);
                running.recorder.stop();
                // It ends when the recorder's last report is handed on.
                if running.pump.join().is_err() {
                    tracing::error!("The thread for the recorder's reports had panicked");
                }
            }
            journal.stop();
            // The last that is written: whoever finds it knows that nothing was lost.
            let aside = mark.with_extension("tmp");
            if let Err(error) = journal::replace(&mark, &aside, b"", true) {
                tracing::warn!(%error, "The next start will say that the server was killed");
            }
        };
        if let Err(error) = tokio::task::spawn_blocking(stop).await {
            tracing::error!(%error, "The recorder did not stop in order");
        }
        self.parts.index.all_settled().await;
    }
}

async fn route_media(parts: Arc<Parts>, mut events: tokio::sync::mpsc::Receiver<sfu::Event>) {
    while let Some(event) = events.recv().await {
        let told = parts
            .sessions
            .of_peer(peer_of(&event))
            .map(|handle| handle.try_send(Message::Media(event)));
        if told == Some(Err(session::Untold::Behind)) {
            // One session that is stuck must not hold up the others.
            tracing::error!("A session is too far behind for the events of its media");
        }
    }
}

/// Whom an event is about.
const fn peer_of(event: &sfu::Event) -> sfu::PeerId {
    match event {
        sfu::Event::Connected { peer }
        | sfu::Event::Disconnected { peer }
        | sfu::Event::SlotsChanged { peer, .. }
        | sfu::Event::PleaseOffer { peer, .. }
        | sfu::Event::AddressChanged { peer }
        | sfu::Event::PeerGone { peer, .. } => *peer,
        sfu::Event::TrackOpened(track) => track.key.peer,
        sfu::Event::TrackSilent { track, .. } | sfu::Event::TrackClosed { track } => track.peer,
    }
}

fn io_error(path: &str) -> impl FnOnce(io::Error) -> StartError + '_ {
    move |source| StartError::Io {
        path: path.to_owned(),
        source,
    }
}

fn private_folder(path: &Path) -> Result<(), StartError> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(path)
        .map_err(io_error(&path.display().to_string()))
}

/// The signing key of the site and its public half; made at the first start, and never where anything was signed before.
pub(super) fn open_signer(
    data_dir: &Path,
    site: &str,
) -> Result<(SharedSigner, integrity::note::Vkey), StartError> {
    let path = data_dir.join("keys/recorder.key");
    let shown = path.display().to_string();
    let seed = match fs::read_to_string(&path) {
        Ok(text) => hex::decode(text.trim())
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(because) = signed_before(data_dir)? {
                return Err(StartError::KeyMissing {
                    path: shown,
                    because,
                });
            }
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|_| StartError::Key {
                path: shown.clone(),
            })?;
            let aside = path.with_extension("key.tmp");
            journal::replace(&path, &aside, hex::encode(seed).as_bytes(), true)
                .map_err(io_error(&shown))?;
            Some(seed)
        }
        Err(error) => return Err(io_error(&shown)(error)),
    };
    let key = || StartError::Key {
        path: shown.clone(),
    };
    let signer = Ed25519Signer::new(&format!("{site}/recorder"), &seed.ok_or_else(key)?)
        .map_err(|_| key())?;
    let vkey = signer.vkey().clone();
    Ok((Arc::new(Mutex::new(signer)), vkey))
}

/// What in the data folder was signed with a key, if anything.
fn signed_before(data_dir: &Path) -> Result<Option<String>, StartError> {
    let trust = data_dir.join("trust.json");
    if trust.exists() {
        return Ok(Some(format!("{} names it", trust.display())));
    }
    let evidence = data_dir.join("evidence");
    let shown = evidence.display().to_string();
    let mut items = match fs::read_dir(&evidence) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(io_error(&shown))?,
    };
    Ok(items
        .next()
        .is_some()
        .then(|| format!("{shown} holds sessions signed with it")))
}

/// Writes `trust.json` for this site's auditors at the first start; one that is there stays as it is, for it may be stricter.
fn write_trust(path: &Path, site: &str, vkey: &integrity::note::Vkey) -> Result<Trust, StartError> {
    let shown = path.display().to_string();
    let refused = |why: String| StartError::Trust {
        path: shown.clone(),
        why,
    };
    match fs::read(path) {
        Ok(bytes) => {
            let kept = Trust::parse(&bytes)
                .map_err(|error| refused(format!("cannot be read ({error})")))?;
            if kept.site != site {
                return Err(refused(format!("is of the site {}, not {site}", kept.site)));
            }
            if kept.recorder_keys.iter().all(|k| k.vkey != *vkey) {
                return Err(refused(format!("does not name this server's key {vkey}")));
            }
            Ok(kept)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let own = Trust::of(site, vkey.clone());
            let aside = path.with_extension("json.tmp");
            journal::replace(path, &aside, own.to_json().as_bytes(), true)
                .map_err(io_error(&shown))?;
            Ok(own)
        }
        Err(error) => Err(io_error(&shown)(error)),
    }
}

/// The mark that an orderly stop leaves in the data folder until the next start.
const STOPPED: &str = "stopped-in-order";

/// How the server of this data folder stopped.
pub(super) fn how_stopped(data_dir: &Path) -> Stopped {
    if data_dir.join(STOPPED).exists() {
        Stopped::Orderly
    } else {
        Stopped::Unknown
    }
}

/// The sessions that the index knows.
#[derive(Default)]
struct Indexed {
    settled: BTreeSet<Sid>,
    going_on: Vec<Sid>,
}

async fn indexed(store: &dyn Store) -> Result<Indexed, StartError> {
    let mut indexed = Indexed::default();
    let mut cursor = None;
    loop {
        let filter = store::SessionFilter::default();
        let request = store::PageRequest::new(cursor, Some(200));
        let page = store.sessions(&filter, &request).await?;
        for session in page.items {
            if session.row.ended_at.is_some() {
                indexed.settled.insert(session.row.sid);
            } else {
                indexed.going_on.push(session.row.sid);
            }
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(indexed),
        }
    }
}

async fn recover(data_dir: &Path, settled: BTreeSet<Sid>) -> Result<Recovery, StartError> {
    let (evidence, stopped) = (data_dir.join("evidence"), how_stopped(data_dir));
    let work = move || journal::recover(&evidence, stopped, &|sid| settled.contains(&sid));
    let recovered = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StartError::Session(error.to_string()))?;
    let recovered = recovered?;
    // From now on only another orderly stop says that nothing was lost.
    let mark = data_dir.join(STOPPED);
    match fs::remove_file(&mark) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(io_error(&mark.display().to_string())(error))
        }
        Ok(()) | Err(_) => Ok(recovered),
    }
}

/// The number of the next session: behind every number that a folder or the index knows.
async fn next_session_no(evidence: &Path, store: &Arc<dyn Store>) -> Result<u64, StartError> {
    let indexed = store.last_session_no().await?;
    let evidence = evidence.to_owned();
    let scan = move || journal::last_session_no(&evidence);
    let found = tokio::task::spawn_blocking(scan)
        .await
        .map_err(|error| StartError::Session(error.to_string()))?;
    Ok(indexed.max(found?) + 1)
}

/// Takes up the sessions that go on, and says what dispatch has to know of them.
async fn take_up(parts: &Arc<Parts>, going_on: Vec<Recovered>) -> Result<Before, StartError> {
    let mut before = Before {
        calls: Vec::new(),
        busy: BTreeMap::new(),
    };
    for recovered in going_on {
        let sid = recovered.sid;
        let resumed = session::resume(parts, recovered)
            .await
            .map_err(|error| StartError::Session(format!("session {sid}: {error}")))?;
        let Some(row) = resumed else {
            continue;
        };
        match row.seat {
            Some(seat) => {
                before.busy.insert(SeatId(seat.id), sid);
            }
            None => {
                let case = match row.case_id {
                    Some(id) => parts.store.case(id).await?,
                    None => None,
                };
                let skill = match row.officer.id.parse() {
                    Ok(id) => parts.store.account(id).await?.map(|a| a.police_type),
                    Err(_) => None,
                };
                before.calls.extend(case.map(|case| Call {
                    sid,
                    officer: row.officer,
                    skill: skill.unwrap_or_default(),
                    procedure: case.procedure,
                    place_text: case.facts.place_text,
                    violation_text: case.facts.violation_text,
                    waiting_since: row.opened_at,
                }));
            }
        }
    }
    before.calls.sort_by_key(|call| call.waiting_since);
    Ok(before)
}

/// Brings sessions into the index that were sealed before it could be told.
async fn settle(parts: &Arc<Parts>, going_on: Vec<Sid>) {
    for sid in going_on {
        // Loading replays the log, and what follows from it is noted.
        if parts.sessions.live(sid).is_none()
            && let Err(error) = session::load(parts, sid).await
        {
            tracing::error!(%sid, %error, "A session in the index has no log that can be read");
        }
    }
}

/// SHA-256 of this executable, as `session.opened` states it; zeros where the system does not let it be read.
fn own_digest() -> Digest {
    let read = std::env::current_exe().and_then(fs::read);
    read.map_or(Digest::ZERO, |bytes| Digest::sha256(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "evd.example.gov";

    fn data_dir() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["evidence", "keys"] {
            private_folder(&folder.path().join(name)).unwrap();
        }
        folder
    }

    /// Key and trust as a start makes or finds them.
    fn start(data_dir: &Path, site: &str) -> Result<integrity::note::Vkey, StartError> {
        let (_, vkey) = open_signer(data_dir, site)?;
        write_trust(&data_dir.join("trust.json"), site, &vkey)?;
        Ok(vkey)
    }

    #[test]
    fn the_first_start_makes_key_and_trust_and_the_next_finds_them() {
        let folder = data_dir();
        let vkey = start(folder.path(), SITE).unwrap();
        assert_eq!(start(folder.path(), SITE).unwrap(), vkey);
        let names = |sub: &str| -> Vec<_> {
            let items = fs::read_dir(folder.path().join(sub)).unwrap();
            items.map(|i| i.unwrap().file_name()).collect()
        };
        assert_eq!(
            names("keys"),
            ["recorder.key"],
            "nothing half written is left"
        );
    }

    #[test]
    fn no_key_is_made_where_something_was_signed() {
        let folder = data_dir();
        start(folder.path(), SITE).unwrap();
        fs::remove_file(folder.path().join("keys/recorder.key")).unwrap();
        let refused = start(folder.path(), SITE).unwrap_err().to_string();
        assert!(
            refused.contains("trust.json names it") && refused.contains("restore"),
            "{refused}"
        );
        fs::remove_file(folder.path().join("trust.json")).unwrap();
        fs::create_dir(
            folder
                .path()
                .join("evidence/00000000000000000000000000000001"),
        )
        .unwrap();
        let refused = start(folder.path(), SITE).unwrap_err().to_string();
        assert!(refused.contains("holds sessions"), "{refused}");
        assert!(!folder.path().join("keys/recorder.key").exists());
        assert!(!folder.path().join("trust.json").exists());
    }

    #[test]
    fn trust_of_another_site_or_key_is_kept_and_refused() {
        let folder = data_dir();
        start(folder.path(), SITE).unwrap();
        let trust = folder.path().join("trust.json");
        let before = fs::read(&trust).unwrap();
        let refused = start(folder.path(), "other.example.gov")
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains(SITE) && refused.contains("other.example.gov"),
            "{refused}"
        );
        // Another key got into its place.
        fs::write(folder.path().join("keys/recorder.key"), "07".repeat(32)).unwrap();
        let refused = start(folder.path(), SITE).unwrap_err().to_string();
        assert!(
            refused.contains("does not name this server's key"),
            "{refused}"
        );
        assert_eq!(fs::read(&trust).unwrap(), before);
        fs::write(&trust, "").unwrap();
        let refused = start(folder.path(), SITE).unwrap_err().to_string();
        assert!(refused.contains("cannot be read"), "{refused}");
        assert_eq!(fs::read(&trust).unwrap(), b"");
    }
}
