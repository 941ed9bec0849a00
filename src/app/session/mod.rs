//! A session actor: the one place where the facts of a session meet.
//!
//! What a client asks, what media does and what the recorder committed come in by one mailbox and are dealt with in
//! order. The log is the truth: whatever is decided is appended first, comes back as a durable entry, and only then
//! changes the state ([`Session::absorb`]), so that a restart that replays the log ends in the same state.

mod acts;
mod after;
mod decision;
mod follow;
mod media;
mod open;
pub(crate) mod row;
mod seal;
pub(crate) mod status;
mod view;
mod words;

pub(crate) use open::{load, open, resume};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use casework::{Case, Tables};
use futures_util::future::BoxFuture;
use ids::{ParticipantId, Sid, TrackId, UtcMillis};
use recorder::Report;
use sfu::{PeerId, TrackKey};
use signaling::hub::ConnectionId;
use signaling::protocol::{ClientMessage, ServerMessage};
use signaling::room::Room;
use tokio::sync::{mpsc, oneshot, watch};

use self::status::Status;
use super::{Error, Parts};
use crate::clock::{self, SessionClock};
use crate::journal::{Commit, Committed, Fact, Keep};
use crate::store::{Account, Case as CaseRecord, SessionRow};

/// What is bounded here.
pub(crate) mod limits {
    use std::time::Duration;

    /// Messages waiting for one session.
    pub(crate) const MAILBOX_MAX: usize = 1_024;
    /// Group commits waiting for one session: minutes of them.
    pub(crate) const COMMITS_MAX: usize = 1_024;
    /// How often clients are told how the recording stands while nothing is committed.
    pub(crate) const REFRESH: Duration = Duration::from_millis(500);
    /// How long an act waits for what was recorded until now to be committed.
    pub(crate) const COVERAGE_WAIT: Duration = Duration::from_secs(5);
    /// How long a seal waits for the tracks to end.
    pub(crate) const END_WAIT: Duration = Duration::from_secs(5);
    /// How long a receipt is handed out again rather than a newer one, ms.
    pub(crate) const RECEIPT_AGAIN_MS: i64 = 10_000;
    /// Receipts of one session before its seal.
    pub(crate) const RECEIPTS_MAX: u32 = 64;
    /// How long a session that is over stays loaded for acts after the seal.
    pub(crate) const IDLE: Duration = Duration::from_secs(300);
    /// A required track of which nothing was committed for so long is not recorded, whatever else is said of it.
    pub(crate) const COMMIT_LATE_US: u64 = 5_000_000;
    /// A call whose officer has no connection for so long is given up; a phone that changes networks is back before.
    pub(crate) const CALLER_GONE: Duration = Duration::from_secs(120);
    /// How often a participant's word about their camera is taken down at most; the last word counts.
    pub(crate) const CAPTURE_EVERY: Duration = Duration::from_millis(500);
}

/// Participants of every procedure with one officer, one seat and one party.
pub(crate) const OFFICER: &str = "officer";
/// The seat's place.
pub(crate) const SEAT: &str = "seat";
/// The party's place.
pub(crate) const PARTY: &str = "party";

/// An act on the actor, carried out in its turn.
pub(crate) type Job = Box<dyn for<'a> FnOnce(&'a mut Session) -> BoxFuture<'a, ()> + Send>;

/// What reaches a session.
pub(crate) enum Message {
    /// A client of the session said something.
    Client {
        link: ConnectionId,
        who: super::Who,
        n: u64,
        body: ClientMessage,
    },
    /// A client's connection changed.
    Link {
        link: ConnectionId,
        change: LinkChange,
    },
    /// A seat took the call.
    Answered { seat: Box<Account> },
    /// A media worker's event.
    Media(sfu::Event),
    /// A live signal of the recorder.
    Signal(Report),
    /// What was recorded could not be logged, and why.
    Unlogged(String),
    /// Something asked for over HTTP.
    Job(Job),
}

/// What happened to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkChange {
    /// Its socket is gone.
    Lost,
    /// It has a socket again.
    Resumed,
    /// It is over.
    Ended,
}

/// Where a session is, for those who wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    /// Up to where everything that must be recorded is committed, µs; none while something is broken.
    pub(crate) covered_us: Option<u64>,
    /// Tracks that have not ended.
    pub(crate) open_tracks: usize,
}

/// Why a message did not reach a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Untold {
    /// Its mailbox is full.
    Behind,
    /// It has stopped.
    Gone,
}

/// A running session, from outside.
#[derive(Clone)]
pub(crate) struct Handle {
    mailbox: mpsc::Sender<Message>,
    progress: watch::Receiver<Progress>,
}

impl Handle {
    /// Whether its actor has stopped.
    pub(crate) fn has_stopped(&self) -> bool {
        self.mailbox.is_closed()
    }

    /// Sends a message; `false` where the session is gone.
    pub(crate) async fn send(&self, message: Message) -> bool {
        self.mailbox.send(message).await.is_ok()
    }

    /// Sends a message from a thread that must not wait.
    pub(crate) fn try_send(&self, message: Message) -> Result<(), Untold> {
        self.mailbox.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Untold::Behind,
            mpsc::error::TrySendError::Closed(_) => Untold::Gone,
        })
    }

    /// Carries out an act on the session in its turn and waits for what comes of it.
    ///
    /// # Errors
    /// Those of the act; [`Error::ShuttingDown`] where the session is gone.
    pub(crate) async fn ask<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Session) -> BoxFuture<'a, Result<T, Error>> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |session| {
            let outcome = job(session);
            Box::pin(async move {
                // Who asked may have gone away; what was appended stays.
                drop(sender.send(outcome.await));
            })
        });
        if !self.send(Message::Job(job)).await {
            return Err(Error::ShuttingDown);
        }
        receiver.await.map_err(|_| Error::ShuttingDown)?
    }

    /// Waits until everything recorded up to `until_us` is committed, until something is broken, or until it is clear
    /// that neither comes.
    pub(crate) async fn covered(&self, until_us: u64) {
        let mut progress = self.progress.clone();
        let reached = progress.wait_for(|p| p.covered_us.is_none_or(|us| us >= until_us));
        // The act itself looks at what is committed; a timeout here only means that it will refuse.
        drop(tokio::time::timeout(limits::COVERAGE_WAIT, reached).await);
    }

    /// Waits until no track is open, or until it takes too long.
    pub(crate) async fn tracks_ended(&self) {
        let mut progress = self.progress.clone();
        drop(
            tokio::time::timeout(limits::END_WAIT, progress.wait_for(|p| p.open_tracks == 0)).await,
        );
    }
}

/// One session.
pub(crate) struct Session {
    parts: Arc<Parts>,
    sid: Sid,
    clock: SessionClock,
    opened_at: UtcMillis,
    case: Case<'static>,
    record: CaseRecord,
    row: SessionRow,
    officer: Account,
    seat: Option<Account>,
    status: Status,
    room: Option<Room>,
    /// `RTCPeerConnection`s by participant and number.
    peers: BTreeMap<(ParticipantId, u32), PeerId>,
    /// Tracks that arrive, by the media worker's name.
    arriving: BTreeMap<TrackKey, Arriving>,
    /// What participants last said of their cameras sooner than it could be taken down, and when it was last.
    captures: BTreeMap<ConnectionId, LastCapture>,
    /// Takes begun so far by the beginning of their names; a name is used once in a session.
    takes: BTreeMap<String, u32>,
    /// Tracks that have not ended and on which nothing will arrive any more, with what is committed of them.
    orphans: BTreeMap<TrackId, integrity::recover::OpenTrack>,
    /// Participants whose new track has begun, so that their orphans end.
    orphans_due: BTreeSet<ParticipantId>,
    /// Breaks of somebody's recording whose consequences for the procedure are still to be drawn.
    breaks: Vec<follow::Break>,
    size: u64,
    root: String,
    note: Option<Arc<str>>,
    commits: mpsc::Receiver<Commit>,
    progress: watch::Sender<Progress>,
    shown: Shown,
    dirty: BTreeSet<Dirty>,
    turned_to_party: bool,
    /// The end has begun: no media is taken in any more.
    sealing: bool,
    /// Since when the officer who waits has no connection.
    caller_gone: Option<Instant>,
    failed: Option<String>,
}

/// What a participant said of their camera.
#[derive(Debug, Clone, Copy)]
struct LastCapture {
    taken: Instant,
    waiting: Option<signaling::protocol::Capture>,
}

/// A track that arrives.
#[derive(Debug, Clone)]
struct Arriving {
    participant: ParticipantId,
    connection: u32,
    kind: signaling::protocol::Kind,
    take: TrackId,
}

/// What the clients were last told.
#[derive(Default)]
struct Shown {
    integrity_at: Option<Instant>,
    broken: usize,
    changed: bool,
}

/// What of the database lags behind the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Dirty {
    Row,
    Case,
}

impl Session {
    /// Runs until the session is over and nobody asks for it any more.
    async fn run(mut self, mut mailbox: mpsc::Receiver<Message>) {
        let mut refresh = tokio::time::interval(limits::REFRESH);
        refresh.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut idle_since = Instant::now();
        loop {
            let deadline = self.room.as_ref().and_then(Room::next_deadline);
            let room_timer = async {
                match deadline {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                commit = self.commits.recv() => match commit {
                    Some(commit) => self.hear(&commit),
                    None => break,
                },
                message = mailbox.recv() => match message {
                    Some(message) => {
                        idle_since = Instant::now();
                        self.handle(message).await;
                    }
                    None => break,
                },
                () = room_timer => self.tell_room(signaling::room::Input::Tick),
                _ = refresh.tick() => {
                    if self.is_over() && idle_since.elapsed() > limits::IDLE {
                        // What was sent already is still answered; then the mailbox is empty and closed.
                        mailbox.close();
                    }
                    self.take_captures();
                    self.give_up_unattended().await;
                    self.show_integrity(false);
                }
            }
            self.follow().await;
        }
        drop(mailbox);
        self.parts.sessions.forget(self.sid);
    }

    async fn handle(&mut self, message: Message) {
        match message {
            Message::Client { link, who, n, body } => self.client(link, &who, n, body).await,
            Message::Link { link, change } => {
                let input = match change {
                    LinkChange::Lost => signaling::room::Input::LinkLost { link },
                    LinkChange::Resumed => signaling::room::Input::LinkResumed { link },
                    LinkChange::Ended => signaling::room::Input::LinkEnded { link },
                };
                self.tell_room(input);
            }
            Message::Answered { seat } => self.answered(*seat),
            Message::Media(event) => self.media(event),
            Message::Signal(report) => self.signal(report),
            Message::Unlogged(reason) => self.fail(reason),
            Message::Job(job) => job(self).await,
        }
    }

    /// Appends facts and waits until they are durable and have changed the state.
    pub(crate) async fn append(
        &mut self,
        facts: Vec<Fact>,
        keep: Keep,
    ) -> Result<Committed, Error> {
        let committed = self.parts.journal.append(self.sid, facts, keep).await;
        // The journal has handed the group, or that it failed, to our channel before it answered.
        while let Ok(commit) = self.commits.try_recv() {
            self.hear(&commit);
        }
        Ok(committed?)
    }

    /// What the index shows of it, as it stands.
    pub(crate) fn row(&self) -> &SessionRow {
        &self.row
    }

    /// µs of the session clock now.
    pub(crate) fn now_us(&self) -> u64 {
        self.clock.us_at(Instant::now())
    }

    pub(crate) fn is_over(&self) -> bool {
        self.row.ended_at.is_some()
    }

    fn broadcast(&self, message: &ServerMessage) {
        for link in self.room.iter().flat_map(Room::links) {
            self.parts.hub.send(link, message.clone());
        }
        if self.room.is_none() {
            self.parts
                .hub
                .send_to_account(&self.officer.id.to_string(), message);
        }
    }

    /// Gives a fact to the room, if there is one; what follows is carried out by [`Self::follow`].
    fn tell_room(&mut self, input: signaling::room::Input) {
        let Some(room) = &mut self.room else { return };
        if let Err(error) = room.handle(input, Instant::now()) {
            tracing::debug!(sid = %self.sid, %error, "The room refused what it was told");
        }
    }
}

/// The tables of the law that the product is built with.
pub(crate) fn tables() -> &'static Tables {
    Tables::embedded()
}

/// A wall-clock instant for a row.
pub(crate) fn now() -> UtcMillis {
    clock::utc_now()
}
