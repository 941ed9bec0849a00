//! The result: one JSON object that another program, or another verifier, can compare.

use std::collections::BTreeMap;

use ids::{Sid, TrackId, UtcMillis};
use serde::Serialize;

use super::documents::Decision;
use super::finding::{Code, Finding, Level};
use crate::body::{GapRow, Head, Policy, TrackTotals};

/// What the bundle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is what was recorded.
    Valid,
    /// It is not.
    Tampered,
    /// Nothing can be said.
    Unusable,
}

impl Verdict {
    /// The process's exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Tampered => 1,
            Self::Unusable => 2,
        }
    }
}

/// Whether everything that had to be recorded is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    /// It is.
    Complete,
    /// Something is honestly missing.
    Incomplete,
    /// Not asked, because the bundle is not valid.
    Unknown,
}

/// Whether all of it can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disclosure {
    /// All of it.
    Full,
    /// Segments or fields are withheld or erased.
    Partial,
}

/// Wall clock of the first and last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Times {
    /// Of entry 0.
    pub first: UtcMillis,
    /// Of the last.
    pub last: UtcMillis,
}

/// A time stamp that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// Size of the head it covers.
    pub size: u64,
    /// The time it states.
    pub time: UtcMillis,
}

/// Proofs that hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Proofs {
    /// Signed heads.
    pub checkpoints: u64,
    /// Heads shown to be in the public log.
    pub anchors: u64,
    /// Names of the witnesses that vouch for them.
    pub witnesses: Vec<String>,
    /// Time stamps.
    pub timestamps: Vec<Stamp>,
    /// Receipts that agree.
    pub receipts: u64,
}

/// What a verifier found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Version of this form.
    pub v: u32,
    /// Name and version of the verifier.
    pub verifier: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether everything is there.
    pub completeness: Completeness,
    /// Whether all of it can be seen.
    pub disclosure: Disclosure,
    /// The session.
    pub session: Option<Sid>,
    /// The site it says it is of.
    pub site: Option<String>,
    /// Entries of its log.
    pub entries: u64,
    /// The log's head.
    pub head: Option<Head>,
    /// The policy as applied.
    pub policy: Option<Policy>,
    /// Totals by track, recomputed.
    pub tracks: BTreeMap<TrackId, TrackTotals>,
    /// Declared gaps by track, recomputed.
    pub gaps: BTreeMap<TrackId, Vec<GapRow>>,
    /// Decisions.
    pub decisions: Vec<Decision>,
    /// First and last time.
    pub times: Option<Times>,
    /// Proofs that hold.
    pub proofs: Proofs,
    /// Everything found, the worst first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The report of what could not even be begun, e.g. a bundle that cannot be opened.
    pub fn unusable(verifier: &str, code: Code, detail: impl ToString) -> Self {
        let finding = Finding {
            level: Level::Unusable,
            ..Finding::new(code).detail(detail)
        };
        Self::empty(
            verifier,
            Verdict::Unusable,
            Completeness::Unknown,
            vec![finding],
        )
    }

    /// A report without what the bundle says of itself.
    pub(super) fn empty(
        verifier: &str,
        verdict: Verdict,
        completeness: Completeness,
        findings: Vec<Finding>,
    ) -> Self {
        Self {
            v: 1,
            verifier: verifier.to_owned(),
            verdict,
            completeness,

            disclosure: Disclosure::Full,
            session: None,
            site: None,
            entries: 0,
            head: None,
            policy: None,
            tracks: BTreeMap::new(),
            gaps: BTreeMap::new(),
            decisions: Vec::new(),
            times: None,
            proofs: Proofs::default(),
            findings,
        }
    }

    /// The report as JSON, for people and programs.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("every member has a form in JSON");
        text.push('\n');
        text
    }
}
