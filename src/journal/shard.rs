//! A shard: one thread that owns the logs of its sessions and commits what waits for them in groups.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::Receiver;
use ids::Sid;
use integrity::Draft;
use tokio::sync::mpsc::error::TrySendError;

use super::files::SessionDir;
use super::log::{Log, SharedSigner, Staged};
use super::{Answer, Command, Committed, Error, Fact, Keep, Subscriber, Written, limits};
use crate::clock::SessionClock;

pub(super) struct Shard {
    root: Arc<Path>,
    site: String,
    signer: SharedSigner,
    logs: BTreeMap<Sid, Open>,
    subscribers: BTreeMap<Sid, Subscriber>,
}

struct Open {
    log: Log,
    used: Instant,
    /// Loaded for a custody entry; may be closed when others are needed.
    idle: bool,
}

/// What one group commit owes to whom.
struct Group {
    staged: Staged,
    keep: Keep,
    owed: Vec<(Vec<Written>, Answer)>,
}

impl Shard {
    pub(super) fn new(root: Arc<Path>, site: String, signer: SharedSigner) -> Self {
        Self {
            root,
            site,
            signer,
            logs: BTreeMap::new(),
            subscribers: BTreeMap::new(),
        }
    }

    /// Serves commands until the last handle is dropped.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        while let Ok(first) = commands.recv() {
            let mut groups: BTreeMap<Sid, Group> = BTreeMap::new();
            for command in
                std::iter::once(first).chain(commands.try_iter().take(limits::COMMANDS_MAX))
            {
                self.stage(&mut groups, command);
            }
            for (sid, group) in groups {
                self.commit(sid, group);
            }
            self.close_idle();
        }
    }

    fn stage(&mut self, groups: &mut BTreeMap<Sid, Group>, command: Command) {
        let (sid, keep, answer, entries) = match command {
            Command::Open {
                sid,
                clock,
                first,
                answer,
            } => {
                let opened = self.create(sid, clock);
                let entries = opened.and_then(|()| self.place(groups, sid, |_| Ok(vec![first])));
                (sid, Keep::ForGood, answer, entries)
            }
            Command::Resume { sid, clock } => {
                if let Err(error) = self.load(sid, Some(clock)) {
                    tracing::error!(%sid, %error, "A session cannot be resumed");
                }
                return;
            }
            Command::Subscribe { sid, subscriber } => {
                self.subscribers
                    .retain(|_, subscriber| !subscriber.is_closed());
                self.subscribers.insert(sid, subscriber);
                return;
            }
            Command::Append {
                sid,
                facts,
                keep,
                answer,
            } => {
                let entries = self
                    .load(sid, None)
                    .and_then(|()| self.place(groups, sid, |_| Ok(facts)));
                (sid, keep, answer, entries)
            }
            Command::Seal {
                sid,
                actor,
                reason,
                answer,
            } => {
                let seal = |log: &Log| {
                    let seal = log
                        .totals()
                        .seal(&reason)
                        .and_then(|body| Draft::new(actor, &body));
                    Ok(vec![Fact::from(
                        seal.map_err(|error| Error::Refused(error.to_string()))?,
                    )])
                };
                let entries = self
                    .load(sid, None)
                    .and_then(|()| self.place(groups, sid, seal));
                (sid, Keep::ForGood, answer, entries)
            }
        };
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

    fn place(
        &mut self,
        groups: &mut BTreeMap<Sid, Group>,
        sid: Sid,
        facts: impl FnOnce(&Log) -> Result<Vec<Fact>, Error>,
    ) -> Result<Vec<Written>, Error> {
        let open = self.logs.get_mut(&sid).ok_or(Error::Unknown(sid))?;
        let facts = facts(&open.log)?;
        let group = groups.entry(sid).or_insert_with(Group::new);
        open.log.stage(&mut group.staged, facts)
    }

    fn commit(&mut self, sid: Sid, group: Group) {
        let Some(open) = self.logs.get_mut(&sid) else {
            return;
        };
        let outcome = open.log.commit(group.staged, group.keep);
        if let Err(error) = &outcome {
            tracing::error!(%sid, %error, "A group commit failed; the session's log takes nothing any more");
        }
        if let (Ok((head, note)), Some(subscriber)) = (&outcome, self.subscribers.get(&sid)) {
            let entries: Vec<Written> = group
                .owed
                .iter()
                .flat_map(|(entries, _)| entries.iter().cloned())
                .collect();
            match subscriber.try_send(open.log.committed(entries, *head, Arc::clone(note))) {
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
        for (entries, answer) in group.owed {
            let committed: Result<Committed, Error> = match &outcome {
                Ok((head, note)) => Ok(open.log.committed(entries, *head, Arc::clone(note))),
                Err(error) => Err(error.clone()),
            };
            answer(committed);
        }
    }

    fn create(&mut self, sid: Sid, clock: SessionClock) -> Result<(), Error> {
        let dir = SessionDir::new(&self.root, sid);
        let log = Log::create(sid, &self.site, dir, clock, Arc::clone(&self.signer));
        let log = log.map_err(|error| Error::Disk {
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

    fn load(&mut self, sid: Sid, clock: Option<SessionClock>) -> Result<(), Error> {
        if let Some(open) = self.logs.get_mut(&sid) {
            open.used = Instant::now();
            return Ok(());
        }
        let dir = SessionDir::new(&self.root, sid);
        let idle = clock.is_none();
        let log = Log::load(sid, &self.site, dir, clock, Arc::clone(&self.signer))?;
        self.logs.insert(
            sid,
            Open {
                log,
                used: Instant::now(),
                idle,
            },
        );
        Ok(())
    }

    fn close_idle(&mut self) {
        while self.logs.values().filter(|open| open.idle).count() > limits::IDLE_LOGS_MAX {
            let oldest = self
                .logs
                .iter()
                .filter(|(_, open)| open.idle)
                .min_by_key(|(_, open)| open.used)
                .map(|(sid, _)| *sid);
            let Some(sid) = oldest else { return };
            self.logs.remove(&sid);
        }
    }
}

impl Group {
    fn new() -> Self {
        Self {
            staged: Staged::default(),
            keep: Keep::UntilNext,
            owed: Vec::new(),
        }
    }
}
