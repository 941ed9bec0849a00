//! The index of sessions rebuilt from the evidence folders: where the two disagree, the folder is right.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use ids::Sid;
use integrity::Line;
use integrity::body::{Body, ReviewVerdict};
use signaling::protocol::Person;
use uuid::Uuid;

use super::evidence::archive::Archive;
use super::session::status::Status;
use super::{App, Error};
use crate::journal::SessionDir;
use crate::store::{AuditRow, Index, SessionRow, SessionState, Store};

/// What a rebuilding of the index came to.
#[derive(Debug, Default)]
pub struct Reindexed {
    /// Sessions in the index that were read from their folders.
    pub indexed: usize,
    /// Sessions that were not, and why; what the index had of them has stayed.
    pub skipped: Vec<(Sid, String)>,
}

impl App {
    /// Rebuilds the rows of sessions and of looks at evidence; verdicts stay. The caller holds the data folder's lock.
    ///
    /// # Errors
    /// [`Error`]; the index is then what it was.
    pub async fn reindex(evidence: &Path, store: &dyn Store) -> Result<Reindexed, Error> {
        let folder = |error| Error::Internal(format!("{}: {error}", evidence.display()));
        let mut sids = Vec::new();
        for item in std::fs::read_dir(evidence).map_err(folder)? {
            let name = item.map_err(folder)?.file_name();
            if let Some(sid) = name.to_str().and_then(|name| name.parse::<Sid>().ok()) {
                sids.push((store.session(sid).await?.is_none(), sid));
            }
        }
        // Of two with one number the one that had it stays.
        sids.sort_unstable();
        let mut index = Index::default();
        let mut numbers = BTreeMap::new();
        let mut skipped = Vec::new();
        for (_, sid) in sids {
            match read(evidence, store, sid).await? {
                Ok((row, looks)) => match numbers.entry(row.session_no) {
                    Entry::Vacant(free) => {
                        free.insert(sid);
                        index.sessions.push(row);
                        index.audit.extend(looks);
                    }
                    Entry::Occupied(taken) => {
                        let (no, other) = (taken.key(), taken.get());
                        skipped.push((sid, format!("its number {no} is that of {other}, too")));
                    }
                },
                Err(why) => skipped.push((sid, why)),
            }
        }
        index.kept = skipped.iter().map(|(sid, _)| *sid).collect();
        store.replace_index(&index).await?;
        Ok(Reindexed {
            indexed: index.sessions.len(),
            skipped,
        })
    }
}

/// A session as its folder has it; or why its folder does not say.
async fn read(
    evidence: &Path,
    store: &dyn Store,
    sid: Sid,
) -> Result<Result<(SessionRow, Vec<AuditRow>), String>, Error> {
    let archive = match Archive::read(SessionDir::new(evidence, sid), sid).await {
        Ok(archive) => archive,
        Err(Error::NotFound) => return Ok(Err("it has no log with a whole line".to_owned())),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let Some(row) = row(store, sid, &archive.lines).await? else {
        return Ok(Err("its officer has no account any more".to_owned()));
    };
    let mut looks = Vec::new();
    for line in &archive.lines {
        if line.entry.kind.starts_with("access.") {
            looks.push(audit(store, line).await?);
        }
    }
    Ok(Ok((row, looks)))
}

async fn person(store: &dyn Store, handle: &str) -> Result<Option<Person>, Error> {
    let Ok(id) = handle.parse::<Uuid>() else {
        return Ok(None);
    };
    Ok(store.account(id).await?.map(|account| account.person()))
}

async fn audit(store: &dyn Store, line: &Line) -> Result<AuditRow, Error> {
    let entry = &line.entry;
    Ok(AuditRow {
        sid: entry.sid,
        seq: entry.seq,
        time: entry.time,
        actor: entry.actor.to_string(),
        person: person(store, entry.actor.handle()).await?,
        kind: entry.kind.clone(),
        purpose: entry
            .body
            .get("purpose")
            .and_then(|p| p.as_str())
            .unwrap_or_default()
            .to_owned(),
    })
}

async fn row(store: &dyn Store, sid: Sid, lines: &[Line]) -> Result<Option<SessionRow>, Error> {
    let Some(first) = lines.first() else {
        return Ok(None);
    };
    let session_no = first
        .entry
        .body
        .get("session_no")
        .and_then(serde_json::Value::as_u64)
        .unwrap_or(0);
    let mut status = Status::default();
    let (mut officer, mut seat, mut case_id, mut procedure) = (None, None, None, String::new());
    let (mut state, mut ended_at, mut returned) = (SessionState::Queued, None, false);
    let (mut doc_no, mut doc_sha256, mut penalty_text) = (None, None, None);
    for line in lines {
        let entry = &line.entry;
        status.apply(entry);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the other types say nothing that the index holds"
        )]
        match Body::parse(&entry.kind, &entry.body).unwrap_or(Body::Other) {
            Body::CaseLinked(linked) => {
                officer = person(store, entry.actor.handle()).await?;
                case_id = linked.case.parse().ok();
                procedure = linked.procedure;
            }
            Body::ReviewMade(review) => returned |= review.verdict == ReviewVerdict::Rejected,
            Body::DecisionMade(made) => {
                doc_no = Some(made.decision);
                doc_sha256 = Some(made.doc_sha256.to_string());
                penalty_text = entry
                    .body
                    .get("fine_yuan")
                    .and_then(serde_json::Value::as_u64)
                    .map(|yuan| format!("罚款{yuan}元"))
                    .or(Some("警告".to_owned()));
            }
            Body::SessionSealed(sealed) => {
                ended_at = Some(entry.time);
                state = match sealed.reason.as_str() {
                    "abandoned" => SessionState::Abandoned,
                    "cancelled" => SessionState::Cancelled,
                    _ => SessionState::Sealed,
                };
            }
            Body::Other if entry.kind == "call.answered" => {
                seat = person(store, entry.actor.handle()).await?;
                state = SessionState::Live;
            }
            _ => {}
        }
    }
    let Some(officer) = officer else {
        return Ok(None);
    };
    let plate = match case_id {
        Some(id) => store.case(id).await?.and_then(|case| case.facts.plate),
        None => None,
    };
    Ok(Some(SessionRow {
        sid,
        session_no,
        case_id,
        procedure,
        state,
        officer,
        seat,
        opened_at: first.entry.time,
        ended_at,
        gaps: u32::try_from(status.gaps().len()).unwrap_or(u32::MAX),
        gap_ms: status.gap_us() / 1000,
        returned,
        plate,
        doc_no,
        penalty_text,
        doc_sha256,
    }))
}
