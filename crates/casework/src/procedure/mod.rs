//! Procedures: the typed form of `data/procedures/*.yaml`.
//!
//! A procedure lists its steps in order, and for each step who acts, what must be entered (needs), what must be
//! said (scripts) and what must hold before it is complete (guards). Everything that a file can say is a type here, so a
//! file that asks for something unknown does not load.

mod parse;

use ids::StepId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::context::Role;
use crate::error::TableError;
use crate::statute::StatuteRef;

/// One procedure.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Version of the file's grammar: `procedure/1`.
    pub schema: String,
    /// Identifier, e.g. `traffic_simple`.
    pub id: String,
    /// Title.
    pub title_zh: String,
    /// Title.
    pub title_en: String,
    /// Version of the content.
    pub version: String,
    /// First day on which it may be used (Asia/Shanghai).
    pub effective_from: jiff::civil::Date,
    /// Articles it rests on.
    pub legal_basis: Vec<StatuteRef>,
    /// Fewest qualified officers who must take part (行政处罚法:42.1).
    pub min_qualified_officers: u32,
    /// Whether the officer at the seat counts as one of them.
    pub counts_as_second_officer: bool,
    /// Police that may use it.
    pub police_types: Vec<String>,
    /// `H`, `M` or `L`, see [`Confidence`].
    pub confidence: Confidence,
    /// Remarks for the legal officer.
    pub notes: Vec<String>,
    /// States in order.
    pub states: Vec<String>,
    /// Ways out that are not the end of the last step.
    pub exits: Vec<Exit>,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// SHA-256 of the file, lower-case hex: the `version` of `case.linked`.
    #[serde(skip)]
    pub digest: String,
}

/// How sure the row or file is, beyond the statute's own text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Confidence {
    /// Proposal or unverified.
    L,
    /// One source or memory, or the statute leaves a doubt.
    M,
    /// Found in sources that agree.
    H,
}

/// A way out of a procedure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// Identifier, e.g. `ESCALATED`; also the state reached.
    pub id: String,
    /// Title.
    pub title_zh: String,
    /// Title.
    pub title_en: String,
    /// Procedure that follows.
    pub leads_to: Option<String>,
}

/// When a step happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Inside the recorded session.
    Session,
    /// An act of the case after the recording is sealed.
    AfterSeal,
}

/// Who a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepActor {
    /// Officer at the scene.
    Officer,
    /// Officer at the cloud seat.
    Seat,
    /// The party, on an own phone or on the officer's.
    Party,
    /// The server itself.
    System,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Identifier, e.g. `S06_NOTICE`.
    pub id: StepId,
    /// Title.
    pub title_zh: String,
    /// Title.
    pub title_en: String,
    /// When it happens.
    pub phase: Phase,
    /// Who does it.
    pub actors: Vec<StepActor>,
    /// Whether it must lie wholly inside unbroken recording of both legs.
    pub recorded: bool,
    /// Whether a break repeats it from the first sentence.
    #[serde(default)]
    pub atomic: bool,
    /// Roles that check the step's human guards instead of its actors.
    #[serde(default)]
    pub confirmed_by: Vec<Role>,
    /// Key of a deadline.
    pub deadline: Option<String>,
    /// State(s) reached; the second one by refusal.
    pub state_after: Vec<String>,
    /// What must be entered.
    pub needs: Vec<Need>,
    /// What must be said, in order.
    pub scripts: Vec<ScriptRef>,
    /// What must hold before it completes.
    pub guards: Vec<Guard>,
    /// What invalidates the completed attempt.
    pub reopens_on: Vec<Cause>,
    /// Entry types it writes.
    pub writes: Vec<String>,
    /// Exits that may be taken from it.
    pub exits: Vec<String>,
}

/// Why an attempt at a step no longer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Recording has a hole.
    MediaGap,
    /// Only one side was heard.
    OneWayAudio,
    /// Bytes did not match their digest.
    IntegrityFailure,
    /// An atomic script was not read in one go.
    ScriptInterrupted,
    /// It is about somebody else now.
    PartyChanged,
    /// What is said to have happened changed.
    FactsChanged,
    /// The article changed.
    BasisChanged,
    /// The penalty changed.
    PenaltyChanged,
    /// Other officers took over.
    OfficerChanged,
    /// The seat did not approve.
    ReviewRejected,
    /// A step that it builds on no longer counts.
    EarlierStepReopened,
    /// Somebody chose to do it again.
    Repeated,
}

impl Cause {
    /// The word in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MediaGap => "media_gap",
            Self::OneWayAudio => "one_way_audio",
            Self::IntegrityFailure => "integrity_failure",
            Self::ScriptInterrupted => "script_interrupted",
            Self::PartyChanged => "party_changed",
            Self::FactsChanged => "facts_changed",
            Self::BasisChanged => "basis_changed",
            Self::PenaltyChanged => "penalty_changed",
            Self::OfficerChanged => "officer_changed",
            Self::ReviewRejected => "review_rejected",
            Self::EarlierStepReopened => "earlier_step_reopened",
            Self::Repeated => "repeated",
        }
    }

    /// Plain words for screens: Chinese, English.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::MediaGap => ("录制中断", "the recording broke off"),
            Self::OneWayAudio => ("只有一方声音", "only one side was heard"),
            Self::IntegrityFailure => ("录制数据校验失败", "recorded data failed its check"),
            Self::ScriptInterrupted => ("宣读中断", "reading was interrupted"),
            Self::PartyChanged => ("当事人信息变更", "the party changed"),
            Self::FactsChanged => ("违法事实变更", "the facts changed"),
            Self::BasisChanged => ("法律依据变更", "the legal basis changed"),
            Self::PenaltyChanged => ("拟处罚变更", "the proposed penalty changed"),
            Self::OfficerChanged => ("执法人员变更", "the officers changed"),
            Self::ReviewRejected => ("坐席未同意", "the seat did not approve"),
            Self::EarlierStepReopened => {
                ("前面的步骤需要重做", "an earlier step has to be repeated")
            }
            Self::Repeated => ("主动重做", "repeated on purpose"),
        }
    }

    /// Reads the word in the log.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == text)
    }

    const ALL: [Self; 12] = [
        Self::MediaGap,
        Self::OneWayAudio,
        Self::IntegrityFailure,
        Self::ScriptInterrupted,
        Self::PartyChanged,
        Self::FactsChanged,
        Self::BasisChanged,
        Self::PenaltyChanged,
        Self::OfficerChanged,
        Self::ReviewRejected,
        Self::EarlierStepReopened,
        Self::Repeated,
    ];
}

/// Something that must be entered.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "parse::RawNeed")]
pub enum Need {
    /// One field.
    One(Field),
    /// Exactly one of several.
    OneOf(Vec<Field>),
}

impl Need {
    /// The field, or the alternatives.
    pub fn fields(&self) -> &[Field] {
        match self {
            Self::One(field) => std::slice::from_ref(field),
            Self::OneOf(fields) => fields,
        }
    }
}

/// One field of a need.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Name, unique in meaning within the procedure.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it must be filled.
    pub required: bool,
    /// What may be chosen.
    pub choices: Choices,
    /// Least number, or fewest items.
    pub min: Option<u64>,
    /// Greatest number, or most items.
    pub max: Option<u64>,
    /// Remark for the screen.
    pub note: Option<String>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Free text.
    Text,
    /// Number of an identity document.
    IdNumber,
    /// Vehicle plate: an unusual one is warned of, never blocked.
    Plate,
    /// One of a list.
    Enum,
    /// Yes or no.
    Bool,
    /// A point on earth.
    Geo,
    /// A moment, or a day.
    Time,
    /// A capture, or a span of the recording.
    Media,
    /// A file with its digest.
    Document,
    /// An image or CMS.
    Signature,
    /// An integer ≥ 0.
    Number,
}

/// What may be chosen for an `enum` field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choices {
    /// Anything of the kind.
    Any,
    /// These words.
    Listed(Vec<String>),
    /// The first column of a code table, by its name without folder and suffix.
    Codes(String),
    /// A column of the catalogue.
    Catalogue(CatalogueColumn),
}

/// Column of the violations table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatalogueColumn {
    /// `code`.
    Code,
    /// `variant`.
    Variant,
}

/// A script or a choice of scripts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "parse::RawScriptRef")]
pub enum ScriptRef {
    /// Always.
    Always(String),
    /// The one that fits.
    AnyOf(Vec<String>),
    /// Under a condition.
    When(Condition, String),
}

impl ScriptRef {
    /// Every script it may lead to.
    pub fn ids(&self) -> &[String] {
        match self {
            Self::Always(id) | Self::When(_, id) => std::slice::from_ref(id),
            Self::AnyOf(ids) => ids,
        }
    }
}

/// Something about the case that makes a script or a guard apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// A fine is imposed.
    Fine,
    /// The party refuses what the step asks: signature or receipt.
    Refused,
    /// An oral warning is proposed.
    OralWarning,
    /// Twelve points are reached.
    FullPoints,
    /// Points follow from the violation.
    PointsFollow,
    /// The party asks that an officer be replaced.
    RecusalRequested,
    /// A non-motor driver refuses the fine.
    NonMotorRefusesFine,
    /// The place is a highway.
    PlaceIsHighway,
    /// The decision is served electronically.
    ElectronicDelivery,
}

/// Something that must hold before a step completes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "parse::RawGuard")]
pub struct Guard {
    /// Identifier, e.g. `fine_at_most`.
    pub id: String,
    /// Who judges it.
    pub check: Check,
    /// It applies only then.
    pub only_if: Option<Condition>,
    /// It does not apply then.
    pub unless: Option<Condition>,
    /// The sentence.
    pub zh: String,
    /// The sentence.
    pub en: String,
    /// Articles; empty: a rule of the product.
    pub basis: Vec<StatuteRef>,
    /// What follows when it fails.
    pub on_fail: OnFail,
}

/// Who judges a guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// Computed from fields, log and tables.
    Machine(Predicate),
    /// A person confirms the sentence.
    Human {
        /// The roles that must; empty: the step's own.
        confirmed_by: Vec<Role>,
    },
}

/// Guards that are computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// A seat answered the call.
    SeatAvailable,
    /// The recorder works and the clock is at most one second off.
    RecorderHealthy,
    /// Sound and picture of officer and seat are being recorded.
    BothLegsRecorded,
    /// Enough qualified officers are present.
    QualifiedOfficersAtLeast {
        /// How many.
        n: u32,
    },
    /// The party was told of the recording.
    RecordingNoticeGiven,
    /// The party is old enough to be punished.
    PartyAgeAtLeast {
        /// Years completed.
        years: u8,
    },
    /// There is evidence.
    EvidenceItemsAtLeast {
        /// How many items.
        n: u32,
    },
    /// The catalogue allows a decision at the scene.
    ViolationOnSpotAllowed,
    /// The penalty lies in the statutory range.
    FineWithinStatute,
    /// The fine is not above the procedure's limit.
    FineAtMost {
        /// Inclusive limit.
        yuan: u32,
    },
    /// No suspension, revocation or detention is due.
    PenaltyOnlyWarningOrFine,
    /// Points stay below twelve.
    PointsBelowFull,
    /// Every sentence was read.
    ScriptReadToEnd,
    /// No gap touches the step.
    NoGapInStep,
    /// The party was heard, or waived it.
    DefenceHeardOrWaived,
    /// A defence never makes it worse.
    PenaltyNotHeavierAfterDefence,
    /// A well-founded defence is followed.
    UpheldDefenceFollowed,
    /// Nobody approves an own edit.
    ReviewerNotEditor,
    /// Every recorded step counts.
    RecordedStepsComplete,
    /// The seat approved.
    ReviewApproved,
    /// What is decided is what was notified.
    NoticeMatchesDecision,
    /// The decision says that reconsideration comes first.
    ReconsiderationTextPrinted,
    /// Signed, or the refusal noted.
    SignatureOrRefusal,
    /// Electronic service was agreed to.
    ElectronicDeliveryAgreed,
    /// Papers were handed back.
    PapersReturned,
    /// No recorded segment is missing.
    NoMissingSegment,
    /// In time.
    WithinDeadline {
        /// Key of the deadline.
        key: String,
    },
    /// Cash only where the statute allows it.
    CashOnlyWhereAllowed,
}

/// What follows when a guard fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnFail {
    /// The step stays open.
    Block,
    /// Later steps wait.
    Wait,
    /// The step is done again.
    RepeatStep,
    /// A flag; the case goes on.
    Overdue,
    /// Back to a step.
    Step(String),
    /// Out by an exit.
    Exit(String),
}

impl Procedure {
    /// Reads a procedure file. Fails with [`TableError::Yaml`] or [`TableError::Procedure`].
    pub fn parse(yaml: &'static str) -> Result<Self, TableError> {
        let mut procedure: Self =
            serde_yaml_ng::from_str(yaml).map_err(|source| TableError::Yaml {
                file: "procedure",
                source,
            })?;
        procedure.digest = hex::encode(Sha256::digest(yaml));
        procedure.check()?;
        Ok(procedure)
    }

    /// The step, with its place in the order.
    pub fn step(&self, id: &str) -> Option<(usize, &Step)> {
        self.steps
            .iter()
            .enumerate()
            .find(|(_, s)| s.id.as_str() == id)
    }

    /// The session steps that must be recorded: `policy.required_steps` of `session.opened`.
    pub fn required_steps(&self) -> Vec<StepId> {
        self.steps
            .iter()
            .filter(|s| s.phase == Phase::Session && s.recorded)
            .map(|s| s.id.clone())
            .collect()
    }

    /// The exit of that name.
    pub fn exit(&self, id: &str) -> Option<&Exit> {
        self.exits.iter().find(|e| e.id == id)
    }

    /// The field of that name in the first step that asks for it.
    pub fn field(&self, name: &str) -> Option<(&Step, &Field)> {
        self.steps.iter().find_map(|s| {
            s.needs
                .iter()
                .flat_map(Need::fields)
                .find(|f| f.name == name)
                .map(|f| (s, f))
        })
    }

    /// The step that writes entries of this type, which is how acts find their step.
    pub(crate) fn writer(&self, entry_type: &str) -> Option<(usize, &Step)> {
        self.steps
            .iter()
            .enumerate()
            .find(|(_, s)| s.writes.iter().any(|w| w == entry_type))
    }

    fn check(&self) -> Result<(), TableError> {
        let bad = |what: String| TableError::Procedure {
            procedure: self.id.clone(),
            what,
        };
        if self.schema != "procedure/1" {
            return Err(bad(format!("schema {} is not procedure/1", self.schema)));
        }
        for (i, step) in self.steps.iter().enumerate() {
            if self.steps[..i].iter().any(|s| s.id == step.id) {
                return Err(bad(format!("step {} stands twice", step.id)));
            }
            if let Some(unknown) = step.state_after.iter().find(|s| !self.states.contains(s)) {
                return Err(bad(format!("{}: state {unknown} is not listed", step.id)));
            }
            if let Some(unknown) = step.exits.iter().find(|e| self.exit(e).is_none()) {
                return Err(bad(format!("{}: exit {unknown} is not listed", step.id)));
            }
            for guard in &step.guards {
                match &guard.on_fail {
                    OnFail::Step(to) if self.step(to).is_none() => {
                        return Err(bad(format!(
                            "{}: {} leads to unknown step {to}",
                            step.id, guard.id
                        )));
                    }
                    OnFail::Exit(to) if self.exit(to).is_none() => {
                        return Err(bad(format!(
                            "{}: {} leads to unknown exit {to}",
                            step.id, guard.id
                        )));
                    }
                    OnFail::Exit(_)
                    | OnFail::Step(_)
                    | OnFail::Block
                    | OnFail::Wait
                    | OnFail::RepeatStep
                    | OnFail::Overdue => {}
                }
            }
        }
        Ok(())
    }
}

impl Step {
    /// Whether the step belongs to the server alone and writes no `step.*` entries.
    pub(crate) fn is_system(&self) -> bool {
        !self.writes.iter().any(|w| w == "step.started") && self.phase == Phase::Session
    }

    /// Whether the step rests on what is said to have happened, so that it falls with an earlier one that does too.
    pub(crate) fn rests_on_facts(&self) -> bool {
        self.reopens_on.contains(&Cause::FactsChanged)
    }
}
