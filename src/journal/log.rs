//! One open log: what is staged, made durable, signed for.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use ids::{Sid, UtcMillis};
use integrity::body::{Body, ClockAdjusted, DecisionMade, Fact as _, Head, SessionSealed};
use integrity::checkpoint::{Checkpoint, Signer};
use integrity::seal::Totals;
use integrity::{Actor, Chain, Digest, Draft, Entry, private};

use super::files::{SessionDir, sync_dir};
use super::{Committed, Error, Fact, Keep, Outline, Written};
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
    /// Leaves of the durable entries; whoever looks at the log shares them.
    leaves: Arc<Vec<Digest>>,
    /// How many of them a head covers.
    signed: usize,
    newest: Option<Signed>,
    told: Told,
    /// Set once a write or a signature failed: nothing is written to this log any more.
    failed: Option<Error>,
}

/// What the public may know of a log's entries.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    sealed_at: Option<UtcMillis>,
    decision: Option<Digest>,
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
            leaves: Arc::default(),
            signed: 0,
            newest: None,
            told: Told::default(),
            failed: None,
        })
    }

    /// Opens a log that was written before and, where it may have been torn, recovered; signs its head.
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
        let mut chain = Chain::open(sid);
        let mut totals = Totals::new();
        let mut told = Told::default();
        let mut leaves = Vec::new();
        let mut lines = BufReader::new(File::open(dir.log()).map_err(disk)?);
        let mut bytes = Vec::new();
        while lines.read_until(b'\n', &mut bytes).map_err(disk)? > 0 {
            let line = chain.accept(&bytes).map_err(conflict)?;
            totals.push(&line).map_err(conflict)?;
            told.note(&line.entry);
            leaves.push(line.leaf);
            bytes.clear();
        }
        let Some((time, mono)) = chain.last() else {
            return Err(Error::Unknown(sid));
        };
        let file = OpenOptions::new()
            .append(true)
            .open(dir.log())
            .map_err(disk)?;
        // Whoever wrote it may have been killed between its write and its sync.
        file.sync_data().map_err(disk)?;
        let clock = clock.unwrap_or_else(|| SessionClock::of_log(time, mono));
        let mut log = Self {
            sid,
            site: site.to_owned(),
            dir,
            file,
            clock,
            chain,
            totals,
            signer,
            leaves: leaves.into(),
            signed: 0,
            newest: None,
            told,
            failed: None,
        };
        // The signer's tree of this log is grown from the lines themselves.
        log.forget();
        // A head that is there already may have been given to somebody.
        let keep = if log.dir.has_checkpoint(log.chain.size()) {
            Keep::ForGood
        } else {
            Keep::UntilNext
        };
        log.sign(keep)?;
        Ok(log)
    }

    /// The signer need not know this log any more; it is read again before it is written to.
    pub(super) fn forget(&self) {
        let origin = Checkpoint::session(&self.site, self.sid, self.chain.head()).origin;
        lock(&self.signer).forget(&origin);
    }

    /// Whether only custody is added any more.
    pub(super) fn is_sealed(&self) -> bool {
        self.chain.is_sealed()
    }

    /// Why nothing is written to this log any more.
    pub(super) fn failed(&self) -> Option<&Error> {
        self.failed.as_ref()
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
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let (chain, totals, told) = (self.chain.clone(), self.totals.clone(), self.told);
        let (bytes, openings, leaves) = (
            staged.bytes.len(),
            staged.openings.len(),
            staged.leaves.len(),
        );
        let placed = self.place_all(staged, facts);
        if placed.is_err() {
            (self.chain, self.totals, self.told) = (chain, totals, told);
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
        self.told.note(&line.entry);
        staged.bytes.extend_from_slice(&line.bytes);
        staged.leaves.push(line.leaf);
        Ok(line.entry)
    }

    /// Makes what was staged durable, openings before the entries that commit to them, and signs the new head.
    pub(super) fn commit(&mut self, staged: Staged, keep: Keep) -> Result<(Head, Arc<str>), Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let outcome = self.write(&staged).map_err(|error| Error::Disk {
            sid: self.sid,
            detail: error.to_string(),
        });
        let outcome = outcome.and_then(|()| {
            Arc::make_mut(&mut self.leaves).extend(staged.leaves);
            self.sign(keep)
        });
        if let Err(error) = &outcome {
            self.failed = Some(error.clone());
        }
        outcome
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
        let is_signed = self.signed == self.leaves.len();
        if let Some(newest) = self.newest.as_mut().filter(|_| is_signed) {
            if keep == Keep::ForGood && newest.keep == Keep::UntilNext {
                newest.keep = keep;
                if let Err(error) = self.dir.keep_checkpoint(newest.head.size) {
                    tracing::warn!(sid = %self.sid, %error, "A checkpoint that was given out was not made durable");
                }
            }
            return Ok((newest.head, Arc::clone(&newest.note)));
        }
        let head = self.chain.head();
        let checkpoint = Checkpoint::session(&self.site, self.sid, head);
        let note = lock(&self.signer).sign_head(&checkpoint, &self.leaves[self.signed..]);
        let note = note.map_err(|error| Error::Conflict {
            sid: self.sid,
            detail: error.to_string(),
        })?;
        let note: Arc<str> = note.to_string().into();
        self.signed = self.leaves.len();
        // A head that is not on disk can be signed again from the log: its loss loses nothing.
        let durable = keep == Keep::ForGood;
        if let Err(error) = self.dir.put_checkpoint(head.size, &note, durable) {
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

    /// What the log shows to whoever has a receipt of it, under its newest head.
    pub(super) fn outline(&self, head: Head, note: Arc<str>) -> Outline {
        Outline {
            head,
            note,
            sealed_at: self.told.sealed_at,
            decision: self.told.decision,
            leaves: Arc::clone(&self.leaves),
        }
    }

    /// What the newest signed head covers, where nothing is written any more.
    pub(super) fn last_outline(&self) -> Option<Outline> {
        self.failed.as_ref()?;
        let newest = self.newest.as_ref()?;
        let signed = usize::try_from(newest.head.size).ok()?;
        let leaves = self.leaves.get(..signed)?.to_vec();
        let mut outline = self.outline(newest.head, Arc::clone(&newest.note));
        outline.leaves = Arc::new(leaves);
        Some(outline)
    }

    /// µs of the session clock now.
    pub(super) fn now_us(&self) -> u64 {
        self.clock.us_at(Instant::now())
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

impl Told {
    fn note(&mut self, entry: &Entry) {
        match entry.kind.as_str() {
            SessionSealed::TYPE => self.sealed_at = Some(entry.time),
            DecisionMade::TYPE => {
                if let Ok(Body::DecisionMade(made)) = Body::parse(&entry.kind, &entry.body) {
                    self.decision = Some(made.doc_sha256);
                }
            }
            // Nothing else is told to the public.
            _ => {}
        }
    }
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
