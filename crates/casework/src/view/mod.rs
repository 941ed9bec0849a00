//! The case as a screen shows it: computed here, so that no screen recomputes a rule.

mod build;
mod next;

use serde::Serialize;
use serde_json::Value as Json;

pub use build::view_violation;
pub use next::{Next, NextAction};

use crate::act::Finding;
use crate::context::Role;
use crate::deadline::CalendarKnown;
use crate::procedure::{Confidence, FieldKind, Phase};

/// Both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseWords))]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Why something does not go on, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseHint))]
pub struct Hint {
    /// The refusal's code.
    pub code: &'static str,
    /// What to do.
    pub words: Words,
    /// Articles, in words.
    pub basis: Vec<String>,
    /// The guard in question.
    pub guard: Option<String>,
    /// The exit it leads to.
    pub exit: Option<String>,
    /// The fields in question.
    pub fields: Vec<String>,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseView))]
pub struct View {
    /// Procedure.
    pub procedure: String,
    /// Its title.
    pub title: Words,
    /// Its version.
    pub version: String,
    /// State or exit.
    pub state: String,
    /// Title of the exit taken.
    pub exit: Option<Words>,
    /// The server's clock.
    pub now: String,
    /// The session's clock, µs since it opened.
    pub mono_us: u64,
    /// Why recording is not sound; none: it is.
    pub recording_problem: Option<Hint>,
    /// Steps in order.
    pub steps: Vec<StepView>,
    /// The step people stand at.
    pub current: Option<String>,
    /// What to do next.
    pub next: Next,
    /// The violation chosen.
    pub violation: Option<ViolationView>,
    /// The penalty proposed or decided.
    pub penalty: Option<PenaltyView>,
    /// The decision.
    pub decision: Option<DecisionView>,
    /// Captures.
    pub captures: Vec<CaptureView>,
    /// Exits open from here.
    pub exits: Vec<ExitView>,
    /// A break that the officer has to explain aloud.
    pub unexplained_break: bool,
    /// Steps behind the decision whose recording turned out incomplete.
    pub incomplete: Vec<String>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseStep))]
pub struct StepView {
    /// Identifier.
    pub id: String,
    /// 1, 2, 3…
    pub number: u32,
    /// Title.
    pub title: Words,
    /// Who may do it.
    pub actors: Vec<Role>,
    /// When.
    pub phase: Phase,
    /// Whether it must be recorded.
    pub recorded: bool,
    /// Whether a break repeats it from its first sentence.
    pub atomic: bool,
    /// How it stands.
    pub state: StepState,
    /// The newest attempt; 0 before the first.
    pub attempt: u32,
    /// All attempts.
    pub attempts: Vec<AttemptView>,
    /// When the newest attempt began.
    pub started_us: Option<u64>,
    /// When the attempt that counts was completed.
    pub completed_us: Option<u64>,
    /// What comes first.
    pub why_locked: Option<Words>,
    /// Why the last attempt no longer counts.
    pub why_invalid: Option<Words>,
    /// Sentences in order.
    pub sentences: Vec<SentenceView>,
    /// What must be entered.
    pub needs: Vec<NeedView>,
    /// What must hold.
    pub guards: Vec<GuardView>,
    /// What still stands between a running step and its completion.
    pub missing: Vec<Hint>,
    /// When it falls due.
    pub due: Option<DueView>,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseStepState))]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Something else comes first.
    Locked,
    /// It can be started.
    Open,
    /// An attempt is running.
    Running,
    /// An attempt counts.
    Completed,
    /// The last attempt no longer counts: it must be repeated.
    Invalid,
}

/// An attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseAttempt))]
pub struct AttemptView {
    /// 1, 2, 3…
    pub number: u32,
    /// How it stands.
    pub state: AttemptState,
    /// Begin.
    pub started_us: u64,
    /// End.
    pub ended_us: Option<u64>,
    /// Why it no longer counts.
    pub cause: Option<&'static str>,
}

/// How an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseAttemptState))]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// Running.
    Running,
    /// Counts.
    Completed,
    /// No longer counts.
    Invalid,
    /// No longer counts, and another attempt was made since.
    Superseded,
}

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseSentence))]
pub struct SentenceView {
    /// Identifier.
    pub id: String,
    /// Whose words.
    pub speaker: Role,
    /// Who taps it.
    pub read_by: Vec<Role>,
    /// Filled from the case.
    pub words: Words,
    /// Whether it was read, or its turn has come.
    pub state: SentenceState,
    /// A blank that nothing fills yet, in Chinese.
    pub lacks: Option<String>,
}

/// Whether a sentence was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseSentenceState))]
#[serde(rename_all = "snake_case")]
pub enum SentenceState {
    /// It was.
    Read,
    /// It is its turn.
    Next,
    /// Not yet.
    Later,
}

/// A need: one field, or alternatives of which one is filled.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseNeed))]
pub struct NeedView {
    /// Whether it must be filled now.
    pub required: bool,
    /// Whether it is.
    pub filled: bool,
    /// One field, or several alternatives.
    pub fields: Vec<FieldView>,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseField))]
pub struct FieldView {
    /// Name.
    pub field: String,
    /// What people call it.
    pub label: Words,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it is filled.
    pub filled: bool,
    /// The value, unless erased.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<serde_json::Value>))]
    pub value: Option<Json>,
    /// How it is filled.
    pub source: FieldSource,
    /// Whether its value is personal data.
    pub personal: bool,
    /// What may be chosen, where that is a short list.
    pub choices: Vec<String>,
    /// The code table or `violations` to choose from, where it is long.
    pub choices_from: Option<String>,
    /// What the catalogue would put here. A usual fine is never among it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<serde_json::Value>))]
    pub suggested: Option<Json>,
    /// Least.
    pub min: Option<u64>,
    /// Most.
    pub max: Option<u64>,
    /// Remark, in Chinese.
    pub note: Option<String>,
    /// Something unusual about the value; it never blocks.
    pub warning: Option<Words>,
}

/// How a field is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseFieldSource))]
#[serde(rename_all = "snake_case")]
pub enum FieldSource {
    /// In a form.
    Entered,
    /// By an act, a sentence, a capture or a table.
    Derived,
}

/// A guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseGuard))]
pub struct GuardView {
    /// Identifier.
    pub id: String,
    /// Who judges.
    pub check: GuardCheck,
    /// The sentence.
    pub words: Words,
    /// Articles, in words.
    pub basis: Vec<String>,
    /// How it stands.
    pub state: GuardState,
    /// Who must still confirm it.
    pub confirm_by: Vec<Role>,
    /// What people found.
    pub confirmed: Vec<ConfirmedView>,
}

/// Who judges a guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseGuardCheck))]
#[serde(rename_all = "snake_case")]
pub enum GuardCheck {
    /// Computed.
    Machine,
    /// A person confirms.
    Human,
}

/// How a guard stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseGuardState))]
#[serde(rename_all = "snake_case")]
pub enum GuardState {
    /// It holds.
    Holds,
    /// Not yet known.
    Open,
    /// It does not hold.
    Fails,
    /// It does not arise.
    NotApplicable,
}

/// A person's finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseConfirmed))]
pub struct ConfirmedView {
    /// In which role.
    pub role: Role,
    /// By whom (a handle).
    pub by: String,
    /// What was found.
    pub finding: Finding,
    /// When.
    pub at: String,
}

/// A violation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseViolation))]
pub struct ViolationView {
    /// Code.
    pub code: String,
    /// Variant.
    pub variant: Option<String>,
    /// Words of the table.
    pub text: String,
    /// Articles broken, in words.
    pub violates: Vec<String>,
    /// Articles the penalty rests on, in words.
    pub basis: Vec<String>,
    /// Least fine, yuan.
    pub fine_min: u32,
    /// Greatest fine, yuan.
    pub fine_max: u32,
    /// 参考: least usual fine seen in records. Shown, never filled in.
    pub fine_reference_min: Option<u32>,
    /// 参考: greatest usual fine seen in records.
    pub fine_reference_max: Option<u32>,
    /// Points.
    pub points: Option<u8>,
    /// Where the points are found.
    pub points_note: String,
    /// Whether a warning may be given.
    pub warning_allowed: bool,
    /// Whether it may be decided at the scene.
    pub on_spot: bool,
    /// A measure that may or must be taken.
    pub measure: Option<String>,
    /// Remark for the legal officer.
    pub note: String,
    /// Where the row comes from.
    pub source: String,
    /// How sure.
    pub confidence: Confidence,
    /// Whether the legal officer signed it off.
    pub signed_off: bool,
}

/// A penalty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CasePenalty))]
pub struct PenaltyView {
    /// `oral_warning`, `warning`, `fine`.
    pub kind: &'static str,
    /// The fine.
    pub fine_yuan: Option<u32>,
    /// The points.
    pub points: Option<u8>,
    /// In Chinese.
    pub zh: String,
}

/// The decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseDecision))]
pub struct DecisionView {
    /// Number.
    pub number: String,
    /// Document.
    pub doc: String,
    /// Digest of the document.
    pub doc_sha256: String,
    /// When.
    pub at: String,
    /// The attempt at notice it rests on.
    pub notice_attempt: u32,
}

/// A capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseCapture))]
pub struct CaptureView {
    /// Identifier.
    pub capture: String,
    /// What it shows.
    pub kind: String,
    /// Of which moment.
    pub at_us: u64,
    /// File within the session's folder.
    pub file: String,
    /// Its digest.
    pub sha256: String,
}

/// An exit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseExit))]
pub struct ExitView {
    /// Identifier.
    pub id: String,
    /// Title.
    pub title: Words,
    /// Procedure that follows.
    pub leads_to: Option<String>,
}

/// A due date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CaseDue))]
pub struct DueView {
    /// The last moment.
    pub at: String,
    /// Whether the holidays on the way are published.
    pub calendar: CalendarKnown,
    /// Whether it has passed undone.
    pub overdue: bool,
    /// Articles, in words.
    pub basis: Vec<String>,
}
