//! Proofs by outsiders together: what the policy asks of them, and what they save after a key was stolen.

use ids::UtcMillis;

use super::anchors::Anchors;
use super::bundle::Bundle;
use super::finding::{Code, Finding, Findings};
use super::heads::{Heads, Session};
use super::log::Log;
use super::report::Stamp;
use crate::body::{Policy, Requirement};

/// Proofs count for the seal when dated within this time of it, ms.
const SEAL_DATED_MS_MAX: u64 = 24 * 3600 * 1000;

/// How far an outsider's clock may be behind the recorder's, ms.
const CLOCK_MS_MAX: i64 = 5000;

/// What outsiders show of this session.
#[derive(Debug, Default)]
pub(super) struct Outside {
    pub(super) anchors: Anchors,
    /// Time stamps that hold, over checkpoints that the log leads to.
    pub(super) stamps: Vec<Stamp>,
}

impl Outside {
    /// Heads that an outsider has seen, by size, and by when.
    fn seen(&self) -> impl Iterator<Item = (u64, UtcMillis)> + '_ {
        let quorum = self.anchors.seen.iter().copied();
        quorum.chain(self.stamps.iter().map(|s| (s.size, s.time)))
    }

    /// Whether an outsider has seen this head, or a later one, before `time`.
    pub(super) fn show_before(&self, size: u64, time: UtcMillis) -> bool {
        self.seen().any(|(seen, at)| seen >= size && at < time)
    }

    /// Where the policy asks for them, proofs must cover the seal and be dated near it.
    pub(super) fn check_required(&self, log: &Log, policy: &Policy, findings: &mut Findings) {
        let Some(sealed) = log.sealed_seq else { return };
        // A build that cannot check stamps says that it cannot, and not that they are missing.
        let stamps = policy.timestamps == Requirement::Required;
        if stamps && !STAMPS_SUPPORTED {
            return;
        }
        let mut find = |code, detail: &str| findings.push(Finding::new(code).detail(detail));
        let required = |r: Requirement| r == Requirement::Required;
        let covers = |size: u64| size > sealed;
        if required(policy.anchors) {
            if !self.anchors.sizes.iter().any(|size| covers(*size)) {
                find(
                    Code::ProofMissing,
                    "no proof shows the seal in the public log",
                );
            } else if !self.anchors.seen.iter().any(|(size, _)| covers(*size)) {
                find(Code::WitnessQuorum, "too few witnesses have seen the seal");
            }
        }
        if stamps && !self.stamps.iter().any(|s| covers(s.size)) {
            find(Code::ProofMissing, "no time stamp covers the seal");
        }
        let near = |at: UtcMillis| {
            let seal = log.time_at(sealed + 1);
            seal.is_some_and(|seal| at.as_millis().abs_diff(seal.as_millis()) <= SEAL_DATED_MS_MAX)
        };
        let any_required = required(policy.anchors) || stamps;
        if any_required && !self.seen().any(|(size, at)| covers(size) && near(at)) {
            find(
                Code::ProofMissing,
                "no proof of the seal is dated within 24 hours of it",
            );
        }
    }
}

/// Whether an outsider's time lies too far before that of the last entry it covers.
pub(super) fn is_too_early(log: &Log, size: u64, at: UtcMillis) -> bool {
    log.time_at(size)
        .is_some_and(|last| at.as_millis() < last.as_millis() - CLOCK_MS_MAX)
}

/// Whether this build can check time stamps.
pub(super) const STAMPS_SUPPORTED: bool = cfg!(feature = "timestamps");

/// Without the feature nothing is read, and nothing that requires stamps is valid.
#[cfg(not(feature = "timestamps"))]
pub(super) fn stamps(_: &Bundle<'_>, _: &Heads, _: &Session<'_>, _: &mut Findings) -> Vec<Stamp> {
    Vec::new()
}

/// Checks `timestamps/`. The checkpoints they cover have been read.
#[cfg(feature = "timestamps")]
pub(super) fn stamps(
    bundle: &Bundle<'_>,
    heads: &Heads,
    session: &Session<'_>,
    findings: &mut Findings,
) -> Vec<Stamp> {
    use super::files::unread;
    use crate::timestamp::{self, Certificate};

    // A certificate that cannot be read signs nothing; what it should have signed is then reported.
    let pinned = session
        .trust
        .tsa_certificates
        .iter()
        .filter_map(|pem| Certificate::from_pem(pem).ok());
    let pinned: Vec<Certificate> = pinned.collect();
    let mut stamps = Vec::new();
    for path in bundle.in_folder("timestamps") {
        let response = match bundle.read(&path, timestamp::RESPONSE_BYTES_MAX) {
            Ok(response) => response,
            Err(e) => {
                findings.push(unread(&path, &e));
                continue;
            }
        };
        let mut find =
            |code, detail: String| findings.push(Finding::new(code).path(&path).detail(detail));
        let stamp = match timestamp::verify(&response, &pinned) {
            Ok(stamp) => stamp,
            Err(e) => {
                find(Code::TimestampInvalid, e.to_string());
                continue;
            }
        };
        let name = path
            .rsplit_once('/')
            .map_or(path.as_str(), |(_, name)| name)
            .strip_suffix(".tsr");
        let Some(size) = name.and_then(|n| {
            n.parse::<u64>()
                .ok()
                .filter(|size| format!("{size:010}") == n)
        }) else {
            find(
                Code::TimestampInvalid,
                "its name is not <size>.tsr".to_owned(),
            );
            continue;
        };
        if bundle.digest(&bundle.path(&format!("checkpoints/{size:010}.note")))
            != Some(stamp.imprint)
        {
            find(
                Code::TimestampMismatch,
                "it is not of the checkpoint of its name".to_owned(),
            );
        } else if is_too_early(session.log, size, stamp.time) {
            find(
                Code::TimestampTime,
                format!("{} lies before the last entry it covers", stamp.time),
            );
        } else if heads.lead_to(session.log, size) {
            stamps.push(Stamp {
                size,
                time: stamp.time,
            });
        }
    }
    stamps
}
