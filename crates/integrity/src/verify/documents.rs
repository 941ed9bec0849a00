//! Documents, decisions, signatures, private fields and redactions: what the log binds beside media.

use std::collections::{BTreeMap, BTreeSet};

use ids::DocId;
use serde::Serialize;
use serde_json::{Map, Value};

use super::bundle::Bundle;
use super::finding::{Code, Finding, Findings};
use super::log::{Log, Record};
use crate::body::{Body, FileRef, Head};
use crate::{Digest, path, private};

/// Bytes of an opening at most.
const OPENING_BYTES_MAX: usize = 1 << 20;

/// A decision as the log tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The entry.
    pub seq: u64,
    /// The decision's number.
    pub decision: String,
    /// Digest of its document.
    pub doc_sha256: Digest,
    /// The head it names.
    pub head: Head,
}

/// A file that an entry binds.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) seq: u64,
    pub(super) file: FileRef,
    /// A redacted copy's replacement, which a copy may lack.
    pub(super) replacement: bool,
}

/// What the log binds.
#[derive(Debug, Default)]
pub(super) struct Documents {
    pub(super) bound: Vec<Bound>,
    pub(super) decisions: Vec<Decision>,
    /// Segments and backfill that copies may withhold, by `seq`.
    pub(super) redacted: BTreeSet<u64>,
}

/// Walks through the log's documents; files are only named here, and hashed later.
pub(super) fn walk(log: &Log, findings: &mut Findings) -> Documents {
    let mut documents = Documents::default();
    let mut issued: BTreeMap<&DocId, Digest> = BTreeMap::new();
    let mut media: BTreeSet<u64> = BTreeSet::new();
    let mut holds: BTreeMap<&str, u64> = BTreeMap::new();
    for record in &log.records {
        let seq = record.seq;
        let mut find =
            |code, detail: String| findings.push(Finding::new(code).at(seq).detail(detail));
        let mut bind = |file: &FileRef, replacement| {
            documents.bound.push(Bound {
                seq,
                file: file.clone(),
                replacement,
            });
        };
        if let Some(file) = &record.file {
            bind(file, false);
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the others bind nothing but their ref"
        )]
        match &record.body {
            Body::SegmentCommitted(_) | Body::BackfillReceived(_) => {
                media.insert(seq);
            }
            Body::DocumentIssued(b) => {
                let again = issued.insert(&b.doc, b.file.sha256).is_some();
                again.then(|| {
                    find(
                        Code::EntrySchema,
                        format!("document {} is issued again", b.doc),
                    )
                });
            }
            Body::DecisionMade(b) => {
                if issued.get(&b.doc) != Some(&b.doc_sha256) {
                    find(
                        Code::DecisionMismatch,
                        format!("document {} was not issued with this digest", b.doc),
                    );
                }
                let right =
                    (1..=seq).contains(&b.head.size) && log.root(b.head.size) == Some(b.head.root);
                if !right {
                    find(
                        Code::DecisionHead,
                        format!("the log had another root at size {}", b.head.size),
                    );
                }
                let decision = Decision {
                    seq,
                    decision: b.decision.clone(),
                    doc_sha256: b.doc_sha256,
                    head: b.head,
                };
                documents.decisions.push(decision);
            }
            Body::PartySigned(b) if issued.get(&b.doc) != Some(&b.doc_sha256) => {
                find(
                    Code::SignedDocMismatch,
                    format!("document {} was not issued with this digest", b.doc),
                );
            }
            Body::PartyRefused(b) if issued.get(&b.doc) != Some(&b.doc_sha256) => {
                find(
                    Code::SignedDocMismatch,
                    format!("document {} was not issued with this digest", b.doc),
                );
            }
            Body::RedactionApplied(b) => {
                if !media.contains(&b.target) {
                    find(
                        Code::RedactionInvalid,
                        format!("entry {} is no segment before it", b.target),
                    );
                }
                documents.redacted.insert(b.target);
                if let Some(file) = &b.replacement {
                    bind(file, true);
                }
            }
            Body::HoldPlaced(b) => {
                holds.insert(&b.matter, seq);
            }
            Body::HoldLifted(b) => {
                holds.remove(b.matter.as_str());
            }
            _ => {}
        }
    }
    for (matter, seq) in holds {
        findings.push(Finding::new(Code::LegalHold).at(seq).detail(matter));
    }
    documents
}

impl Documents {
    /// Compares bound files that are not media with their digests; `digest` and `size` know what was read.
    pub(super) fn check_files(&self, bundle: &Bundle<'_>, findings: &mut Findings) {
        for Bound {
            seq,
            file,
            replacement,
        } in &self.bound
        {
            if !path::is_safe(&file.file) {
                findings.push(Finding::new(Code::PathUnsafe).at(*seq).path(&file.file));
                continue;
            }
            let path = bundle.path(&file.file);
            let found = Finding::new(Code::FileMissing).at(*seq).path(&path);
            match (bundle.size(&path), bundle.digest(&path)) {
                (None, _) if *replacement => {}
                (None, _) => findings.push(found.detail("the entry binds it")),
                (Some(size), Some(digest)) if (size, digest) != (file.bytes, file.sha256) => {
                    findings.push(Finding::new(Code::FileDigest).at(*seq).path(&path));
                }
                // Equal, or unreadable, which has been reported where it was read.
                (Some(_), _) => {}
            }
        }
    }
}

/// Private fields: what is opened must fit its commitment. Returns whether anything is withheld.
pub(super) fn check_private(bundle: &Bundle<'_>, log: &Log, findings: &mut Findings) -> bool {
    let mut erased: BTreeSet<(u64, &str)> = BTreeSet::new();
    for record in &log.records {
        if let Body::PrivacyErased(b) = &record.body {
            erased.insert((b.target, &b.field));
        }
    }
    let mut withheld = false;
    for record in log.records.iter().filter(|r| !r.private.is_empty()) {
        let opened = open(bundle, record, findings);
        for field in record
            .private
            .keys()
            .filter(|f| opened.as_ref().is_some_and(|o| !o.contains(*f)))
        {
            let code = if erased.contains(&(record.seq, field)) {
                Code::FieldErased
            } else {
                Code::FieldWithheld
            };
            findings.push(Finding::new(code).at(record.seq).detail(field));
            withheld = true;
        }
    }
    withheld
}

/// The fields that are opened; `None` if the file is wrong, which is reported.
fn open(bundle: &Bundle<'_>, record: &Record, findings: &mut Findings) -> Option<BTreeSet<String>> {
    let path = bundle.path(&private::path(record.seq));
    if bundle.size(&path).is_none() {
        return Some(BTreeSet::new());
    }
    let commitments: &Map<String, Value> = &record.private;
    let opened = bundle
        .read(&path, OPENING_BYTES_MAX)
        .map_err(|e| e.to_string())
        .and_then(|bytes| private::open(&bytes, commitments).map_err(|e| e.to_string()));
    match opened {
        Ok(fields) => Some(fields.into_keys().collect()),
        Err(e) => {
            findings.push(
                Finding::new(Code::OpeningMismatch)
                    .at(record.seq)
                    .path(&path)
                    .detail(e),
            );
            None
        }
    }
}
