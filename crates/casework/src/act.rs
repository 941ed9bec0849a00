//! What somebody wants to do. [`Context::actor`](crate::Context) says who; the case answers with events or a refusal.

use std::collections::BTreeMap;

use ids::{DocId, ParticipantId, StepId};
use serde::{Deserialize, Serialize};

use crate::document::DocumentNumber;
use crate::procedure::Cause;

/// An act.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Begin a step: its first attempt, or the next one after an attempt was invalidated.
    StartStep {
        /// Which.
        step: StepId,
    },
    /// Do a running or completed step again on purpose. The earlier attempt stays in the log.
    RestartStep {
        /// Which.
        step: StepId,
        /// Why.
        reason: String,
    },
    /// The next sentence of the running step was read.
    ReadSentence {
        /// Its id, e.g. `SC02.3`.
        sentence: String,
    },
    /// Enter values. Refused where it would reopen a completed step.
    SetFields {
        /// Field → value, as JSON of the field's kind.
        values: BTreeMap<String, serde_json::Value>,
    },
    /// Enter values although steps must then be repeated.
    ChangeFacts {
        /// Field → value.
        values: BTreeMap<String, serde_json::Value>,
        /// Why.
        reason: String,
    },
    /// Say whether a guard for people holds in the running step.
    ConfirmGuard {
        /// Which.
        guard: String,
        /// What was found.
        finding: Finding,
    },
    /// Add a still, a photo or a clip.
    AddCapture {
        /// A new id.
        capture: String,
        /// What it shows: the name of a `media` field (`evidence`, `officer_credential`, …) or another word.
        kind: String,
        /// The file.
        file: FileRef,
        /// Whom it shows.
        participant: Option<ParticipantId>,
        /// Of which moment of the recording it is.
        at_us: Option<u64>,
    },
    /// The party stated or defended.
    StateDefence {
        /// The party.
        participant: ParticipantId,
        /// The statement.
        statement: Statement,
    },
    /// The party clearly waived it.
    WaiveDefence {
        /// The party.
        participant: ParticipantId,
    },
    /// Complete the running step.
    CompleteStep {
        /// Which.
        step: StepId,
    },
    /// The seat reviews.
    Review {
        /// What it says.
        verdict: Verdict,
        /// Why; needed unless approved.
        reason: Option<String>,
    },
    /// Make the decision whose document was drafted by
    /// [`Case::draft_decision`](crate::Case::draft_decision) and stored.
    IssueDecision(Box<Issue>),
    /// The party signed.
    Sign {
        /// The party.
        participant: ParticipantId,
        /// How.
        method: SignMethod,
        /// Image or CMS.
        file: FileRef,
    },
    /// The party refused to sign; noting it is enough (道路交通安全违法行为处理程序规定:44.1.4).
    RefuseSignature {
        /// The party.
        participant: ParticipantId,
        /// The reason given, or what was seen.
        reason: String,
    },
    /// The decision was handed over.
    Deliver {
        /// To whom.
        participant: ParticipantId,
        /// How.
        method: Delivery,
    },
    /// The party refused to take it; noting it is service (道路交通安全违法行为处理程序规定:44.1.5).
    RefuseDelivery {
        /// The party.
        participant: ParticipantId,
        /// The reason given, or what was seen.
        reason: String,
    },
    /// Papers are back with the party, who may go.
    Release,
    /// Leave the procedure.
    Exit {
        /// By which exit.
        exit: String,
        /// Why.
        reason: String,
    },
    /// By the server: somebody's recording broke.
    RecordingBroke {
        /// Whose.
        participant: ParticipantId,
        /// In which way: `media_gap`, `one_way_audio`, `integrity_failure`.
        cause: Cause,
        /// Begin, µs since `session.opened`.
        from_us: u64,
        /// End, if it has ended.
        to_us: Option<u64>,
    },
    /// By the server: other officers are in the session now.
    OfficersChanged,
    /// By the server: a deadline has passed.
    NoteOverdue {
        /// The step that was due.
        step: StepId,
    },
    /// The decision was filed.
    File {
        /// Receipt of the department.
        receipt: FileRef,
    },
    /// The fine was paid.
    Pay {
        /// How.
        method: PayMethod,
        /// Receipt.
        receipt: FileRef,
    },
}

/// A file that an entry binds: EVIDENCE `ref`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRef {
    /// Name within the session's folder.
    pub file: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256, lower-case hex.
    pub sha256: String,
}

/// What a person found about a guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The sentence is true.
    Holds,
    /// It is not.
    Fails,
}

/// A statement of the party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case", deny_unknown_fields)]
pub enum Statement {
    /// Written; free text is a document, never a log body.
    Written {
        /// The text.
        file: FileRef,
    },
    /// Spoken into the recording.
    Spoken {
        /// Begin, µs since `session.opened`.
        t0_us: u64,
        /// End.
        t1_us: u64,
    },
}

/// What the seat says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The decision may be made.
    Approved,
    /// Back to the officer.
    Rejected,
    /// To the general procedure.
    Escalated,
}

/// What is needed to make the decision.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// Number of the document.
    pub number: DocumentNumber,
    /// Its id in the log.
    pub doc: DocId,
    /// The typeset document.
    pub file: FileRef,
    /// The newest head, as printed on it.
    pub head: Head,
    /// Mark of the officer at the scene.
    pub officer_mark: Mark,
    /// Mark of the second officer.
    pub second_mark: Mark,
    /// The unit's seal.
    pub seal: Mark,
}

/// A head of the session's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Entries covered.
    pub size: u64,
    /// Merkle root, lower-case hex.
    pub root: String,
}

/// A signature or seal on the decision (道路交通安全违法行为处理程序规定:45: 签名或者盖章).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case", deny_unknown_fields)]
pub enum Mark {
    /// A stamp that is typeset into the document.
    Stamp,
    /// Drawn on glass; its file is issued as a document of its own.
    Drawn {
        /// Its id in the log.
        doc: DocId,
        /// The image.
        file: FileRef,
    },
    /// A signature made with a certificate; its file is issued as a document of its own.
    Cms {
        /// Its id in the log.
        doc: DocId,
        /// The CMS object.
        file: FileRef,
    },
}

/// How a party signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignMethod {
    /// Drawn on glass.
    Drawn,
    /// A fingerprint.
    Fingerprint,
    /// With a certificate.
    Cms,
}

/// How a decision is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Delivery {
    /// On paper, at the scene.
    Paper,
    /// Electronically, with a signed confirmation (行政处罚法:61.2).
    Electronic {
        /// The confirmation.
        consent: FileRef,
    },
}

/// How a fine is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PayMethod {
    /// At a bank.
    Bank,
    /// Electronically.
    Electronic,
    /// In cash, at the scene.
    Cash,
}
