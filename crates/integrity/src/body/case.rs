//! Steps, documents, decisions, signatures and receipts.

use std::num::NonZeroU64;

use ids::{DocId, ParticipantId, StepId};
use serde::{Deserialize, Serialize};

use super::{FileRef, Head, Name, present};
use crate::Digest;

macro_rules! step_facts {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// Which step, e.g. `S06_NOTICE`.
            pub step: StepId,
            /// 1, 2, …
            pub attempt: NonZeroU64,
            /// Why.
            #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
            pub reason: Option<String>,
            /// A file that belongs to it.
            #[serde(rename = "ref", default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
            pub file: Option<FileRef>,
        }
    )*};
}

step_facts! {
    /// `step.started`: the last attempt started is the one that counts.
    StepStarted,
    /// `step.completed`.
    StepCompleted,
    /// `step.invalidated`: the attempt does not count.
    StepInvalidated,
}

/// `capture.taken`: a still, a scan, a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureTaken {
    /// The capture.
    pub capture: Name,
    /// What it shows.
    pub kind: String,
    /// The file.
    #[serde(rename = "ref")]
    pub file: FileRef,
    /// Of whom.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub participant: Option<ParticipantId>,
    /// When, µs of `mono`.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub at_us: Option<u64>,
}

/// What a review came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// It stands.
    Approved,
    /// It does not.
    Rejected,
    /// Someone else decides.
    Escalated,
}

/// `review.made`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewMade {
    /// What it came to.
    pub verdict: ReviewVerdict,
    /// Why.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub reason: Option<String>,
    /// Of which step.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub step: Option<StepId>,
}

/// `case.linked`: which case the session serves, and by which procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseLinked {
    /// The case.
    pub case: String,
    /// The procedure.
    pub procedure: String,
    /// The procedure's file, by digest.
    pub version: String,
}

/// `statement.made`: what was said, as a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementMade {
    /// By whom.
    pub participant: ParticipantId,
    /// The document.
    #[serde(rename = "ref")]
    pub file: FileRef,
}

/// `document.issued`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentIssued {
    /// The document; issued once.
    pub doc: DocId,
    /// What it is.
    pub kind: String,
    /// The file.
    #[serde(rename = "ref")]
    pub file: FileRef,
}

/// `decision.made`: ties a decision to the recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionMade {
    /// The decision's number.
    pub decision: String,
    /// Its document, issued before.
    pub doc: DocId,
    /// The document's digest.
    pub doc_sha256: Digest,
    /// The head that the document prints: 1 ≤ size ≤ own `seq`.
    pub head: Head,
}

macro_rules! party_facts {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// Who.
            pub participant: ParticipantId,
            /// The document, issued before.
            pub doc: DocId,
            /// The document's digest.
            pub doc_sha256: Digest,
            /// How, e.g. `drawn`.
            #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
            pub method: Option<String>,
            /// Image or CMS.
            #[serde(rename = "ref", default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
            pub file: Option<FileRef>,
            /// Why.
            #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
            pub reason: Option<String>,
        }
    )*};
}

party_facts! {
    /// `party.signed`.
    PartySigned,
    /// `party.refused`.
    PartyRefused,
}

/// `receipt.delivered`: a participant was sent a head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptDelivered {
    /// Who.
    pub participant: ParticipantId,
    /// The head's size.
    pub size: u64,
    /// Whether their client said it has it.
    pub acked: bool,
}
