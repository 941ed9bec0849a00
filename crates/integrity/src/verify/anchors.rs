//! Heads in the public log, inside the bundle and given beside it.

use std::collections::BTreeSet;

use ids::UtcMillis;

use super::Given;
use super::bundle::Bundle;
use super::files::unread;
use super::finding::{Code, Finding, Findings};
use super::heads::Session;
use super::outside::is_too_early;
use crate::checkpoint::log_origin;
use crate::proof::Proof;
use crate::{Error, note};

/// What the public log shows of this session.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    /// Sizes of the heads whose proofs hold.
    pub(super) sizes: Vec<u64>,
    /// Witnesses that vouch for any of them.
    pub(super) witnesses: BTreeSet<String>,
    /// Heads that a quorum of witnesses has seen: size, and by when it had.
    pub(super) seen: Vec<(u64, UtcMillis)>,
}

impl Anchors {
    /// Checks `anchors/` and what was given.
    pub(super) fn check(
        bundle: &Bundle<'_>,
        given: &[Given],
        session: &Session<'_>,
        findings: &mut Findings,
    ) -> Self {
        let mut anchors = Self::default();
        for path in bundle.in_folder("anchors") {
            match bundle.read(&path, note::limits::NOTE_BYTES_MAX) {
                Ok(bytes) => anchors.proof(&path, &bytes, true, session, findings),
                Err(e) => findings.push(unread(&path, &e)),
            }
        }
        for Given { name, bytes } in given {
            anchors.proof(name, bytes, false, session, findings);
        }
        anchors
    }

    fn proof(
        &mut self,
        path: &str,
        bytes: &[u8],
        named: bool,
        session: &Session<'_>,
        findings: &mut Findings,
    ) {
        let find = |code, detail: String| Finding::new(code).path(path).detail(detail);
        let Some(opened) = session.log.opened.as_ref() else {
            return;
        };
        let log_keys: Vec<_> = session.trust.log_keys.iter().map(|k| &k.vkey).collect();
        let witness_keys: Vec<_> = session.trust.witness_keys.iter().map(|k| &k.vkey).collect();
        let anchor = std::str::from_utf8(bytes)
            .map_err(|_| Error::Malformed {
                what: "a proof from the public log",
            })
            .and_then(str::parse::<Proof>)
            .and_then(|p| {
                p.verify(
                    &log_origin(&opened.site),
                    log_keys.iter().copied(),
                    witness_keys.iter().copied(),
                )
            });
        let anchor = match anchor {
            Ok(anchor) => anchor,
            Err(e) => return findings.push(find(Code::AnchorInvalid, e.to_string())),
        };
        let leaf = &anchor.leaf;
        if named && !path.ends_with(&format!("/{:010}.tlog-proof", leaf.size)) {
            return findings.push(find(
                Code::AnchorInvalid,
                format!("its name is not that of size {}", leaf.size),
            ));
        }
        if Some(leaf.sid) != session.log.sid || leaf.no != opened.session_no.get() {
            return findings.push(find(
                Code::AnchorHead,
                format!("it is about session {}, number {}", leaf.sid, leaf.no),
            ));
        }
        match session.log.root(leaf.size) {
            None => {
                let detail = format!(
                    "the public log knows {} entries, this log has {}",
                    leaf.size,
                    session.log.size()
                );
                return findings.push(find(Code::AnchorBeyondLog, detail));
            }
            Some(root) if root != leaf.root => {
                return findings.push(find(
                    Code::AnchorHead,
                    "the public log has another root of this size".to_owned(),
                ));
            }
            Some(_) => {}
        }
        self.sizes.push(leaf.size);
        let mut times: Vec<u64> = anchor.witnesses.iter().filter_map(|w| w.time).collect();
        times.sort_unstable();
        // The quorum stands once its last member has seen the log.
        let quorum = session
            .trust
            .witness_quorum
            .and_then(|q| usize::try_from(q).ok());
        if let Some(&time) = quorum.and_then(|q| times.get(q - 1)) {
            let time = UtcMillis::from_millis(
                i64::try_from(time.saturating_mul(1000)).unwrap_or(i64::MAX),
            );
            if is_too_early(session.log, leaf.size, time) {
                findings.push(find(
                    Code::ClockSkew,
                    format!("witnesses saw it at {time}, before its last entry's time"),
                ));
            }
            self.seen.push((leaf.size, time));
        }
        self.witnesses
            .extend(anchor.witnesses.into_iter().map(|w| w.name));
    }
}
