//! The looks themselves.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use cloudseat_verify::VerifyArgs;
use ids::{DocId, ParticipantId, Sid, StepId, TrackId};
use integrity::body::{AccessExported, AccessViewed, Body};
use integrity::{Draft, Entry};
use signaling::protocol::Person;

use super::archive::Archive;
use super::download::Download;
use super::recording::{Label, mime, timeline};
use crate::app::people::actor_of;
use crate::app::session::status::kind;
use crate::app::sessions::Name;
use crate::app::{App, Error, StoredFile, TrackFiles};
use crate::clock;
use crate::dto::{Capture, CaptureKind, LogEntry, LogPage, Recording, Verification};
use crate::journal::Keep;
use crate::store::{Account, AuditRow, Principal, Verdict};

/// How long one entry covers further looks of the same person for the same purpose: a player asks for a
/// recording in hundreds of ranges, and they are one look.
const VIEWING: Duration = Duration::from_secs(10 * 60);

/// Looks that are covered by an entry already.
#[derive(Debug, Default)]
pub(crate) struct Viewings {
    since: Mutex<BTreeMap<(String, Sid, &'static str), Instant>>,
}

impl Viewings {
    /// Whether a look at `now` needs an entry of its own.
    fn is_new(&self, who: &str, sid: Sid, purpose: &'static str, now: Instant) -> bool {
        let mut since = self
            .since
            .lock()
            .expect("nothing panics while it holds this lock");
        since.retain(|_, at| now.saturating_duration_since(*at) < VIEWING);
        !since.contains_key(&(who.to_owned(), sid, purpose))
    }

    fn note(&self, who: &str, sid: Sid, purpose: &'static str, now: Instant) {
        let mut since = self
            .since
            .lock()
            .expect("nothing panics while it holds this lock");
        since.insert((who.to_owned(), sid, purpose), now);
    }
}

impl App {
    /// Writes the look into the session's chain, unless an entry covers it already.
    pub(crate) async fn look(
        &self,
        who: &Principal,
        sid: Sid,
        purpose: &'static str,
    ) -> Result<(), Error> {
        let actor = actor_of(who);
        let handle = actor.to_string();
        let viewings = &self.parts.viewings;
        if !viewings.is_new(&handle, sid, purpose, Instant::now()) {
            return Ok(());
        }
        // Of many looks at one session at once, one covers the rest.
        let turn = self.parts.sessions.alone(Name::Look(sid)).await;
        if !viewings.is_new(&handle, sid, purpose, Instant::now()) {
            return Ok(());
        }
        let draft = match purpose {
            "export" => Draft::new(
                actor,
                &AccessExported {
                    purpose: purpose.to_owned(),
                },
            ),
            _ => Draft::new(
                actor,
                &AccessViewed {
                    purpose: purpose.to_owned(),
                },
            ),
        };
        let draft = draft.map_err(|error| Error::Internal(error.to_string()))?;
        let committed = self
            .parts
            .journal
            .append(sid, vec![draft.into()], Keep::UntilNext)
            .await?;
        viewings.note(&handle, sid, purpose, Instant::now());
        drop(turn);
        for entry in &*committed.entries {
            let person = who.account().map(Account::person);
            self.parts
                .store
                .add_audit(&audit_row(&entry.entry, person))
                .await?;
        }
        Ok(())
    }

    async fn archive(&self, sid: Sid) -> Result<Archive, Error> {
        Archive::read(self.parts.journal.dir(sid), sid).await
    }

    /// Names for those the database knows; the party's own name stays masked.
    async fn labels(&self, sid: Sid) -> Result<BTreeMap<ParticipantId, Label>, Error> {
        let Some(session) = self.parts.store.session(sid).await? else {
            return Ok(BTreeMap::new());
        };
        let mut labels = BTreeMap::new();
        let mut add = |participant: &str, role: &str, name: String| {
            if let Ok(id) = participant.parse::<ParticipantId>() {
                labels.insert(
                    id,
                    Label {
                        role: role.to_owned(),
                        display_name: name,
                    },
                );
            }
        };
        add("officer", "officer", session.row.officer.name);
        if let Some(seat) = session.row.seat {
            add("seat", "seat", seat.name);
        }
        add("party", "party", "当事人".to_owned());
        Ok(labels)
    }

    /// The recording as a timeline; a view of evidence.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such session.
    pub async fn recording(&self, who: &Principal, sid: Sid) -> Result<Recording, Error> {
        self.look(who, sid, "recording").await?;
        let archive = self.archive(sid).await?;
        let labels = self.labels(sid).await?;
        let session = self
            .parts
            .store
            .session(sid)
            .await?
            .ok_or(Error::NotFound)?;
        Ok(timeline(
            sid,
            &archive.lines,
            &labels,
            self.parts.tables.procedure(&session.row.procedure),
        ))
    }

    /// A track's files; a view of evidence.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such track.
    pub async fn track(
        &self,
        who: &Principal,
        sid: Sid,
        track: TrackId,
    ) -> Result<TrackFiles, Error> {
        self.look(who, sid, "recording").await?;
        let archive = self.archive(sid).await?;
        let dir = self.parts.journal.dir(sid);
        let mut media_type = None;
        let mut files: Vec<(std::path::PathBuf, u64)> = Vec::new();
        for line in &archive.lines {
            // Only these two are of a track's files.
            match Body::parse(&line.entry.kind, &line.entry.body) {
                Ok(Body::TrackStarted(started)) if started.track == track => {
                    media_type = kind(&started.kind).map(|kind| mime(&started.codec, kind));
                }
                Ok(Body::SegmentCommitted(segment)) if segment.track == track => {
                    let path = dir.path().join(&segment.file);
                    let end = segment.off + segment.bytes;
                    match files.last_mut().filter(|(last, _)| *last == path) {
                        Some((_, bytes)) => *bytes = end,
                        None => files.push((path, end)),
                    }
                }
                _ => {}
            }
        }
        match media_type {
            Some(mime) if !files.is_empty() => Ok(TrackFiles {
                mime: mime.to_owned(),
                files,
            }),
            Some(_) | None => Err(Error::NotFound),
        }
    }

    /// Entries of the log; a view of evidence.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such session.
    pub async fn log(
        &self,
        who: &Principal,
        sid: Sid,
        from: u64,
        limit: u32,
    ) -> Result<LogPage, Error> {
        self.look(who, sid, "log").await?;
        let archive = self.archive(sid).await?;
        let start = usize::try_from(from)
            .unwrap_or(usize::MAX)
            .min(archive.lines.len());
        let end = start
            .saturating_add(limit as usize)
            .min(archive.lines.len());
        let item = |line: &integrity::Line| LogEntry {
            seq: line.seq,
            time: line.entry.time,
            mono: line.entry.mono,
            kind: line.entry.kind.clone(),
            actor: line.entry.actor.to_string(),
            line_sha256: line.digest.to_string(),
            body: line.entry.body.clone().into_iter().collect(),
        };
        let next = (end < archive.lines.len()).then_some(end as u64);
        Ok(LogPage {
            items: archive.lines[start..end].iter().map(item).collect(),
            next,
        })
    }

    /// Verifies the session's folder as it lies, with the library of `cloudseat verify`.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such session; [`Error::Busy`] where others are verified already.
    pub async fn verify(&self, who: &Principal, sid: Sid) -> Result<Verification, Error> {
        let pass = self.parts.gates.verifications.pass().await?;
        self.look(who, sid, "verify").await?;
        let path = self.parts.journal.dir(sid).path().to_owned();
        let args = VerifyArgs {
            session: Some(sid),
            ..VerifyArgs::of(path, self.parts.trust_path.clone())
        };
        let begun = Instant::now();
        let verify = move || {
            let _pass = pass;
            cloudseat_verify::verify_on(&args, None, super::verification_threads())
        };
        let report = tokio::task::spawn_blocking(verify)
            .await
            .map_err(|error| Error::Internal(error.to_string()))?;
        let mut value =
            serde_json::to_value(&report).map_err(|error| Error::Internal(error.to_string()))?;
        value["took_ms"] = u64::try_from(begun.elapsed().as_millis())
            .unwrap_or(u64::MAX)
            .into();
        let verification: Verification =
            serde_json::from_value(value).map_err(|error| Error::Internal(error.to_string()))?;
        let verdict = Verdict {
            verdict: verification.verdict.clone(),
            completeness: verification.completeness.clone(),
            at: clock::utc_now(),
        };
        self.parts.store.put_verdict(sid, &verdict).await?;
        Ok(verification)
    }

    /// The session as a bundle that anyone can verify, as a zip archive that is made while it is sent: the disk that
    /// recordings are written to holds no second copy.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such session, [`Error::Internal`] where it cannot be read; [`Error::Busy`]
    /// where too many are made already.
    pub async fn bundle(&self, who: &Principal, sid: Sid) -> Result<Download, Error> {
        // Before anything is written: a refusal leaves nothing behind.
        let pass = self.parts.gates.downloads.pass().await?;
        self.look(who, sid, "export").await?;
        let export = self.export(sid).await?;
        Ok(super::download::begin(export, sid, pass))
    }

    /// Kept pictures, in order.
    pub(crate) async fn captured(&self, sid: Sid) -> Result<Vec<Capture>, Error> {
        let archive = self.archive(sid).await?;
        let session = self
            .parts
            .store
            .session(sid)
            .await?
            .ok_or(Error::NotFound)?;
        let mut step: Option<StepId> = None;
        let mut captures = Vec::new();
        for line in &archive.lines {
            // Only captures and the step they fall into are listed.
            match Body::parse(&line.entry.kind, &line.entry.body) {
                Ok(Body::StepStarted(started)) => step = Some(started.step),
                Ok(Body::CaptureTaken(taken)) => {
                    let by = if line.entry.actor.role() == "seat" {
                        session.row.seat.as_ref()
                    } else {
                        None
                    };
                    captures.push(Capture {
                        url: format!("/api/v1/sessions/{sid}/captures/{}", taken.capture),
                        capture: taken.capture.to_string(),
                        kind: capture_kind(&taken.kind),
                        step: step.clone(),
                        at_us: taken.at_us.unwrap_or(line.entry.mono),
                        time: line.entry.time,
                        by: by.unwrap_or(&session.row.officer).clone(),
                    });
                }
                _ => {}
            }
        }
        Ok(captures)
    }

    /// A file under `documents/` that an entry names by `ref`.
    pub(crate) async fn referenced(
        &self,
        sid: Sid,
        doc: &DocId,
        member: &str,
        mime: &str,
    ) -> Result<StoredFile, Error> {
        let archive = self.archive(sid).await?;
        let names = |entry: &Entry| {
            let named = entry.body.get(member).and_then(|d| d.as_str()) == Some(doc.as_str());
            let file = entry
                .body
                .get("ref")
                .and_then(|r| r.get("file"))
                .and_then(|f| f.as_str());
            file.filter(|_| named).map(str::to_owned)
        };
        let name = archive
            .lines
            .iter()
            .find_map(|line| names(&line.entry))
            .ok_or(Error::NotFound)?;
        let path = self.parts.journal.dir(sid).path().join(&name);
        let file = std::fs::File::open(path)
            .map_err(|error| Error::Internal(format!("{name} of session {sid}: {error}")))?;
        let bytes = file
            .metadata()
            .map_err(|error| Error::Internal(error.to_string()))?
            .len();
        let name = name.rsplit('/').next().unwrap_or(&name).to_owned();
        Ok(StoredFile {
            file,
            bytes,
            mime: mime.to_owned(),
            name,
        })
    }
}

/// What a capture shows, from the word in the log: the field it fills, or a kind.
fn capture_kind(word: &str) -> CaptureKind {
    match word {
        "officer_credential" | "seat_credential" => CaptureKind::Credential,
        "licence" => CaptureKind::Licence,
        "plate_photo" => CaptureKind::Plate,
        "evidence" => CaptureKind::Evidence,
        _ => CaptureKind::Still,
    }
}

/// The index's row of a look at evidence.
pub(crate) fn audit_row(entry: &Entry, person: Option<Person>) -> AuditRow {
    let purpose = entry.body.get("purpose").and_then(|p| p.as_str());
    AuditRow {
        sid: entry.sid,
        seq: entry.seq,
        time: entry.time,
        actor: entry.actor.to_string(),
        person,
        kind: entry.kind.clone(),
        purpose: purpose.unwrap_or_default().to_owned(),
    }
}
