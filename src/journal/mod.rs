//! The journal: sole owner of the head of every session's log.
//!
//! Every fact that matters passes through here: it is appended, synced, signed for, and only then told to
//! whoever caused it. An answer from [`Journal::append`] means: it is in the chain, on disk, under a signed head.
//!
//! One thread a shard owns the files of its sessions. It takes all commands that wait, writes each session's lines
//! with one `write` and one `fdatasync`, signs one head, and answers (evidence-format.md, write order). Logs that
//! are not open are read on a thread beside it, so that nobody's recording waits for the reading of another's.

mod counters;
mod files;
mod log;
mod recover;
mod shard;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, bounded};
use ids::{Sid, UtcMillis};
use integrity::body::Head;
use integrity::{Actor, Digest, Draft, Entry};
use serde_json::Value;
use tokio::sync::{Mutex, mpsc, oneshot};

pub use counters::CommitCounts;
use counters::Counters;
pub use files::SessionDir;
pub(crate) use files::replace;
pub use log::SharedSigner;
pub use recover::{
    RecoverError, Recovered, Recovery, Stopped, last_session_no, recover, recover_one,
};

use crate::clock::SessionClock;

/// What is bounded here.
pub mod limits {
    use std::time::Duration;

    /// Commands waiting for one shard.
    pub const COMMANDS_MAX: usize = 4_096;
    /// Commands of one shard that wait for their logs to be read.
    pub const WAITING_MAX: usize = 1_024;
    /// Sealed sessions whose logs a shard keeps open for custody entries and looks.
    pub const IDLE_LOGS_MAX: usize = 32;
    /// How long such a log is kept open with nobody asking for it.
    pub const IDLE_KEPT: Duration = Duration::from_secs(600);
}

/// Why nothing was appended.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No such session on this disk.
    #[error("there is no session {0} in the evidence folder")]
    Unknown(Sid),
    /// The entry would not be well-formed; nothing was written.
    #[error("an entry was refused: {0}")]
    Refused(String),
    /// A write or a sync failed. The session's recording is over: it is never tried again on the same file
    /// (a second `fsync` would answer yes for pages the kernel has already dropped).
    #[error("the evidence of session {sid} cannot be written: {detail}")]
    Disk {
        /// The session.
        sid: Sid,
        /// What the system said.
        detail: String,
    },
    /// The signer refused a head that is inconsistent with its last, or the log was changed under the server.
    #[error("the head of session {sid} is in conflict: {detail}")]
    Conflict {
        /// The session.
        sid: Sid,
        /// What does not fit.
        detail: String,
    },
    /// The folder of a new session could not be made; no entry was attempted.
    #[error("the evidence folder of session {sid} cannot be made: {detail}")]
    NotOpened {
        /// The session.
        sid: Sid,
        /// What the system said.
        detail: String,
    },
    /// Too many sessions that have ended are asked for at once; try again.
    #[error("too many logs are being read; try again")]
    Busy,
    /// The server is stopping.
    #[error("the journal has stopped")]
    Stopped,
}

/// A fact on its way into a log: the entry's draft, and the personal values of which only commitments stand in it.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Type, actor and body without `private`.
    pub draft: Draft,
    /// Personal values by field; written to `private/<seq>.json` with a salt each.
    pub private: BTreeMap<String, Value>,
}

impl From<Draft> for Fact {
    fn from(draft: Draft) -> Self {
        Self {
            draft,
            private: BTreeMap::new(),
        }
    }
}

/// Whether the signed head is kept for good, as those are that somebody was given (evidence-format.md, retained heads).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Until the next one.
    UntilNext,
    /// For good.
    ForGood,
}

/// An entry that is durable, with the personal values it commits to.
#[derive(Debug, Clone)]
pub struct Written {
    /// The entry.
    pub entry: Entry,
    /// Its openings' values by field.
    pub private: BTreeMap<String, Value>,
}

/// What was appended, and the signed head over it.
#[derive(Debug, Clone)]
pub struct Committed {
    /// The entries, in order.
    pub entries: Arc<[Written]>,
    /// The newest head.
    pub head: Head,
    /// Its signed note.
    pub note: Arc<str>,
    /// Wall clock of the last entry (of the head's making, where none was appended).
    pub time: UtcMillis,
    /// Session clock of the last entry, µs.
    pub mono_us: u64,
}

/// What whoever follows a session's log hears of it.
#[derive(Debug, Clone)]
pub enum Commit {
    /// Entries became durable, under a new signed head.
    Made(Committed),
    /// Nothing is written to this log any more: the session's recording is over.
    Failed {
        /// What happened, for people.
        reason: String,
    },
}

/// A log for whoever has a receipt of it: nothing of persons.
#[derive(Debug, Clone)]
pub struct Outline {
    /// The newest head.
    pub head: Head,
    /// Its signed note.
    pub note: Arc<str>,
    /// When the session was sealed.
    pub sealed_at: Option<UtcMillis>,
    /// Digest of the newest decision's document.
    pub decision: Option<Digest>,
    /// Merkle leaves of all entries under the head.
    pub leaves: Arc<Vec<Digest>>,
}

/// Gets every group commit of one session, in order, before those are answered who asked for it; and, once, that the
/// log can't be written any more.
pub type Subscriber = mpsc::Sender<Commit>;

/// Called on the journal's thread once the outcome is known; must not block.
pub type Answer = Box<dyn FnOnce(Result<Committed, Error>) + Send>;

type Look = Box<dyn FnOnce(Result<Outline, Error>) + Send>;

enum Command {
    Open {
        sid: Sid,
        clock: SessionClock,
        first: Fact,
        answer: Answer,
    },
    Resume {
        sid: Sid,
        clock: SessionClock,
        answer: Answer,
    },
    Subscribe {
        sid: Sid,
        subscriber: Subscriber,
    },
    Append {
        sid: Sid,
        facts: Vec<Fact>,
        keep: Keep,
        answer: Answer,
    },
    Seal {
        sid: Sid,
        actor: Actor,
        reason: String,
        answer: Answer,
    },
    Look {
        sid: Sid,
        answer: Look,
    },
    Stop,
}

/// A handle to the journal's threads.
#[derive(Clone)]
pub struct Journal {
    shards: Arc<[Sender<Command>]>,
    root: Arc<Path>,
    next_no: Arc<Mutex<u64>>,
    threads: Arc<std::sync::Mutex<Vec<JoinHandle<()>>>>,
    counters: Arc<Counters>,
}

impl Journal {
    /// Starts `shards` threads over the sessions under `root` (`DATA_DIR/evidence`). `next_no` is the number of
    /// the next session to open. The threads end when the last handle is dropped.
    pub fn start(
        root: PathBuf,
        site: &str,
        signer: &SharedSigner,
        shards: usize,
        next_no: u64,
    ) -> Self {
        let root: Arc<Path> = root.into();
        let counters: Arc<Counters> = Arc::default();
        let mut threads = Vec::new();
        let senders = (0..shards.max(1)).map(|k| {
            let (sender, receiver) = bounded(limits::COMMANDS_MAX);
            let shard = shard::Shard::new(Arc::clone(&root), site, signer, Arc::clone(&counters));
            let thread = std::thread::Builder::new()
                .name(format!("journal-{k}"))
                .spawn(move || shard.run(&receiver))
                .expect("the system has threads left at start");
            threads.push(thread);
            sender
        });
        let shards = senders.collect();
        Self {
            shards,
            root: Arc::clone(&root),
            next_no: Arc::new(Mutex::new(next_no)),
            threads: Arc::new(std::sync::Mutex::new(threads)),
            counters,
        }
    }

    /// Commits what was handed over until now, then ends the threads and waits for them; later commands are refused.
    /// Blocks.
    pub fn stop(&self) {
        for shard in &*self.shards {
            // Gone already: stopped.
            shard.send(Command::Stop).ok();
        }
        let mut threads = self.threads.lock().expect("nothing panics under this lock");
        for thread in threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("A thread of the journal had panicked");
            }
        }
    }

    /// Whether every thread is running. Never waits, also not for a stop.
    pub fn is_alive(&self) -> bool {
        let threads = self.threads.try_lock();
        threads.is_ok_and(|threads| {
            threads.len() == self.shards.len() && !threads.iter().any(JoinHandle::is_finished)
        })
    }

    /// What has been committed since the start.
    pub fn counts(&self) -> CommitCounts {
        self.counters.read()
    }

    /// Where a session's evidence lies.
    pub fn dir(&self, sid: Sid) -> SessionDir {
        SessionDir::new(&self.root, sid)
    }

    /// Opens a session: allocates the next number of the site, makes the folder and writes entry 0.
    /// `first` is given the number. The clock starts with this entry.
    ///
    /// # Errors
    /// Those of [`Error`]. The number is used up unless it is certain that no entry has it, after `NotOpened` and `Refused`.
    pub async fn open(
        &self,
        sid: Sid,
        clock: SessionClock,
        first: impl FnOnce(u64) -> Fact + Send,
    ) -> Result<(u64, Committed), Error> {
        // Held over the write so that numbers run without a hole; sessions are opened a few times a minute.
        let mut next = self.next_no.lock().await;
        let no = *next;
        let (answer, outcome) = oneshot_answer();
        self.send(
            sid,
            Command::Open {
                sid,
                clock,
                first: first(no),
                answer,
            },
        )?;
        // Used up even if whoever waits for the outcome goes away: the entry is on its way.
        *next += 1;
        let outcome = outcome.await.map_err(|_| Error::Stopped)?;
        if matches!(outcome, Err(Error::NotOpened { .. } | Error::Refused(_))) {
            *next = no;
        }
        Ok((no, outcome?))
    }

    /// Goes on with a session that an earlier run of the server opened; its clock shows what it must show now.
    ///
    /// # Errors
    /// Those of [`Error`]: the log can't be gone on with.
    pub async fn resume(&self, sid: Sid, clock: SessionClock) -> Result<Committed, Error> {
        let (answer, outcome) = oneshot_answer();
        self.send(sid, Command::Resume { sid, clock, answer })?;
        outcome.await.map_err(|_| Error::Stopped)?
    }

    /// The log's newest head and what the public may know under it. Reads the log only if it is not open.
    ///
    /// # Errors
    /// Those of [`Error`].
    pub async fn look(&self, sid: Sid) -> Result<Outline, Error> {
        let (sender, outcome) = oneshot::channel();
        let answer: Look = Box::new(move |outcome| {
            // The asker may have gone away.
            drop(sender.send(outcome));
        });
        self.send(sid, Command::Look { sid, answer })?;
        outcome.await.map_err(|_| Error::Stopped)?
    }

    /// From now on `subscriber` gets every group commit of the session. One at a time: a later one takes its place.
    /// A subscriber that falls so far behind that its channel is full is dropped, and finds its channel closed.
    /// Where the log can't be written any more it is told at once.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn subscribe(&self, sid: Sid, subscriber: Subscriber) -> Result<(), Error> {
        self.send(sid, Command::Subscribe { sid, subscriber })
    }

    /// Appends facts in order, all in one group commit, and waits until they are durable and signed for.
    /// No fact at all asks for the newest head.
    ///
    /// # Errors
    /// Those of [`Error`]; after `Refused` nothing was written, after `Disk` it is unknown until recovery.
    pub async fn append(&self, sid: Sid, facts: Vec<Fact>, keep: Keep) -> Result<Committed, Error> {
        let (answer, outcome) = oneshot_answer();
        self.send(
            sid,
            Command::Append {
                sid,
                facts,
                keep,
                answer,
            },
        )?;
        outcome.await.map_err(|_| Error::Stopped)?
    }

    /// Appends facts and has `answer` called on the journal's thread. For the recorder's reports, which wait for nobody.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn submit(&self, sid: Sid, facts: Vec<Fact>, answer: Answer) -> Result<(), Error> {
        self.send(
            sid,
            Command::Append {
                sid,
                facts,
                keep: Keep::UntilNext,
                answer,
            },
        )
    }

    /// Seals a session: totals and gaps are folded from its log. All tracks must have ended.
    ///
    /// # Errors
    /// Those of [`Error`].
    pub async fn seal(&self, sid: Sid, actor: Actor, reason: &str) -> Result<Committed, Error> {
        let (answer, outcome) = oneshot_answer();
        self.send(
            sid,
            Command::Seal {
                sid,
                actor,
                reason: reason.to_owned(),
                answer,
            },
        )?;
        outcome.await.map_err(|_| Error::Stopped)?
    }

    fn send(&self, sid: Sid, command: Command) -> Result<(), Error> {
        let shard = usize::from(sid.as_bytes()[0]) % self.shards.len();
        self.shards[shard].send(command).map_err(|_| Error::Stopped)
    }
}

fn oneshot_answer() -> (Answer, oneshot::Receiver<Result<Committed, Error>>) {
    let (sender, receiver) = oneshot::channel();
    let answer = move |outcome| {
        // The asker may have gone away (a closed request); what was appended stays appended.
        drop(sender.send(outcome));
    };
    (Box::new(answer), receiver)
}
