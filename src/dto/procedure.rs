//! The procedure of a session as its screens show it, and the acts on it.

use std::collections::BTreeMap;

use ids::{StepId, UtcMillis};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Choice, DecisionText, Person};

/// The procedure with everything done so far.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProcedureView {
    /// Procedure id.
    pub procedure: String,
    /// Title, Chinese.
    pub title_zh: String,
    /// Title, English.
    pub title_en: String,
    /// Version of the procedure's file.
    pub version: String,
    /// State reached, as the procedure names it.
    pub state: String,
    /// Nothing can be changed any more.
    pub sealed: bool,
    /// Ways out before the end.
    pub exits: Vec<Exit>,
    /// In order.
    pub steps: Vec<Step>,
    /// What to do next; none: wait, or all is done.
    pub primary: Option<Primary>,
    /// What is known of the case, for headings: `party_name`, `id_no_masked`, `plate`, …
    pub facts: BTreeMap<String, serde_json::Value>,
    /// The decision as it would read now, once notice can be given.
    pub draft: Option<DecisionText>,
}

/// A way out of a procedure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Exit {
    /// Id, e.g. `ORAL_WARNING`.
    pub id: String,
    /// Title, Chinese.
    pub title_zh: String,
    /// Title, English.
    pub title_en: String,
    /// Can be taken from here.
    pub open: bool,
}

/// The next thing to do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Primary {
    /// In which step.
    #[schema(value_type = String)]
    pub step: StepId,
    /// Which act: `start`, `sentence`, `fields`, `capture`, `confirm`, `complete`, `defence`, `review`,
    /// `decision`, `signature`, `delivery`, `seal`.
    pub act: String,
    /// On the button, Chinese.
    pub label_zh: String,
    /// On the button, English.
    pub label_en: String,
    /// Who can do it.
    pub by: Vec<String>,
}

/// A step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Step {
    /// Id, e.g. `S06_NOTICE`.
    #[schema(value_type = String)]
    pub id: StepId,
    /// 1, 2, 3… as shown.
    pub number: u32,
    /// Title, Chinese.
    pub title_zh: String,
    /// Title, English.
    pub title_en: String,
    /// Who acts.
    pub actors: Vec<String>,
    /// Must lie wholly inside unbroken recording.
    pub recorded: bool,
    /// A break repeats it from its first sentence.
    pub atomic: bool,
    /// Where it stands.
    pub state: StepState,
    /// The attempt that counts, 1, 2…; 0 before the first.
    pub attempt: u32,
    /// All attempts.
    pub attempts: Vec<Attempt>,
    /// Why it can't be started, Chinese.
    pub why_locked_zh: Option<String>,
    /// Why it can't be started, English.
    pub why_locked_en: Option<String>,
    /// What is to be said.
    pub sentences: Vec<Sentence>,
    /// What is to be entered or captured.
    pub needs: Vec<Need>,
    /// What must hold before it completes.
    pub guards: Vec<Guard>,
    /// What is still missing, Chinese.
    pub missing_zh: Vec<String>,
    /// What is still missing, English.
    pub missing_en: Vec<String>,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Something comes before it.
    Locked,
    /// Can be started.
    Open,
    /// Started.
    Running,
    /// Done.
    Completed,
    /// Was done or running, and must be done again.
    Invalid,
}

/// One attempt at a step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attempt {
    /// 1, 2…
    pub attempt: u32,
    /// How it stands.
    pub state: AttemptState,
    /// Start, µs of the session clock.
    pub started_us: u64,
    /// End, µs of the session clock.
    pub ended_us: Option<u64>,
    /// Why it doesn't count.
    pub reason: Option<String>,
}

/// How an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// Under way.
    Running,
    /// Completed.
    Completed,
    /// Lost its force.
    Invalid,
    /// A later attempt took its place.
    Superseded,
}

/// A sentence to say.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sentence {
    /// Id, e.g. `SC02.1`.
    pub id: String,
    /// Who says it.
    pub speaker: String,
    /// Words, Chinese, with the case's facts in their places.
    pub zh: String,
    /// Words, English.
    pub en: String,
    /// Was said in the attempt that counts.
    pub read: bool,
    /// When, µs of the session clock.
    pub read_us: Option<u64>,
}

/// Something to enter or capture.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Need {
    /// Field.
    pub field: String,
    /// Label, Chinese.
    pub label_zh: String,
    /// Label, English.
    pub label_en: String,
    /// `text`, `id_number`, `plate`, `enum`, `bool`, `geo`, `time`, `media`, `document`, `signature`, `number`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Can't stay empty (of a `group`: one of them).
    pub required: bool,
    /// Is there.
    pub filled: bool,
    /// What was entered.
    pub value: Option<serde_json::Value>,
    /// Needs of one group are alternatives: exactly one is filled.
    pub group: Option<u32>,
    /// Least value of a number, else least count.
    pub min: Option<i64>,
    /// Largest value of a number, else largest count.
    pub max: Option<i64>,
    /// What can be chosen, where the list is short.
    pub choices: Option<Vec<Choice>>,
    /// Else the member of the catalogue's choices, or `violations`.
    pub choices_from: Option<String>,
}

/// Something that must hold.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Guard {
    /// Id, e.g. `fine_at_most`.
    pub id: String,
    /// `machine`: computed; `human`: confirmed by a person.
    pub check: String,
    /// The sentence, Chinese.
    pub zh: String,
    /// The sentence, English.
    pub en: String,
    /// Provisions it rests on; empty: a rule of the product.
    pub basis: Vec<String>,
    /// Whether it holds.
    pub state: GuardState,
    /// Who can confirm it.
    pub confirm_by: Vec<String>,
}

/// Whether a guard holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuardState {
    /// Yes.
    Holds,
    /// Not known yet, or not confirmed yet.
    Open,
    /// No.
    Fails,
}

/// A sentence was said.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentenceRead {
    /// Its id, e.g. `SC02.1`.
    pub sentence: String,
}

/// Values for fields of a step.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldValues {
    /// Field → value; `null` empties it.
    pub values: BTreeMap<String, serde_json::Value>,
}

/// A person confirms a guard's sentence.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The guard.
    pub guard: String,
}

/// What the party says to what they are told (行政处罚法 art. 45).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Defence {
    /// In words.
    pub text: Option<String>,
    /// Says that they do without.
    #[serde(default)]
    pub waived: bool,
    /// Asks that an officer stand aside.
    pub recusal_requested: bool,
}

/// What the seat thinks of it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The verdict.
    pub verdict: ReviewVerdict,
    /// Why; needed unless approved.
    pub reason: Option<String>,
}

/// The seat's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// The decision can be made.
    Approved,
    /// Back to the facts.
    Rejected,
    /// Belongs into another procedure.
    Escalated,
}

/// Leave the procedure before its end.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeExit {
    /// Id of the exit.
    pub exit: String,
    /// Why.
    pub reason: Option<String>,
}

/// What a captured picture is.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CaptureQuery {
    /// What it shows.
    pub kind: CaptureKind,
    /// The step it belongs to.
    #[param(value_type = Option<String>)]
    pub step: Option<StepId>,
    /// The field it fills.
    pub field: Option<String>,
}

/// What a captured picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaptureKind {
    /// A moment of the video.
    Still,
    /// An officer's credential.
    Credential,
    /// A driving licence or identity card.
    Licence,
    /// A number plate.
    Plate,
    /// The violation.
    Evidence,
}

/// A picture that was stored.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Captured {
    /// Its id.
    pub capture: String,
    /// Digest of the stored file, 64 hex.
    pub sha256: String,
    /// The procedure after it.
    pub view: ProcedureView,
}

/// A captured picture.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Capture {
    /// Its id.
    pub capture: String,
    /// What it shows.
    pub kind: CaptureKind,
    /// The step it belongs to.
    #[schema(value_type = Option<String>)]
    pub step: Option<StepId>,
    /// When, µs of the session clock.
    pub at_us: u64,
    /// When, by the wall clock.
    #[schema(value_type = String)]
    pub time: UtcMillis,
    /// Who took it.
    pub by: Person,
    /// Where it can be read.
    pub url: String,
}
