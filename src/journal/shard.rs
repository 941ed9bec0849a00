//! A shard: one thread that owns the logs of its sessions and commits what waits for them in groups.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded, select};
use ids::Sid;
use integrity::Draft;
use integrity::body::{Fact as _, SegmentCommitted};
use tokio::sync::mpsc::error::TrySendError;

use super::counters::Counters;
use super::files::SessionDir;
use super::log::{Log, SharedSigner, Staged};
use super::{
    Answer, Command, Commit, Committed, Error, Fact, Keep, Look, Subscriber, Written, limits,
};
use crate::clock::SessionClock;

pub(super) struct Shard {
    root: Arc<Path>,
    site: String,
    signer: SharedSigner,
    logs: BTreeMap<Sid, Open>,
    /// Commands whose logs are being read, by session in the order in which they came.
    waiting: BTreeMap<Sid, Vec<Command>>,
    reader: Reader,
    subscribers: BTreeMap<Sid, Subscriber>,
    counters: Arc<Counters>,
}

struct Open {
    log: Log,
    used: Instant,
    /// Loaded for a custody entry; may be closed when others are needed.
    idle: bool,
}

impl Open {
    /// Whether it may be closed and read again. Never after a failed write, which must not be tried again.
    fn may_close(&self) -> bool {
        (self.idle || self.log.is_sealed()) && self.log.failed().is_none()
    }
}

/// The thread that reads logs.
struct Reader {
    thread: JoinHandle<()>,
    wanted: Sender<(Sid, Option<SessionClock>)>,
    read: Receiver<Loaded>,
}

struct Loaded {
    sid: Sid,
    /// Nobody goes on with it.
    idle: bool,
    log: Result<Box<Log>, Error>,
}

/// What one group commit owes to whom.
struct Group {
    staged: Staged,
    keep: Keep,
    owed: Vec<(Vec<Written>, Answer)>,
    looks: Vec<Look>,
}

type Groups = BTreeMap<Sid, Group>;

impl Shard {
    pub(super) fn new(
        root: Arc<Path>,
        site: &str,
        signer: &SharedSigner,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            reader: Reader::start(Arc::clone(&root), site.to_owned(), Arc::clone(signer)),
            root,
            site: site.to_owned(),
            signer: Arc::clone(signer),
            logs: BTreeMap::new(),
            waiting: BTreeMap::new(),
            subscribers: BTreeMap::new(),
            counters,
        }
    }

    /// Serves commands until it is told to stop or the last handle is dropped.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        let mut loaded = self.reader.read.clone();
        let mut running = true;
        while running {
            select! {
                recv(commands) -> first => match first {
                    Ok(first) => {
                        let more = commands.try_iter().take(limits::COMMANDS_MAX);
                        running = self.serve(std::iter::once(first).chain(more));
                    }
                    Err(_) => running = false,
                },
                recv(loaded) -> read => match read {
                    Ok(read) => self.take_in(read),
                    Err(_) => {
                        tracing::error!("The thread that reads logs has ended; what has ended cannot be shown");
                        loaded = crossbeam_channel::never();
                        for command in std::mem::take(&mut self.waiting).into_values().flatten() {
                            refuse(command, Error::Stopped);
                        }
                    }
                },
                default(limits::IDLE_KEPT) => {}
            }
            self.close_idle();
        }
        while !self.waiting.is_empty()
            && let Ok(loaded) = loaded.recv()
        {
            self.take_in(loaded);
        }
        self.reader.stop(loaded);
    }

    /// Carries out what waits, one commit a session; `false` once told to stop.
    fn serve(&mut self, commands: impl Iterator<Item = Command>) -> bool {
        let mut groups = Groups::new();
        let mut running = true;
        for command in commands {
            if matches!(command, Command::Stop) {
                running = false;
                break;
            }
            self.stage(&mut groups, command);
        }
        for (sid, group) in groups {
            self.commit(sid, group);
        }
        running
    }

    fn stage(&mut self, groups: &mut Groups, command: Command) {
        match command {
            Command::Open {
                sid,
                clock,
                first,
                answer,
            } => {
                let opened = self.create(sid, clock);
                let entries = opened.and_then(|()| self.place(groups, sid, |_| Ok(vec![first])));
                owe(groups, sid, Keep::ForGood, entries, answer);
            }
            Command::Subscribe { sid, subscriber } => {
                self.subscribers
                    .retain(|_, subscriber| !subscriber.is_closed());
                self.subscribers.insert(sid, subscriber);
                if let Some(error) = self.logs.get(&sid).and_then(|open| open.log.failed()) {
                    let reason = error.to_string();
                    self.tell(sid, Commit::Failed { reason });
                }
            }
            Command::Resume { sid, clock, answer } => {
                if self.has_log(sid) {
                    let entries = self.place(groups, sid, |_| Ok(Vec::new()));
                    owe(groups, sid, Keep::UntilNext, entries, answer);
                } else {
                    self.wait(sid, Some(clock), Command::Resume { sid, clock, answer });
                }
            }
            Command::Append {
                sid,
                facts,
                keep,
                answer,
            } => {
                if self.has_log(sid) {
                    let entries = self.place(groups, sid, |_| Ok(facts));
                    owe(groups, sid, keep, entries, answer);
                } else {
                    let command = Command::Append {
                        sid,
                        facts,
                        keep,
                        answer,
                    };
                    self.wait(sid, None, command);
                }
            }
            Command::Seal {
                sid,
                actor,
                reason,
                answer,
            } => {
                if self.has_log(sid) {
                    let seal = |log: &Log| {
                        let seal = log
                            .totals()
                            .seal(&reason)
                            .and_then(|body| Draft::new(actor, &body));
                        Ok(vec![Fact::from(
                            seal.map_err(|error| Error::Refused(error.to_string()))?,
                        )])
                    };
                    let entries = self.place(groups, sid, seal);
                    owe(groups, sid, Keep::ForGood, entries, answer);
                } else {
                    let command = Command::Seal {
                        sid,
                        actor,
                        reason,
                        answer,
                    };
                    self.wait(sid, None, command);
                }
            }
            Command::Look { sid, answer } => {
                if self.has_log(sid) {
                    // A log that takes nothing any more still shows what it was signed for.
                    let last = self.logs.get(&sid).and_then(|open| open.log.last_outline());
                    if let Some(last) = last {
                        return answer(Ok(last));
                    }
                    match self.place(groups, sid, |_| Ok(Vec::new())) {
                        Ok(_) => groups
                            .entry(sid)
                            .or_insert_with(Group::new)
                            .looks
                            .push(answer),
                        Err(error) => answer(Err(error)),
                    }
                } else {
                    self.wait(sid, None, Command::Look { sid, answer });
                }
            }
            Command::Stop => {}
        }
    }

    /// Whether a session's log is open; notes that it is used.
    fn has_log(&mut self, sid: Sid) -> bool {
        let open = self.logs.get_mut(&sid);
        open.map(|open| open.used = Instant::now()).is_some()
    }

    /// Keeps a command until its log has been read.
    fn wait(&mut self, sid: Sid, clock: Option<SessionClock>, command: Command) {
        let has_room = self.waiting.values().map(Vec::len).sum::<usize>() < limits::WAITING_MAX;
        if !has_room {
            refuse(command, Error::Busy);
        } else if let Some(waiting) = self.waiting.get_mut(&sid) {
            waiting.push(command);
        } else if self.reader.wanted.try_send((sid, clock)).is_ok() {
            self.waiting.insert(sid, vec![command]);
        } else {
            refuse(command, Error::Busy);
        }
    }

    /// A log has been read: what waited for it is carried out.
    fn take_in(&mut self, loaded: Loaded) {
        let waiting = self.waiting.remove(&loaded.sid).unwrap_or_default();
        match loaded.log {
            Ok(log) => {
                let open = Open {
                    log: *log,
                    used: Instant::now(),
                    idle: loaded.idle,
                };
                self.logs.insert(loaded.sid, open);
                self.serve(waiting.into_iter());
            }
            Err(error) => {
                for command in waiting {
                    refuse(command, error.clone());
                }
            }
        }
    }

    fn place(
        &mut self,
        groups: &mut Groups,
        sid: Sid,
        facts: impl FnOnce(&Log) -> Result<Vec<Fact>, Error>,
    ) -> Result<Vec<Written>, Error> {
        let open = self.logs.get_mut(&sid).ok_or(Error::Unknown(sid))?;
        if let Some(error) = open.log.failed() {
            return Err(error.clone());
        }
        let facts = facts(&open.log)?;
        let group = groups.entry(sid).or_insert_with(Group::new);
        open.log.stage(&mut group.staged, facts)
    }

    fn commit(&mut self, sid: Sid, group: Group) {
        let Some(open) = self.logs.get_mut(&sid) else {
            return;
        };
        let was_well = open.log.failed().is_none();
        let begun = Instant::now();
        let count = group.owed.iter().map(|(entries, _)| entries.len()).sum();
        let outcome = open.log.commit(group.staged, group.keep);
        self.counters.committed(count, begun, outcome.is_ok());
        if outcome.is_ok() {
            let now_us = open.log.now_us();
            let written = group.owed.iter().flat_map(|(entries, _)| entries);
            for segment in written.filter(|w| w.entry.kind == SegmentCommitted::TYPE) {
                let t0_us = segment.entry.body.get("t0_us").and_then(|us| us.as_u64());
                self.counters
                    .behind(now_us.saturating_sub(t0_us.unwrap_or(now_us)));
            }
        }
        let news = match &outcome {
            Ok((head, note)) => {
                let entries: Vec<Written> = group
                    .owed
                    .iter()
                    .flat_map(|(entries, _)| entries.iter().cloned())
                    .collect();
                let made = open.log.committed(entries, *head, Arc::clone(note));
                Some(Commit::Made(made))
            }
            Err(error) => {
                tracing::error!(%sid, %error, "A group commit failed; the session's log takes nothing any more");
                let reason = error.to_string();
                was_well.then_some(Commit::Failed { reason })
            }
        };
        if let Some(news) = news {
            self.tell(sid, news);
        }
        let Some(open) = self.logs.get(&sid) else {
            return;
        };
        for (entries, answer) in group.owed {
            let committed: Result<Committed, Error> = match &outcome {
                Ok((head, note)) => Ok(open.log.committed(entries, *head, Arc::clone(note))),
                Err(error) => Err(error.clone()),
            };
            answer(committed);
        }
        for look in group.looks {
            look(match &outcome {
                Ok((head, note)) => Ok(open.log.outline(*head, Arc::clone(note))),
                Err(error) => Err(error.clone()),
            });
        }
    }

    /// Tells whoever follows the session's log.
    fn tell(&mut self, sid: Sid, news: Commit) {
        let Some(subscriber) = self.subscribers.get(&sid) else {
            return;
        };
        match subscriber.try_send(news) {
            Ok(()) => {}
            Err(TrySendError::Closed(_)) => {
                self.subscribers.remove(&sid);
            }
            Err(TrySendError::Full(_)) => {
                tracing::error!(%sid, "Whoever follows this session's log is too far behind and is cut off");
                self.subscribers.remove(&sid);
            }
        }
    }

    fn create(&mut self, sid: Sid, clock: SessionClock) -> Result<(), Error> {
        let dir = SessionDir::new(&self.root, sid);
        let log = Log::create(sid, &self.site, dir, clock, Arc::clone(&self.signer));
        let log = log.map_err(|error| Error::NotOpened {
            sid,
            detail: error.to_string(),
        })?;
        self.logs.insert(
            sid,
            Open {
                log,
                used: Instant::now(),
                idle: false,
            },
        );
        Ok(())
    }

    /// Closes logs that are over: those that nobody has asked for in a while, and the longest unused of too many.
    fn close_idle(&mut self) {
        let mut idle: Vec<(Instant, Sid)> = self
            .logs
            .iter()
            .filter(|(_, open)| open.may_close())
            .map(|(sid, open)| (open.used, *sid))
            .collect();
        idle.sort_unstable();
        let too_many = idle.len().saturating_sub(limits::IDLE_LOGS_MAX);
        for (k, (used, sid)) in idle.into_iter().enumerate() {
            if (k < too_many || used.elapsed() >= limits::IDLE_KEPT)
                && let Some(open) = self.logs.remove(&sid)
            {
                open.log.forget();
            }
        }
    }
}

impl Reader {
    fn start(root: Arc<Path>, site: String, signer: SharedSigner) -> Self {
        let (wanted, orders) = bounded::<(Sid, Option<SessionClock>)>(limits::WAITING_MAX);
        let (read_in, read) = bounded(1);
        let work = move || {
            for (sid, clock) in orders {
                let idle = clock.is_none();
                let dir = SessionDir::new(&root, sid);
                let log = Log::load(sid, &site, dir, clock, Arc::clone(&signer)).map(Box::new);
                if read_in.send(Loaded { sid, idle, log }).is_err() {
                    break;
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("journal-read".to_owned())
            .spawn(work)
            .expect("the system has threads left at start");
        Self {
            thread,
            wanted,
            read,
        }
    }

    fn stop(self, read: Receiver<Loaded>) {
        drop((self.wanted, self.read, read));
        if self.thread.join().is_err() {
            tracing::error!("The thread that reads logs had panicked");
        }
    }
}

/// Notes what is owed for a command whose entries have their place, or answers that they have none.
fn owe(
    groups: &mut Groups,
    sid: Sid,
    keep: Keep,
    entries: Result<Vec<Written>, Error>,
    answer: Answer,
) {
    match entries {
        Ok(entries) => {
            let group = groups.entry(sid).or_insert_with(Group::new);
            if keep == Keep::ForGood {
                group.keep = keep;
            }
            group.owed.push((entries, answer));
        }
        Err(error) => answer(Err(error)),
    }
}

/// Answers a command that is not carried out.
fn refuse(command: Command, error: Error) {
    match command {
        Command::Open { answer, .. }
        | Command::Resume { answer, .. }
        | Command::Append { answer, .. }
        | Command::Seal { answer, .. } => answer(Err(error)),
        Command::Look { answer, .. } => answer(Err(error)),
        Command::Subscribe { .. } | Command::Stop => {}
    }
}

impl Group {
    fn new() -> Self {
        Self {
            staged: Staged::default(),
            keep: Keep::UntilNext,
            owed: Vec::new(),
            looks: Vec::new(),
        }
    }
}
