//! Signed heads: checkpoints inside the bundle, receipts inside and outside, and the export's own note.

use std::collections::BTreeMap;

use super::Given;
use super::bundle::Bundle;
use super::files::unread;
use super::finding::{Code, Finding, Findings};
use super::log::Log;
use super::outside::Outside;
use crate::body::Head;
use crate::checkpoint::{Checkpoint, export_origin};
use crate::note::{self, Note};
use crate::receipt::{Comparison, Receipt, compare, compare_short};
use crate::trust::Trust;
use crate::{Digest, Error, bag};

/// A checkpoint by a trusted key, not yet compared with the log.
#[derive(Debug)]
struct SignedHead {
    path: String,
    head: Head,
    /// Names of those who signed.
    keys: Vec<String>,
}

/// Heads that trusted keys have signed for this session.
#[derive(Debug, Default)]
pub(super) struct Heads {
    checkpoints: Vec<SignedHead>,
    /// Checkpoints that hold.
    pub(super) valid: u64,
    /// Receipts that hold.
    pub(super) receipts: u64,
    /// Every well-signed root by its size, to find forks.
    roots: BTreeMap<u64, Digest>,
}

impl Heads {
    /// The newest head that a trusted key has signed.
    pub(super) fn newest_size(&self) -> Option<u64> {
        self.checkpoints.iter().map(|c| c.head.size).max()
    }

    /// Reads `checkpoints/` without looking at the log. `origin` is what they must be of.
    pub(super) fn read(
        bundle: &Bundle<'_>,
        trust: &Trust,
        origin: &str,
        findings: &mut Findings,
    ) -> Self {
        let mut heads = Self::default();
        for path in bundle.in_folder("checkpoints") {
            let mut find =
                |code, detail: String| findings.push(Finding::new(code).path(&path).detail(detail));
            let bytes = match bundle.read(&path, note::limits::NOTE_BYTES_MAX) {
                Ok(bytes) => bytes,
                Err(e) => {
                    findings.push(unread(&path, &e));
                    continue;
                }
            };
            let note = Note::parse(&bytes);
            let checkpoint = note
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|n| n.text().parse::<Checkpoint>());
            let (note, checkpoint) = match (note, checkpoint) {
                (Ok(note), Ok(checkpoint)) => (note, checkpoint),
                (Err(e), _) | (_, Err(e)) => {
                    find(Code::NoteMalformed, e.to_string());
                    continue;
                }
            };
            if !path.ends_with(&format!("/{:010}.note", checkpoint.size)) {
                find(
                    Code::NoteMalformed,
                    format!("its name is not that of size {}", checkpoint.size),
                );
                continue;
            }
            match trust.verify_recorder(&note) {
                Ok(_) if checkpoint.origin != origin => {
                    find(
                        Code::OriginMismatch,
                        format!("it is a head of {}", checkpoint.origin),
                    );
                }
                Ok(signed) => {
                    let keys = signed.into_iter().map(|s| s.name).collect();
                    heads
                        .roots
                        .entry(checkpoint.size)
                        .or_insert(checkpoint.root);
                    heads.checkpoints.push(SignedHead {
                        path,
                        head: checkpoint.head(),
                        keys,
                    });
                }
                Err(error) => find(signature_code(&error), error.to_string()),
            }
        }
        heads
    }

    /// Whether a trusted key has signed the log's own root of this size.
    #[cfg(feature = "timestamps")]
    pub(super) fn lead_to(&self, log: &Log, size: u64) -> bool {
        self.checkpoints
            .iter()
            .any(|c| c.head.size == size && log.root(size) == Some(c.head.root))
    }

    /// Compares the checkpoints with the log.
    pub(super) fn check(
        &mut self,
        log: &Log,
        trust: &Trust,
        outside: &Outside,
        findings: &mut Findings,
    ) {
        let mut covered = false;
        for signed in &self.checkpoints {
            let find = |code| Finding::new(code).path(&signed.path);
            let SignedHead { head, .. } = signed;
            match log.root(head.size) {
                None => {
                    let detail = format!(
                        "it covers {} entries, the log has {}",
                        head.size,
                        log.size()
                    );
                    findings.push(find(Code::LogTruncated).detail(detail));
                }
                Some(root) if root != head.root => {
                    findings.push(
                        find(Code::CheckpointRoot).detail("the log does not lead to this root"),
                    );
                }
                Some(_) if !in_window(trust, &signed.keys, head, log, outside) => {
                    findings.push(
                        find(Code::KeyOutOfWindow)
                            .detail("the key did not sign for the recorder at that time"),
                    );
                }
                Some(_) => {
                    self.valid += 1;
                    covered |= head.size == log.size();
                }
            }
        }
        if self.valid == 0 {
            findings.push(
                Finding::new(Code::CheckpointMissing).detail("no signed head of this log holds"),
            );
        } else if !covered {
            let detail = format!("no signed head covers all {} entries", log.size());
            findings.push(Finding::new(Code::LogUncovered).detail(detail));
        }
    }

    /// Compares the receipts inside the bundle and those `given` beside it with the log.
    pub(super) fn check_receipts(
        &mut self,
        bundle: &Bundle<'_>,
        given: &[Given],
        session: &Session<'_>,
        findings: &mut Findings,
    ) {
        for path in bundle.in_folder("receipts") {
            let text = match bundle.read(&path, note::limits::NOTE_BYTES_MAX) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(e) => {
                    findings.push(unread(&path, &e));
                    continue;
                }
            };
            match Note::parse(text.as_bytes()) {
                Ok(note) => self.receipt_note(&path, &note, true, session, findings),
                Err(e) => findings.push(Finding::new(Code::ReceiptInvalid).path(&path).detail(e)),
            }
        }
        for Given { name, bytes } in given {
            let receipt = std::str::from_utf8(bytes)
                .ok()
                .and_then(|text| text.parse().ok());
            let comparison = match receipt {
                Some(Receipt::Note(note)) => {
                    self.receipt_note(name, &note, false, session, findings);
                    continue;
                }
                Some(Receipt::Head(head)) => session.compare(&head),
                Some(Receipt::Short(short)) => {
                    compare_short(&short, session.log.size(), |n| session.root(n))
                }
                None => {
                    findings.push(
                        Finding::new(Code::ReceiptInvalid)
                            .path(name)
                            .detail("this is not a receipt"),
                    );
                    continue;
                }
            };
            self.receipt_compared(name, comparison, findings);
        }
    }

    fn receipt_note(
        &mut self,
        path: &str,
        note: &Note,
        named: bool,
        session: &Session<'_>,
        findings: &mut Findings,
    ) {
        let mut invalid = |detail: String| {
            findings.push(Finding::new(Code::ReceiptInvalid).path(path).detail(detail))
        };
        let checkpoint: Checkpoint = match note.text().parse() {
            Ok(checkpoint) => checkpoint,
            Err(e) => return invalid(e.to_string()),
        };
        if named && !is_receipt_name(path, checkpoint.size) {
            return invalid(format!(
                "its name is not <participant>-{:010}.note",
                checkpoint.size
            ));
        }
        if let Err(e) = session.trust.verify_recorder(note) {
            return invalid(e.to_string());
        }
        if checkpoint.origin != session.origin {
            return invalid(format!("it is a receipt of {}", checkpoint.origin));
        }
        self.well_signed(path, checkpoint.head(), findings);
        self.receipt_compared(path, session.compare(&checkpoint.head()), findings);
    }

    /// Two well-signed roots of one size show that the recorder's key serves two histories.
    fn well_signed(&mut self, path: &str, head: Head, findings: &mut Findings) {
        if *self.roots.entry(head.size).or_insert(head.root) != head.root {
            let detail = format!("another root of size {} was signed too", head.size);
            findings.push(Finding::new(Code::CheckpointFork).path(path).detail(detail));
        }
    }

    fn receipt_compared(&mut self, path: &str, comparison: Comparison, findings: &mut Findings) {
        let (code, detail) = match comparison {
            Comparison::Agrees => return self.receipts += 1,
            Comparison::Differs => (
                Code::ReceiptMismatch,
                "the log was another one when this receipt was given",
            ),
            Comparison::BeyondLog => (
                Code::ReceiptBeyondLog,
                "the log was longer when this receipt was given",
            ),
        };
        findings.push(Finding::new(code).path(path).detail(detail));
    }
}

/// What receipts are compared with.
pub(super) struct Session<'a> {
    pub(super) log: &'a Log,
    pub(super) origin: &'a str,
    pub(super) trust: &'a Trust,
}

impl Session<'_> {
    fn root(&self, size: u64) -> Digest {
        self.log.root(size).unwrap_or(Digest::ZERO)
    }

    fn compare(&self, head: &Head) -> Comparison {
        compare(head, self.log.size(), |n| self.root(n))
    }
}

fn is_receipt_name(path: &str, size: u64) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let participant = name.strip_suffix(&format!("-{size:010}.note"));
    participant.is_some_and(|p| p.parse::<ids::ParticipantId>().is_ok())
}

fn signature_code(error: &Error) -> Code {
    if *error == Error::SignatureUntrusted {
        Code::SignatureUntrusted
    } else {
        Code::SignatureInvalid
    }
}

/// Whether one of the signers was the recorder when the last covered entry was written. After a compromise (`not_after`)
/// a head counts only if an outsider has seen it, or a later one, before.
fn in_window(trust: &Trust, keys: &[String], head: &Head, log: &Log, outside: &Outside) -> bool {
    let time = log.time_at(head.size);
    trust
        .recorder_keys
        .iter()
        .filter(|k| keys.iter().any(|name| name == k.vkey.name()))
        .any(|k| {
            let begun = k
                .not_before
                .is_none_or(|from| time.is_some_and(|time| from <= time));
            begun
                && k.not_after
                    .is_none_or(|until| outside.show_before(head.size, until))
        })
}

/// The export's own note. An open session has nothing else that fixes its end.
pub(super) fn check_export(bundle: &Bundle<'_>, session: &Session<'_>, findings: &mut Findings) {
    let mut find = |code, detail: String| {
        findings.push(Finding::new(code).path(bag::EXPORT_NOTE).detail(detail))
    };
    if !bundle.has_top(bag::EXPORT_NOTE) {
        return match session.log.sealed_mono {
            Some(_) => find(
                Code::ExportUnsigned,
                "custody entries behind the last receipt could have been cut".to_owned(),
            ),
            None => find(
                Code::ExportSignature,
                "the export of an open session must be signed".to_owned(),
            ),
        };
    }
    let (Some(sid), Some(opened)) = (session.log.sid, session.log.opened.as_ref()) else {
        return;
    };
    let checked = bundle
        .read_top(bag::EXPORT_NOTE, note::limits::NOTE_BYTES_MAX)
        .map_err(|e| e.to_string())
        .and_then(|bytes| {
            let note = Note::parse(&bytes).map_err(|e| e.to_string())?;
            session
                .trust
                .verify_recorder(&note)
                .map_err(|e| e.to_string())?;
            let tags = bundle
                .digest_top(bag::TAG_MANIFEST)
                .ok_or("there is no tag manifest")?;
            let stated: Checkpoint = note.text().parse().map_err(|e: Error| e.to_string())?;
            let wanted = Checkpoint {
                origin: export_origin(&opened.site, sid),
                size: session.log.size(),
                root: tags,
            };
            if stated == wanted {
                Ok(())
            } else {
                Err("it was signed for other files".to_owned())
            }
        });
    if let Err(detail) = checked {
        find(Code::ExportSignature, detail);
    }
}
