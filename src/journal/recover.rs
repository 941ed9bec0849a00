//! Recovery at start: the shell around [`integrity::recover`], in the order of the crash rule
//! (evidence-format.md): copy and sync what is torn, then cut, then say so in the log.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use ids::{ParticipantId, Sid, TrackId};
use integrity::body::{FileRef, Head, ParticipantInterrupted};
use integrity::checkpoint::Checkpoint;
use integrity::note::Note;
use integrity::recover::{OpenTrack, Scan, scan};
use integrity::{Digest, Draft, Entry};

use super::files::{SessionDir, sync_dir};
use super::log::server;
use crate::clock;

/// Why the server must not start.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The evidence of a session cannot be read or written.
    #[error("session {sid}: {path}: {source}; check the disk, then start again")]
    Disk {
        /// The session.
        sid: Sid,
        /// What was touched.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The disk lost what had been acknowledged.
    #[error(
        "session {sid}: {detail}. The disk holds less than was acknowledged, so it was restored from a copy or damaged: \
         set the folder aside, restore the newer copy, then start again"
    )]
    Lost {
        /// The session.
        sid: Sid,
        /// What is missing.
        detail: String,
    },
}

/// A session that goes on: it was not sealed when the server stopped.
#[derive(Debug)]
pub struct Recovered {
    /// The session.
    pub sid: Sid,
    /// All its entries, those of the recovery included.
    pub entries: Vec<Entry>,
    /// Tracks that have not ended; nothing will arrive on them any more.
    pub open_tracks: BTreeMap<TrackId, OpenTrack>,
}

/// What recovery found.
#[derive(Debug, Default)]
pub struct Recovery {
    /// Sessions that go on.
    pub going_on: Vec<Recovered>,
    /// Sessions whose log has no signed head over all of it: the journal has to be asked for one.
    pub unsigned: Vec<Sid>,
}

/// How the server stopped before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// In order: everything was recorded, logged, and signed for.
    Orderly,
    /// Nobody knows.
    Unknown,
}

/// Recovers every session under `root`. `is_settled` says of which sessions the index knows that they ended; of these
/// only the end of the log, the signed heads and the ages of the other files are looked at, unless these do not fit.
///
/// # Errors
/// [`RecoverError`]: the server must not start.
pub fn recover(
    root: &Path,
    stopped: Stopped,
    is_settled: &dyn Fn(Sid) -> bool,
) -> Result<Recovery, RecoverError> {
    let mut recovery = Recovery::default();
    let none = Sid::from_bytes([0; 16]);
    let disk = |source| RecoverError::Disk {
        sid: none,
        path: root.display().to_string(),
        source,
    };
    for item in fs::read_dir(root).map_err(disk)? {
        let name = item.map_err(disk)?.file_name();
        let Some(sid) = name.to_str().and_then(|name| name.parse::<Sid>().ok()) else {
            continue;
        };
        let session = Session {
            sid,
            dir: SessionDir::new(root, sid),
            stopped,
        };
        session.drop_note_aside()?;
        if is_settled(sid) && session.is_untouched()? {
            continue;
        }
        let recovered = session.recover()?;
        if !session.is_signed()? {
            recovery.unsigned.push(sid);
        }
        recovery.going_on.extend(recovered);
    }
    Ok(recovery)
}

/// Recovers one session and leaves the others as they are, where no server starts. Its log has to be signed anew.
///
/// # Errors
/// [`RecoverError`].
pub fn recover_one(root: &Path, stopped: Stopped, sid: Sid) -> Result<(), RecoverError> {
    let session = Session {
        sid,
        dir: SessionDir::new(root, sid),
        stopped,
    };
    session.drop_note_aside()?;
    session.recover().map(drop)
}

/// The largest number of a session under `root`, from the first entries of the logs; 0 if there is none.
///
/// # Errors
/// [`RecoverError::Disk`].
pub fn last_session_no(root: &Path) -> Result<u64, RecoverError> {
    let none = Sid::from_bytes([0; 16]);
    let disk = |source| RecoverError::Disk {
        sid: none,
        path: root.display().to_string(),
        source,
    };
    let mut last = 0;
    for item in fs::read_dir(root).map_err(disk)? {
        let name = item.map_err(disk)?.file_name();
        let Some(sid) = name.to_str().and_then(|name| name.parse::<Sid>().ok()) else {
            continue;
        };
        let mut first = Vec::new();
        let read = File::open(SessionDir::new(root, sid).log())
            .and_then(|file| io::BufReader::new(file).read_until(b'\n', &mut first));
        let no = read
            .ok()
            .and_then(|_| Entry::from_line(&first).ok())
            .and_then(|entry| entry.body.get("session_no")?.as_u64());
        last = last.max(no.unwrap_or(0));
    }
    Ok(last)
}

struct Session {
    sid: Sid,
    dir: SessionDir,
    stopped: Stopped,
}

impl Session {
    fn disk<'a>(
        &'a self,
        path: impl std::fmt::Display + 'a,
    ) -> impl FnOnce(io::Error) -> RecoverError + 'a {
        move |source| RecoverError::Disk {
            sid: self.sid,
            path: path.to_string(),
            source,
        }
    }

    fn lost(&self, error: &dyn std::fmt::Display) -> RecoverError {
        RecoverError::Lost {
            sid: self.sid,
            detail: error.to_string(),
        }
    }

    /// The log's last line, if it is whole.
    fn last_line(&self) -> Result<Option<Entry>, RecoverError> {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(self.dir.log())?;
            let len = file.metadata()?.len();
            let from = len.saturating_sub(integrity::canonical::limits::LINE_BYTES_MAX as u64 + 1);
            file.seek(SeekFrom::Start(from))?;
            let mut tail = Vec::new();
            file.read_to_end(&mut tail)?;
            Ok(tail)
        };
        let tail = match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(self.disk("log.jsonl"))?,
        };
        let line = tail
            .strip_suffix(b"\n")
            .map(|text| text.rsplit(|b| *b == b'\n').next().unwrap_or(text));
        Ok(line.and_then(|line| Entry::from_line(line).ok()))
    }

    /// Whether a signed head covers the whole log. A log without one whole line needs none.
    fn is_signed(&self) -> Result<bool, RecoverError> {
        Ok(match self.last_line()? {
            Some(last) => self.dir.has_checkpoint(last.seq + 1),
            None => true,
        })
    }

    /// Whether nothing has happened to a session that ended since its newest entry was signed for: every head is whole,
    /// and no file is younger than the entry that would have named it.
    fn is_untouched(&self) -> Result<bool, RecoverError> {
        if self.last_line()?.is_none() || !self.is_signed()? || !self.broken_notes()?.is_empty() {
            return Ok(false);
        }
        let modified = |name: &str| {
            let metadata = fs::metadata(self.dir.path().join(name));
            metadata.and_then(|m| m.modified()).map_err(self.disk(name))
        };
        let logged = modified("log.jsonl")?;
        for folder in ["media", "backfill", "documents", "private", "recovered"] {
            for (name, _) in self.files(folder)? {
                if modified(&name)? >= logged {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Removes what is left of a head that had not got its name.
    fn drop_note_aside(&self) -> Result<(), RecoverError> {
        let path = self.dir.note_aside();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.disk(path.display())(error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Every head and receipt, by file; `None` for one that a power cut has emptied or cut, as it can to those that were
    /// not synced. Nobody can have relied on such a one, and the journal signs the log's head again.
    fn notes(&self) -> Result<Vec<(String, u64, Option<Head>)>, RecoverError> {
        let mut notes = Vec::new();
        for folder in ["checkpoints", "receipts"] {
            for (name, len) in self.files(folder)? {
                let bytes = fs::read(self.dir.path().join(&name)).map_err(self.disk(&name))?;
                let head = Note::parse(&bytes)
                    .ok()
                    .and_then(|note| note.text().parse::<Checkpoint>().ok())
                    .map(|checkpoint| checkpoint.head());
                notes.push((name, len, head));
            }
        }
        Ok(notes)
    }

    fn broken_notes(&self) -> Result<Vec<(String, u64)>, RecoverError> {
        let notes = self.notes()?.into_iter();
        Ok(notes
            .filter(|(_, _, head)| head.is_none())
            .map(|(name, len, _)| (name, len))
            .collect())
    }

    fn recover(&self) -> Result<Option<Recovered>, RecoverError> {
        let log = match fs::read(self.dir.log()) {
            Ok(log) => log,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.disk("log.jsonl")(error)),
        };
        let Ok(mut found) = scan(&log) else {
            // Not one whole line: nothing of this session was ever acknowledged to anybody.
            tracing::warn!(sid = %self.sid, "A session folder has no entry and is left as it is");
            return Ok(None);
        };
        self.check_newest_head(&found)?;
        let kept = self.set_aside(&found, &log)?;
        if found.chain.is_sealed() && kept.is_empty() {
            return Ok(None);
        }
        let mut entries = Vec::new();
        for line in log[..usize::try_from(found.good_bytes).unwrap_or(log.len())]
            .split_inclusive(|b| *b == b'\n')
        {
            entries.extend(Entry::from_line(line));
        }
        entries.extend(self.say_so(&mut found, kept)?);
        if found.chain.is_sealed() {
            return Ok(None);
        }
        Ok(Some(Recovered {
            sid: self.sid,
            entries,
            open_tracks: found.open_tracks,
        }))
    }

    fn check_newest_head(&self, found: &Scan) -> Result<(), RecoverError> {
        let heads = self.notes()?.into_iter().filter_map(|(_, _, head)| head);
        match heads.max_by_key(|head| head.size) {
            Some(newest) => found
                .check_newest(&newest)
                .map_err(|error| self.lost(&error)),
            None => Ok(()),
        }
    }

    /// Moves everything that no entry names to `recovered/` and returns what was kept there.
    fn set_aside(&self, found: &Scan, log: &[u8]) -> Result<Vec<FileRef>, RecoverError> {
        let mut kept = Vec::new();
        if let Some(torn) = &found.torn {
            kept.extend(self.keep("log.jsonl", torn.range.clone(), &found.log_tail_path())?);
        }
        let mut lengths: BTreeMap<String, u64> = self.files("media")?.into_iter().collect();
        lengths.extend(self.files("backfill")?);
        for tail in found
            .media_tails(&lengths)
            .map_err(|error| self.lost(&error))?
        {
            kept.extend(self.keep(&tail.file, tail.range, &tail.moved_to)?);
        }
        let good = &log[..usize::try_from(found.good_bytes).unwrap_or(log.len())];
        let named = named_files(good);
        for folder in ["documents", "private"] {
            for (file, len) in self.files(folder)? {
                if !named.contains(&file) {
                    let moved_to = format!("recovered/{}", file.replace('/', "-"));
                    kept.extend(self.keep(&file, 0..len, &moved_to)?);
                }
            }
        }
        for (file, len) in self.broken_notes()? {
            let moved_to = format!("recovered/{}", file.replace('/', "-"));
            kept.extend(self.keep(&file, 0..len, &moved_to)?);
        }
        // What a recovery that was itself interrupted had kept, but not yet named.
        for (file, bytes) in self.files("recovered")? {
            if !named.contains(&file) && kept.iter().all(|k: &FileRef| k.file != file) {
                let content = fs::read(self.dir.path().join(&file)).map_err(self.disk(&file))?;
                kept.push(FileRef {
                    file,
                    bytes,
                    sha256: Digest::sha256(&content),
                });
            }
        }
        Ok(kept)
    }

    /// Copies a range to `to` and syncs it, and only then cuts it off where it was.
    fn keep(
        &self,
        file: &str,
        range: Range<u64>,
        to: &str,
    ) -> Result<Option<FileRef>, RecoverError> {
        let path = self.dir.path().join(file);
        let act = || -> io::Result<Option<FileRef>> {
            let mut source = OpenOptions::new().read(true).write(true).open(&path)?;
            source.seek(SeekFrom::Start(range.start))?;
            let mut bytes = Vec::new();
            Read::by_ref(&mut source)
                .take(range.end - range.start)
                .read_to_end(&mut bytes)?;
            let kept = if bytes.is_empty() {
                None
            } else {
                // A second crash during recovery may have left a copy; it is the same bytes or a part of them.
                let target = self.dir.path().join(to);
                if target.exists() {
                    fs::remove_file(&target)?;
                }
                self.dir.add(to, &bytes)?;
                Some(FileRef {
                    file: to.to_owned(),
                    bytes: bytes.len() as u64,
                    sha256: Digest::sha256(&bytes),
                })
            };
            if range.start == 0 && file != "log.jsonl" {
                fs::remove_file(&path)?;
                sync_dir(path.parent().unwrap_or(self.dir.path()))?;
            } else {
                source.set_len(range.start)?;
                source.sync_all()?;
            }
            Ok(kept)
        };
        act().map_err(self.disk(file))
    }

    /// Appends `session.recovered`, the gaps, and that everyone present is interrupted. After an orderly stop nothing was
    /// torn and no track was open: then only the last is left to say.
    fn say_so(&self, found: &mut Scan, kept: Vec<FileRef>) -> Result<Vec<Entry>, RecoverError> {
        let (time, mono) = found.clocks(clock::utc_now());
        let refused = |error: integrity::Error| self.lost(&error);
        let actor = server().map_err(refused)?;
        let is_orderly =
            self.stopped == Stopped::Orderly && kept.is_empty() && found.open_tracks.is_empty();
        let mut drafts = Vec::new();
        if !is_orderly {
            let why = "the server stopped without closing the session";
            for entry in found.recovered_entries(why, kept) {
                drafts.push(Draft::new(actor.clone(), &entry).map_err(refused)?);
            }
        }
        if !found.chain.is_sealed() {
            for gap in found.crash_gaps(mono) {
                drafts.push(Draft::new(actor.clone(), &gap).map_err(refused)?);
            }
            let present: Vec<ParticipantId> = found.present.iter().cloned().collect();
            for participant in present {
                let interrupted = ParticipantInterrupted {
                    participant,
                    reason: Some(if is_orderly { "restart" } else { "crash" }.to_owned()),
                };
                drafts.push(Draft::new(actor.clone(), &interrupted).map_err(refused)?);
            }
        }
        let mut bytes = Vec::new();
        let mut entries = Vec::new();
        for draft in drafts {
            let line = found.chain.append(draft, time, mono).map_err(refused)?;
            found.push(&line).map_err(refused)?;
            bytes.extend_from_slice(&line.bytes);
            entries.push(line.entry);
        }
        let append = || -> io::Result<()> {
            let mut file = OpenOptions::new().append(true).open(self.dir.log())?;
            file.write_all(&bytes)?;
            file.sync_all()
        };
        append().map_err(self.disk("log.jsonl"))?;
        Ok(entries)
    }

    /// All regular files below a folder, by path from the session's folder, with their lengths.
    fn files(&self, folder: &str) -> Result<Vec<(String, u64)>, RecoverError> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let path = self.dir.path().join(&folder);
            if !path.exists() {
                continue;
            }
            let list = || -> io::Result<Vec<(String, fs::Metadata)>> {
                fs::read_dir(&path)?
                    .map(|item| {
                        let item = item?;
                        Ok((
                            format!("{folder}/{}", item.file_name().to_string_lossy()),
                            item.metadata()?,
                        ))
                    })
                    .collect()
            };
            for (name, metadata) in list().map_err(self.disk(&folder))? {
                if metadata.is_dir() {
                    folders.push(name);
                } else {
                    found.push((name, metadata.len()));
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

/// Files that entries name by `ref` or `replacement`, and the openings of their private fields.
fn named_files(log: &[u8]) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for entry in log
        .split_inclusive(|b| *b == b'\n')
        .filter_map(|line| Entry::from_line(line).ok())
    {
        for member in ["ref", "replacement"] {
            if let Some(file) = entry
                .body
                .get(member)
                .and_then(|r| r.get("file"))
                .and_then(|f| f.as_str())
            {
                named.insert(file.to_owned());
            }
        }
        if entry.body.contains_key("private") {
            named.insert(integrity::private::path(entry.seq));
        }
    }
    named
}
