//! The index of sessions rebuilt from the evidence folders: where the two disagree, the folder is right.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use ids::Sid;
use integrity::Line;
use integrity::body::{Body, CaseLinked, Fact as _};
use signaling::protocol::Person;
use uuid::Uuid;

use super::evidence::archive::Archive;
use super::evidence::view::audit_row;
use super::session::row;
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
    let Some(row) = row_of(store, sid, &archive.lines).await? else {
        return Ok(Err("its officer has no account any more".to_owned()));
    };
    let mut looks = Vec::new();
    for line in &archive.lines {
        if line.entry.kind.starts_with("access.") {
            let who = person(store, line.entry.actor.handle()).await?;
            looks.push(audit_row(&line.entry, who));
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

async fn row_of(store: &dyn Store, sid: Sid, lines: &[Line]) -> Result<Option<SessionRow>, Error> {
    let Some(first) = lines.first() else {
        return Ok(None);
    };
    let session_no = first
        .entry
        .body
        .get("session_no")
        .and_then(serde_json::Value::as_u64)
        .unwrap_or(0);
    let of_type = |kind: &str| {
        let mut newest = lines.iter().rev().map(|line| &line.entry);
        newest.find(|entry| entry.kind == kind)
    };
    let Some(linked) = of_type(CaseLinked::TYPE) else {
        return Ok(None);
    };
    let Some(officer) = person(store, linked.actor.handle()).await? else {
        return Ok(None);
    };
    let Ok(Body::CaseLinked(case)) = Body::parse(&linked.kind, &linked.body) else {
        return Ok(None);
    };
    let case_id = case.case.parse().ok();
    let plate = match case_id {
        Some(id) => store.case(id).await?.and_then(|case| case.facts.plate),
        None => None,
    };
    let answered = of_type("call.answered");
    let seat = match answered {
        Some(answered) => person(store, answered.actor.handle()).await?,
        None => None,
    };
    let mut row = SessionRow {
        sid,
        session_no,
        case_id,
        procedure: case.procedure,
        state: if answered.is_some() {
            SessionState::Live
        } else {
            SessionState::Queued
        },
        officer,
        seat,
        opened_at: first.entry.time,
        ended_at: None,
        gaps: 0,
        gap_ms: 0,
        returned: false,
        plate,
        doc_no: None,
        penalty_text: None,
        doc_sha256: None,
    };
    let mut status = Status::default();
    for line in lines {
        status.apply(&line.entry);
        row::note(&mut row, &status, &line.entry);
    }
    Ok(Some(row))
}
