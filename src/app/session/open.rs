//! A session's beginning: called by an officer, answered by a seat, or taken up again after a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use casework::Case;
use ids::{ParticipantId, Sid};
use integrity::body::{Body, CaseLinked, SessionOpened, Software};
use integrity::{Draft, Entry};
use signaling::protocol::Kind;
use signaling::room::{Before, Expected, Input, Room};
use tokio::sync::{mpsc, watch};

use super::status::Status;
use super::{Dirty, Handle, OFFICER, PARTY, Progress, SEAT, Session, Shown, limits, tables};
use crate::app::people::{actor_of, server_actor};
use crate::app::{Error, Parts};
use crate::clock::{self, SessionClock};
use crate::journal::{Fact, Keep, Recovered};
use crate::store::{Account, Case as CaseRecord, Principal, SessionRow, SessionState};

/// Opens a session for a case: entry 0 and what the case is, durable before anybody is called.
pub(crate) async fn open(
    parts: &Arc<Parts>,
    officer: &Account,
    record: CaseRecord,
) -> Result<(Sid, Handle), Error> {
    let internal = |error: &dyn std::fmt::Display| Error::Internal(error.to_string());
    let procedure = tables()
        .procedure(&record.procedure)
        .ok_or_else(|| Error::Invalid {
            fields: BTreeMap::from([(
                "procedure".to_owned(),
                "没有这种程序 / there is no such procedure".to_owned(),
            )]),
        })?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|e| internal(&e))?;
    let sid = Sid::from_bytes(random);
    // Both clocks begin at one moment: what they differ by later is how far the wall clock has moved.
    let (session_clock, opened_at) = (SessionClock::start(Instant::now()), clock::utc_now());
    let mut policy = parts.policy.clone();
    policy.required_steps.extend(procedure.required_steps());
    let opened = |session_no: u64| SessionOpened {
        site: parts.site.clone(),
        session_no: session_no.try_into().expect("numbers begin at 1"),
        keys: vec![parts.vkey.clone()],
        policy,
        software: Some(Software {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build: parts.build,
        }),
    };
    let first = |no| {
        Fact::from(
            Draft::new(server_actor(), &opened(no)).expect("a policy and a key make an object"),
        )
    };
    // Whoever finds it in the index before it runs waits for it.
    let _alone = parts.sessions.alone(sid).await;
    let (commits_in, commits) = mpsc::channel(limits::COMMITS_MAX);
    parts.journal.subscribe(sid, commits_in)?;
    let (session_no, _) = parts.journal.open(sid, session_clock, first).await?;
    let row = SessionRow {
        sid,
        session_no,
        case_id: Some(record.id),
        procedure: record.procedure.clone(),
        state: SessionState::Queued,
        officer: officer.person(),
        seat: None,
        opened_at,
        ended_at: None,
        gaps: 0,
        gap_ms: 0,
        returned: false,
        doc_no: None,
        penalty_text: None,
        plate: record.facts.plate.clone(),
        doc_sha256: None,
    };
    let indexed = parts.store.put_session(&row).await;
    if let Err(error) = indexed {
        // Nobody would find it: it ends as what it is, a call that came to nothing.
        let sealed = parts.journal.seal(sid, server_actor(), "cancelled").await;
        sealed.map_err(|e| internal(&e))?;
        return Err(error.into());
    }
    let linked = CaseLinked {
        case: record.id.to_string(),
        procedure: record.procedure.clone(),
        version: procedure.digest.clone(),
    };
    let linked = Draft::new(actor_of(&Principal::Account(officer.clone())), &linked)
        .map_err(|e| internal(&e))?;
    let record = CaseRecord {
        sid: Some(sid),
        ..record
    };
    let (handle, mailbox, mut session) = assemble(
        parts,
        record,
        row,
        officer.clone(),
        None,
        session_clock,
        commits,
    );
    session.append(vec![linked.into()], Keep::UntilNext).await?;
    session.dirty.extend([Dirty::Row, Dirty::Case]);
    session.write_index();
    parts.sessions.enter(sid, handle.clone());
    tokio::spawn(session.run(mailbox));
    Ok((sid, handle))
}

fn assemble(
    parts: &Arc<Parts>,
    record: CaseRecord,
    row: SessionRow,
    officer: Account,
    seat: Option<Account>,
    clock: SessionClock,
    commits: mpsc::Receiver<crate::journal::Commit>,
) -> (Handle, mpsc::Receiver<super::Message>, Session) {
    let (mailbox_in, mailbox) = mpsc::channel(limits::MAILBOX_MAX);
    let (progress, watcher) = watch::channel(Progress::default());
    let procedure = tables()
        .procedure(&row.procedure)
        .expect("a session is opened for a procedure that exists");
    let session = Session {
        parts: Arc::clone(parts),
        sid: row.sid,
        clock,
        opened_at: row.opened_at,
        case: Case::new(procedure, tables()),
        record,
        officer,
        seat,
        status: Status::default(),
        room: None,
        peers: BTreeMap::new(),
        arriving: BTreeMap::new(),
        captures: BTreeMap::new(),
        takes: BTreeMap::new(),
        orphans: BTreeMap::new(),
        orphans_due: BTreeSet::new(),
        breaks: Vec::new(),
        size: 0,
        root: String::new(),
        note: None,
        commits,
        progress,
        shown: Shown::default(),
        dirty: BTreeSet::new(),
        turned_to_party: false,
        sealing: false,
        caller_gone: None,
        failed: None,
        row,
    };
    (
        Handle {
            mailbox: mailbox_in,
            progress: watcher,
        },
        mailbox,
        session,
    )
}

/// Takes up a session that was not over when the server stopped: the log is replayed, and everybody may come back.
pub(crate) async fn resume(
    parts: &Arc<Parts>,
    recovered: Recovered,
) -> Result<Option<SessionRow>, Error> {
    let sid = recovered.sid;
    let Some(stored) = parts.store.session(sid).await? else {
        tracing::error!(%sid, "A session that goes on is not in the index; run `cloudseat reindex`");
        return Ok(None);
    };
    let Some(record) = find_case(parts, &stored.row).await? else {
        return Ok(None);
    };
    let (officer, seat) = accounts(parts, &stored.row, &recovered.entries).await?;
    let clock = clock_of(&recovered.entries);
    let (commits_in, commits) = mpsc::channel(limits::COMMITS_MAX);
    parts.journal.resume(sid, clock).await?;
    parts.journal.subscribe(sid, commits_in)?;
    let (handle, mailbox, mut session) =
        assemble(parts, record, stored.row, officer, seat, clock, commits);
    session.replay(&recovered.entries);
    for (track, open) in &recovered.open_tracks {
        // Nothing arrives on it any more, however it stood when the server stopped.
        session.status.stalled(track, open.covered_us, "crash");
    }
    session.orphans = recovered.open_tracks;
    session.note_lost(&recovered.entries);
    if session.seat.is_some() {
        session.room = Some(session.room_of_before(&recovered.entries));
    }
    let row = session.row.clone();
    parts.sessions.enter(sid, handle);
    tokio::spawn(session.run(mailbox));
    Ok(Some(row))
}

/// Loads a session that is over, for acts after the seal and for looking.
pub(crate) async fn load(parts: &Arc<Parts>, sid: Sid) -> Result<Handle, Error> {
    // Two that come at once share one actor: a second would take the journal's commits away from the first.
    let _alone = parts.sessions.alone(sid).await;
    if let Some(handle) = parts.sessions.live(sid) {
        return Ok(handle);
    }
    let stored = parts.store.session(sid).await?.ok_or(Error::NotFound)?;
    let record = find_case(parts, &stored.row)
        .await?
        .ok_or(Error::NotFound)?;
    let archive = crate::app::evidence::archive::Archive::read(parts.journal.dir(sid), sid).await?;
    let entries: Vec<Entry> = archive.lines.into_iter().map(|line| line.entry).collect();
    let (officer, seat) = accounts(parts, &stored.row, &entries).await?;
    let clock = clock_of(&entries);
    let (commits_in, commits) = mpsc::channel(limits::COMMITS_MAX);
    parts.journal.subscribe(sid, commits_in)?;
    let (handle, mailbox, mut session) =
        assemble(parts, record, stored.row, officer, seat, clock, commits);
    session.replay(&entries);
    parts.sessions.enter(sid, handle.clone());
    tokio::spawn(session.run(mailbox));
    Ok(handle)
}

async fn find_case(parts: &Parts, row: &SessionRow) -> Result<Option<CaseRecord>, Error> {
    match row.case_id {
        Some(id) => Ok(parts.store.case(id).await?),
        None => Ok(None),
    }
}

/// The accounts of a session's officer and of the seat that the log says took the call.
async fn accounts(
    parts: &Parts,
    row: &SessionRow,
    entries: &[Entry],
) -> Result<(Account, Option<Account>), Error> {
    let find = async |id: &str| {
        let id = id
            .parse()
            .map_err(|_| Error::Internal(format!("{id} is not an account")))?;
        parts.store.account(id).await?.ok_or(Error::NotFound)
    };
    let answered = entries.iter().rev().find(|e| e.kind == "call.answered");
    let seat = match answered.map(|entry| entry.actor.handle()) {
        Some(id) => Some(find(id).await?),
        None => None,
    };
    Ok((find(&row.officer.id).await?, seat))
}

/// The clock of a log that exists already.
fn clock_of(entries: &[Entry]) -> SessionClock {
    entries.last().map_or_else(
        || SessionClock::start(Instant::now()),
        |last| SessionClock::of_log(last.time, last.mono),
    )
}

impl Session {
    /// Folds a log that exists already, with the openings of private fields that lie beside it.
    fn replay(&mut self, entries: &[Entry]) {
        let dir = self.parts.journal.dir(self.sid);
        for entry in entries {
            let private = match entry.body.get("private") {
                Some(serde_json::Value::Object(commitments)) => {
                    let bytes = std::fs::read(dir.path().join(integrity::private::path(entry.seq)))
                        .unwrap_or_default();
                    integrity::private::open(&bytes, commitments).unwrap_or_default()
                }
                Some(_) | None => BTreeMap::new(),
            };
            self.status.apply(entry);
            self.apply_to_case(entry, &private);
            self.note_in_row(entry);
            if let Ok(Body::TrackStarted(started)) = Body::parse(&entry.kind, &entry.body) {
                self.count_take(started.track.as_str());
            }
        }
        self.size = entries.len() as u64;
        self.shown.changed = false;
        if let Some(seat) = &self.seat {
            self.row.seat = Some(seat.person());
            if self.row.ended_at.is_none() {
                self.row.state = SessionState::Live;
            }
        }
        // The index may have missed the last entries: it is brought up to the log.
        self.dirty.extend([Dirty::Row, Dirty::Case]);
        self.write_index();
    }

    /// What the crash left unrecorded has its consequences at once, not only when people are back.
    fn note_lost(&mut self, entries: &[Entry]) {
        let recovered = entries.iter().rposition(|e| e.kind == "session.recovered");
        for entry in entries.iter().skip(recovered.unwrap_or(entries.len())) {
            if let Ok(Body::MediaGap(gap)) = Body::parse(&entry.kind, &entry.body) {
                self.note_break(&gap.track, gap.t0_us, Some(gap.t1_us));
            }
        }
    }

    /// A take's name that was used: `<prefix><n>` or `<prefix><n>_<k>`.
    fn count_take(&mut self, track: &str) {
        let digits = track
            .rfind(|c: char| !c.is_ascii_digit())
            .map_or(track, |at| &track[at + 1..]);
        let first = track
            .strip_suffix(digits)
            .and_then(|rest| rest.strip_suffix('_'))
            .unwrap_or(track);
        let number = first.trim_start_matches(|c: char| !c.is_ascii_digit());
        let prefix = first.strip_suffix(number).unwrap_or(first);
        if let Ok(n) = number.parse::<u32>() {
            let used = self.takes.entry(prefix.to_owned()).or_insert(0);
            *used = (*used).max(n);
        }
    }

    /// A seat took the call: the room opens.
    pub(super) fn answered(&mut self, seat: Account) {
        self.row.seat = Some(seat.person());
        self.row.state = SessionState::Live;
        self.dirty.insert(Dirty::Row);
        self.seat = Some(seat);
        let mut room = Room::new(self.sid, Instant::now());
        for expected in self.expected() {
            if let Err(error) = room.handle(Input::Expect(expected), Instant::now()) {
                tracing::error!(sid = %self.sid, %error, "A participant cannot be expected");
            }
        }
        self.room = Some(room);
    }

    /// Officer and seat, who must be recorded.
    fn expected(&self) -> Vec<Expected> {
        let both = || [Kind::Audio, Kind::Video].into();
        let expected = |participant: &str, account: &Account| Expected {
            participant: participant.parse().expect("a lower-case word"),
            role: participant.to_owned(),
            person: Some(account.person()),
            display_name: account.name.clone(),
            must_send: both(),
        };
        let mut all = vec![expected(OFFICER, &self.officer)];
        all.extend(self.seat.iter().map(|seat| expected(SEAT, seat)));
        all
    }

    fn expected_party(&self) -> Expected {
        Expected {
            participant: PARTY.parse().expect("a lower-case word"),
            role: PARTY.to_owned(),
            person: None,
            display_name: "当事人".to_owned(),
            must_send: BTreeSet::new(),
        }
    }

    /// Makes a place for a party with a phone of their own.
    pub(crate) fn invite(&mut self) -> Result<ParticipantId, Error> {
        let expected = self.expected_party();
        let participant = expected.participant.clone();
        let Some(room) = &mut self.room else {
            return Err(Error::Conflict {
                zh: "坐席尚未接听。".to_owned(),
                en: "No seat has answered yet.".to_owned(),
            });
        };
        if room.presence(&participant).is_none() {
            let expected = room.handle(Input::Expect(expected), Instant::now());
            expected.map_err(|error| Error::Conflict {
                zh: "无法增加参与人。".to_owned(),
                en: error.to_string(),
            })?;
        }
        Ok(participant)
    }

    /// The room as the log has it: whoever was in is awaited.
    fn room_of_before(&self, entries: &[Entry]) -> Room {
        let mut known: BTreeMap<ParticipantId, Before> = BTreeMap::new();
        let mut newest: BTreeMap<ParticipantId, u32> = BTreeMap::new();
        for entry in entries {
            // The other types say nothing about presence.
            match Body::parse(&entry.kind, &entry.body) {
                Ok(Body::ParticipantJoined(joined)) => {
                    known.insert(joined.participant, Before::In);
                }
                Ok(Body::ParticipantLeft(left)) => {
                    known.insert(left.participant, Before::Left);
                }
                Ok(Body::TrackStarted(started)) => {
                    *newest.entry(started.participant).or_insert(0) += 1
                }
                _ => {}
            }
        }
        let mut expected = self.expected();
        if known.keys().any(|p| p.as_str() == PARTY) || newest.keys().any(|p| p.as_str() == PARTY) {
            expected.push(self.expected_party());
        }
        let with_before = |e: Expected| {
            let before = known.get(&e.participant).copied().unwrap_or(Before::Absent);
            let connection = newest.get(&e.participant).copied().unwrap_or(0);
            (e, before, connection)
        };
        Room::restore(
            self.sid,
            expected.into_iter().map(with_before).collect(),
            Instant::now(),
        )
    }
}
