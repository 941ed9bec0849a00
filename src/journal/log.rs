//! One open log: what is staged, made durable, signed for.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use ids::{Sid, UtcMillis};
use integrity::body::{ClockAdjusted, Head};
use integrity::checkpoint::{Checkpoint, Signer};
use integrity::seal::Totals;
use integrity::{Actor, Chain, Digest, Draft, Entry, private};

use super::files::{SessionDir, sync_dir};
use super::{Committed, Error, Fact, Keep, Written};
use crate::clock::{self, SessionClock};

/// The key, shared by the journal's threads and by exports. Its lock is held for one signature.
pub type SharedSigner = Arc<Mutex<dyn Signer>>;

pub(super) struct Log {
    sid: Sid,
    site: String,
    dir: SessionDir,
    file: File,
    clock: SessionClock,
    chain: Chain,
    totals: Totals,
    signer: SharedSigner,
    /// Leaves of durable entries that no head covers yet.
    unsigned: Vec<Digest>,
    newest: Option<Signed>,
    /// Set once a write failed: nothing is written to this log any more.
    failed: Option<String>,
}

struct Signed {
    head: Head,
    note: Arc<str>,
    keep: Keep,
}

/// Lines and private files of one group commit, not yet written.
#[derive(Default)]
pub(super) struct Staged {
    bytes: Vec<u8>,
    openings: Vec<(u64, Vec<u8>)>,
    leaves: Vec<Digest>,
}

impl Log {
    pub(super) fn create(
        sid: Sid,
        site: &str,
        dir: SessionDir,
        clock: SessionClock,
        signer: SharedSigner,
    ) -> io::Result<Self> {
        dir.create()?;
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(dir.log())?;
        sync_dir(dir.path())?;
        let chain = Chain::open(sid);
        Ok(Self {
            sid,
            site: site.to_owned(),
            dir,
            file,
            clock,
            chain,
            totals: Totals::new(),
            signer,
            unsigned: Vec::new(),
            newest: None,
            failed: None,
        })
    }

    /// Opens a log that was written before and, where it may have been torn, recovered.
    pub(super) fn load(
        sid: Sid,
        site: &str,
        dir: SessionDir,
        clock: Option<SessionClock>,
        signer: SharedSigner,
    ) -> Result<Self, Error> {
        let disk = |error: io::Error| {
            if error.kind() == io::ErrorKind::NotFound {
                Error::Unknown(sid)
            } else {
                Error::Disk {
                    sid,
                    detail: error.to_string(),
                }
            }
        };
        let conflict = |error: integrity::Error| Error::Conflict {
            sid,
            detail: error.to_string(),
        };
        let bytes = std::fs::read(dir.log()).map_err(disk)?;
        let mut chain = Chain::open(sid);
        let mut totals = Totals::new();
        let mut leaves = Vec::new();
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            let line = chain.accept(line).map_err(conflict)?;
            totals.push(&line).map_err(conflict)?;
            leaves.push(line.leaf);
        }
        let Some((time, mono)) = chain.last() else {
            return Err(Error::Unknown(sid));
        };
        let file = OpenOptions::new()
            .append(true)
            .open(dir.log())
            .map_err(disk)?;
        let clock = clock.unwrap_or_else(|| resumed_clock(time, mono));
        // The signer's tree of this log is grown from the lines themselves.
        lock(&signer).forget(&Checkpoint::session(site, sid, chain.head()).origin);
        Ok(Self {
            sid,
            site: site.to_owned(),
            dir,
            file,
            clock,
            chain,
            totals,
            signer,
            unsigned: leaves,
            newest: None,
            failed: None,
        })
    }

    pub(super) fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Places facts behind the log's end without writing them. On an error nothing has changed.
    pub(super) fn stage(
        &mut self,
        staged: &mut Staged,
        facts: Vec<Fact>,
    ) -> Result<Vec<Written>, Error> {
        if let Some(detail) = &self.failed {
            return Err(Error::Disk {
                sid: self.sid,
                detail: detail.clone(),
            });
        }
        let (chain, totals) = (self.chain.clone(), self.totals.clone());
        let (bytes, openings, leaves) = (
            staged.bytes.len(),
            staged.openings.len(),
            staged.leaves.len(),
        );
        let placed = self.place_all(staged, facts);
        if placed.is_err() {
            (self.chain, self.totals) = (chain, totals);
            staged.bytes.truncate(bytes);
            staged.openings.truncate(openings);
            staged.leaves.truncate(leaves);
        }
        placed.map_err(|error| Error::Refused(error.to_string()))
    }

    fn place_all(
        &mut self,
        staged: &mut Staged,
        facts: Vec<Fact>,
    ) -> Result<Vec<Written>, integrity::Error> {
        let mut entries = Vec::with_capacity(facts.len());
        for fact in facts {
            let (time, mono) = (clock::utc_now(), self.clock.us_at(Instant::now()));
            let (last_time, last_mono) = self.chain.last().unwrap_or((time, 0));
            let mono = if self.chain.size() == 0 {
                0
            } else {
                mono.max(last_mono)
            };
            if time < last_time {
                let adjusted = ClockAdjusted {
                    before: last_time,
                    after: time,
                    source: "system".to_owned(),
                };
                let draft = Draft::new(server()?, &adjusted)?;
                let entry = self.place(staged, draft, time, mono)?;
                entries.push(Written {
                    entry,
                    private: BTreeMap::new(),
                });
            }
            let private = fact.private;
            let sealed = private::seal(
                private
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone(), salt())),
            )?;
            if !sealed.is_empty() {
                staged
                    .openings
                    .push((self.chain.size(), sealed.openings()?));
            }
            let entry = self.place(staged, fact.draft.with_private(&sealed), time, mono)?;
            entries.push(Written { entry, private });
        }
        Ok(entries)
    }

    fn place(
        &mut self,
        staged: &mut Staged,
        draft: Draft,
        time: UtcMillis,
        mono: u64,
    ) -> Result<Entry, integrity::Error> {
        let line = self.chain.append(draft, time, mono)?;
        self.totals.push(&line)?;
        staged.bytes.extend_from_slice(&line.bytes);
        staged.leaves.push(line.leaf);
        Ok(line.entry)
    }

    /// Makes what was staged durable, openings before the entries that commit to them, and signs the new head.
    pub(super) fn commit(&mut self, staged: Staged, keep: Keep) -> Result<(Head, Arc<str>), Error> {
        if let Some(detail) = &self.failed {
            return Err(Error::Disk {
                sid: self.sid,
                detail: detail.clone(),
            });
        }
        if let Err(error) = self.write(&staged) {
            let detail = error.to_string();
            self.failed = Some(detail.clone());
            return Err(Error::Disk {
                sid: self.sid,
                detail,
            });
        }
        self.unsigned.extend(staged.leaves);
        self.sign(keep)
    }

    fn write(&mut self, staged: &Staged) -> io::Result<()> {
        for (seq, openings) in &staged.openings {
            self.dir.add(&private::path(*seq), openings)?;
        }
        if !staged.bytes.is_empty() {
            self.file.write_all(&staged.bytes)?;
            // A failed sync is never tried again: the kernel may have dropped the pages and would answer yes.
            self.file.sync_data()?;
        }
        Ok(())
    }

    fn sign(&mut self, keep: Keep) -> Result<(Head, Arc<str>), Error> {
        if let Some(newest) = self.newest.as_mut().filter(|_| self.unsigned.is_empty()) {
            if keep == Keep::ForGood {
                newest.keep = keep;
            }
            return Ok((newest.head, Arc::clone(&newest.note)));
        }
        let head = self.chain.head();
        let checkpoint = Checkpoint::session(&self.site, self.sid, head);
        let note = lock(&self.signer).sign_head(&checkpoint, &self.unsigned);
        let note = note.map_err(|error| Error::Conflict {
            sid: self.sid,
            detail: error.to_string(),
        })?;
        let note: Arc<str> = note.to_string().into();
        self.unsigned.clear();
        // A head that is not on disk can be signed again from the log: its loss loses nothing.
        if let Err(error) = self.dir.put_checkpoint(head.size, &note) {
            tracing::warn!(sid = %self.sid, %error, "The newest checkpoint of a session was not stored");
        }
        let superseded = self.newest.replace(Signed {
            head,
            note: Arc::clone(&note),
            keep,
        });
        if let Some(Signed {
            head: old,
            keep: Keep::UntilNext,
            ..
        }) = superseded
            && old.size != head.size
            && let Err(error) = self.dir.drop_checkpoint(old.size)
        {
            tracing::warn!(sid = %self.sid, %error, "A superseded checkpoint was not removed");
        }
        Ok((head, note))
    }

    /// The answer for a command whose entries are `entries`.
    pub(super) fn committed(&self, entries: Vec<Written>, head: Head, note: Arc<str>) -> Committed {
        let (time, mono_us) = self.chain.last().unwrap_or((UtcMillis::from_millis(0), 0));
        Committed {
            entries: entries.into(),
            head,
            note,
            time,
            mono_us,
        }
    }
}

/// The session clock of a log whose last entry is of `time` and `mono`: it went on with the wall clock.
pub(super) fn resumed_clock(time: UtcMillis, mono: u64) -> SessionClock {
    let since_ms = clock::utc_now()
        .as_millis()
        .saturating_sub(time.as_millis())
        .max(0);
    let since_us = u64::try_from(since_ms).unwrap_or(0).saturating_mul(1000);
    SessionClock::resume(Instant::now(), mono.saturating_add(since_us))
}

/// The actor of what the server itself does.
pub(super) fn server() -> Result<Actor, integrity::Error> {
    "server:rec-1".parse()
}

pub(super) fn lock(signer: &SharedSigner) -> std::sync::MutexGuard<'_, dyn Signer + 'static> {
    signer.lock().expect("a signer does not panic")
}

fn salt() -> private::Salt {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).expect("the system's random source works once it has started");
    salt
}
