//! What happened: one event for each log entry that this crate writes or reads.
//!
//! [`Event::entry`] gives an entry's type, body and private part; [`Event::from_entry`] reads them back. A value that was
//! erased from the private part leaves its field set and its value unknown.

mod entry;

use std::collections::BTreeMap;

use ids::{DocId, ParticipantId, StepId, TrackId, UtcMillis};
use serde_json::{Map, Value as Json};

use crate::act::{FileRef, Finding, Head, PayMethod, SignMethod, Verdict};
use crate::context::{Actor, Context};
use crate::document::DocumentNumber;
use crate::penalty::Penalty;
use crate::procedure::Cause;
use crate::value::Value;

/// When and by whom an entry was written: its `time`, `mono` and `actor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Wall clock.
    pub at: UtcMillis,
    /// µs since `session.opened`.
    pub mono_us: u64,
    /// By whom.
    pub actor: Actor,
}

impl Stamp {
    /// The stamp that an entry written right now would have.
    pub fn of(context: &Context) -> Self {
        Self {
            at: context.now,
            mono_us: context.mono_us,
            actor: context.actor.clone(),
        }
    }
}

/// What the journal appends.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The entry's `type`.
    pub kind: &'static str,
    /// Its `body`, without `private`. No personal data.
    pub body: Map<String, Json>,
    /// Field → value, to be committed to with a salt each and kept apart.
    pub private: Map<String, Json>,
}

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Written by the server: the call waits.
    CallQueued,
    /// Written by the server: a seat took it.
    CallAnswered,
    /// Written by the server: a track is being recorded.
    TrackStarted {
        /// Which.
        track: TrackId,
        /// Whose.
        participant: ParticipantId,
        /// `audio` or `video`.
        kind: String,
    },
    /// Written by the server: a hole in a track.
    MediaGap {
        /// Which track.
        track: TrackId,
        /// Begin.
        t0_us: u64,
        /// End.
        t1_us: u64,
        /// Why.
        reason: String,
    },
    /// Written by the server: the recording is closed.
    SessionSealed,
    /// An attempt began.
    StepStarted {
        /// Which step.
        step: StepId,
        /// 1, 2, 3…
        attempt: u32,
    },
    /// A sentence was read.
    SentenceRead {
        /// Which step.
        step: StepId,
        /// Which attempt.
        attempt: u32,
        /// Which sentence.
        sentence: String,
    },
    /// A person judged a guard.
    GuardConfirmed {
        /// Which step.
        step: StepId,
        /// Which attempt.
        attempt: u32,
        /// Which guard.
        guard: String,
        /// What was found.
        finding: Finding,
    },
    /// An attempt is complete.
    StepCompleted {
        /// Which step.
        step: StepId,
        /// Which attempt.
        attempt: u32,
    },
    /// An attempt no longer counts.
    StepInvalidated {
        /// Which step.
        step: StepId,
        /// Which attempt.
        attempt: u32,
        /// Why.
        cause: Cause,
        /// The break, if it was one.
        broken: Option<Broken>,
    },
    /// Values were entered.
    FieldsSet {
        /// Field → value that may be read by anyone.
        open: BTreeMap<String, Value>,
        /// Field → personal value; none: erased since.
        private: BTreeMap<String, Option<Value>>,
        /// Why, when steps were reopened by it.
        reason: Reason,
    },
    /// People were identified.
    IdentityConfirmed {
        /// In which step.
        step: StepId,
        /// Which attempt.
        attempt: u32,
        /// Who.
        subject: Subject,
    },
    /// Somebody is not who they seemed.
    IdentityMismatched {
        /// In which step.
        step: StepId,
        /// Which attempt.
        attempt: u32,
        /// Who.
        subject: Subject,
    },
    /// A still, photo or clip was added.
    CaptureTaken {
        /// Its id.
        capture: String,
        /// What it shows.
        kind: String,
        /// The file.
        file: FileRef,
        /// Whom it shows.
        participant: Option<ParticipantId>,
        /// Of which moment.
        at_us: Option<u64>,
    },
    /// A written statement.
    StatementMade {
        /// Whose.
        participant: ParticipantId,
        /// The text.
        file: FileRef,
    },
    /// The party was heard.
    DefenceRecorded {
        /// Which attempt at hearing.
        attempt: u32,
        /// Who.
        participant: ParticipantId,
        /// Where it is.
        form: DefenceForm,
    },
    /// The party waived it.
    DefenceWaived {
        /// Which attempt at hearing.
        attempt: u32,
        /// Who.
        participant: ParticipantId,
    },
    /// The defence was weighed.
    DefenceReviewed {
        /// Which attempt at review.
        attempt: u32,
        /// `upheld`, `not_upheld`, `nothing_said`.
        finding: String,
    },
    /// The seat reviewed.
    ReviewMade {
        /// Which step.
        step: StepId,
        /// Which attempt.
        attempt: u32,
        /// What it says.
        verdict: Verdict,
        /// Why.
        reason: Reason,
    },
    /// A document exists.
    DocumentIssued {
        /// Its id.
        doc: DocId,
        /// What it is.
        kind: String,
        /// The file.
        file: FileRef,
    },
    /// The decision.
    DecisionMade(Box<DecisionMade>),
    /// The party signed.
    PartySigned {
        /// Who.
        participant: ParticipantId,
        /// What.
        doc: DocId,
        /// Its digest.
        doc_sha256: String,
        /// How.
        method: SignMethod,
        /// Image or CMS.
        file: FileRef,
    },
    /// The party refused to sign.
    PartyRefused {
        /// Who.
        participant: ParticipantId,
        /// What.
        doc: DocId,
        /// Its digest.
        doc_sha256: String,
        /// Why.
        reason: Reason,
    },
    /// The decision was served.
    DeliveryMade {
        /// To whom.
        participant: ParticipantId,
        /// What.
        doc: DocId,
        /// The confirmation, if served electronically; none: on paper.
        consent: Option<FileRef>,
    },
    /// The party refused to take it.
    DeliveryRefused {
        /// Who.
        participant: ParticipantId,
        /// What.
        doc: DocId,
        /// Why.
        reason: Reason,
    },
    /// The case left the procedure.
    CaseExited {
        /// By which exit.
        exit: String,
        /// From which step.
        step: StepId,
        /// Why.
        reason: Reason,
    },
    /// Recording of a step behind a decision turned out to be incomplete. The decision stands until people act.
    EvidenceIncomplete {
        /// Which step.
        step: StepId,
        /// Which attempt.
        attempt: u32,
        /// In which way.
        cause: Cause,
    },
    /// The decision was revoked.
    CaseRevoked {
        /// Its number.
        decision: DocumentNumber,
        /// Why.
        reason: Reason,
    },
    /// The decision was filed.
    CaseFiled {
        /// Its number.
        decision: DocumentNumber,
        /// By when it was due.
        due: UtcMillis,
        /// Receipt.
        file: FileRef,
    },
    /// The fine was paid.
    CasePaid {
        /// Number of the decision.
        decision: DocumentNumber,
        /// By when it was due.
        due: UtcMillis,
        /// How.
        method: PayMethod,
        /// The fine.
        fine_yuan: u32,
        /// What was added for paying late.
        late_fee_fen: u64,
        /// Receipt.
        file: FileRef,
    },
    /// A deadline passed.
    CaseOverdue {
        /// The step that was due.
        step: StepId,
        /// By when.
        due: UtcMillis,
    },
}

/// A free text: personal, so private; none where there is none or it was erased.
pub type Reason = Option<String>;

/// A break in the recording, in µs since `session.opened`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Whose recording.
    pub participant: ParticipantId,
    /// Begin.
    pub t0_us: u64,
    /// End, if it has ended.
    pub t1_us: Option<u64>,
}

/// Who was identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The officers.
    Officers,
    /// The party.
    Party,
}

/// Where a defence is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefenceForm {
    /// In a statement's file, by its digest.
    Written {
        /// SHA-256, lower-case hex.
        sha256: String,
    },
    /// In the recording.
    Spoken {
        /// Begin.
        t0_us: u64,
        /// End.
        t1_us: u64,
    },
}

/// The decision, as the log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionMade {
    /// Its number.
    pub number: DocumentNumber,
    /// Its document.
    pub doc: DocId,
    /// Digest of the document.
    pub doc_sha256: String,
    /// The head printed on it.
    pub head: Head,
    /// Digest of the procedure's file.
    pub procedure_sha256: String,
    /// Digest of the violations table.
    pub catalogue_sha256: String,
    /// Code of the violation.
    pub code: String,
    /// Its variant.
    pub variant: Option<String>,
    /// The penalty.
    pub penalty: Penalty,
    /// The points.
    pub points: Option<u8>,
    /// The attempt at notice that it rests on.
    pub notice_attempt: u32,
    /// Handles of both officers.
    pub officers: Vec<String>,
}
