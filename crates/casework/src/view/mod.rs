//! The case as a screen shows it: computed here, so that no screen recomputes a rule.

mod next;

use serde::Serialize;
use serde_json::Value as Json;

pub use next::{Next, NextAction};

use crate::act::Finding;
use crate::case::state::{Attempt, Course, End};
use crate::case::{Case, roles_of};
use crate::catalogue::{OnSpot, Violation, Warning};
use crate::context::{Context, Role};
use crate::deadline::CalendarKnown;
use crate::error::Refusal;
use crate::field::{is_derived, is_personal};
use crate::guard::Judgement;
use crate::penalty::Proposal;
use crate::procedure::{
    CatalogueColumn, Check, Choices, Confidence, Field, FieldKind, Guard, Need, OnFail, Phase,
    Predicate, Step,
};

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

impl From<&Refusal> for Hint {
    fn from(refusal: &Refusal) -> Self {
        let exit = match refusal.guard().map(|g| &g.on_fail) {
            Some(OnFail::Exit(exit)) => Some(exit.clone()),
            Some(
                OnFail::Block
                | OnFail::Wait
                | OnFail::RepeatStep
                | OnFail::Overdue
                | OnFail::Step(_),
            )
            | None => None,
        };
        let fields = if let Refusal::NeedsMissing { fields, .. } = refusal {
            fields.clone()
        } else {
            Vec::new()
        };
        Self {
            code: refusal.code(),
            words: Words {
                zh: refusal.zh(),
                en: refusal.en(),
            },
            basis: refusal.basis().iter().map(ToString::to_string).collect(),
            guard: refusal.guard().map(|g| g.id.clone()),
            exit,
            fields,
        }
    }
}

impl<'t> Case<'t> {
    /// The case for a screen. Who looks is of no matter: what a role may not see is withheld by the caller.
    pub fn view(&self, context: &Context) -> View {
        let procedure = self.procedure;
        let exit = match &self.state.course {
            Course::Left { exit, .. } => procedure.exit(exit),
            Course::Revoked => procedure.exit("REVOKED"),
            Course::Returned | Course::Going => None,
        };
        let exits = self
            .open_exits()
            .into_iter()
            .filter_map(|e| procedure.exit(e));
        View {
            procedure: procedure.id.clone(),
            title: words(&procedure.title_zh, &procedure.title_en),
            version: procedure.version.clone(),
            state: self.state().to_owned(),
            exit: exit.map(|e| words(&e.title_zh, &e.title_en)),
            now: context.now.to_string(),
            mono_us: context.mono_us,
            recording_problem: self.recording_refusal(context).as_ref().map(Hint::from),
            steps: procedure
                .steps
                .iter()
                .enumerate()
                .map(|(i, step)| self.view_step(i, step, context))
                .collect(),
            current: self.current().map(|(_, s)| s.id.to_string()),
            next: self.next(context),
            violation: self.violation().map(|v| view_violation(v, context)),
            penalty: self.proposal().map(|p| self.view_penalty(p)),
            decision: self.state.decision.as_ref().map(|d| DecisionView {
                number: d.made.number.to_string(),
                doc: d.made.doc.to_string(),
                doc_sha256: d.made.doc_sha256.clone(),
                at: d.at.to_string(),
                notice_attempt: d.made.notice_attempt,
            }),
            captures: self.state.captures.iter().map(view_capture).collect(),
            exits: exits
                .map(|e| ExitView {
                    id: e.id.clone(),
                    title: words(&e.title_zh, &e.title_en),
                    leads_to: e.leads_to.clone(),
                })
                .collect(),
            unexplained_break: self.state.unexplained.is_some(),
            incomplete: self.incomplete_steps().map(ToString::to_string).collect(),
        }
    }

    fn view_step(&self, position: usize, step: &'t Step, context: &Context) -> StepView {
        let attempts = self
            .state
            .attempts
            .get(&step.id)
            .map_or(&[][..], Vec::as_slice);
        let latest = attempts.last();
        let state = self.step_state(position, step);
        let running = latest.filter(|a| a.is_running());
        let sentences = self.sentences_of(step, latest);
        let next = latest
            .filter(|a| a.stands())
            .and_then(|a| self.next_sentence(step, a))
            .map(|(_, s)| &s.id);
        StepView {
            id: step.id.to_string(),
            number: u32::try_from(position + 1).unwrap_or(u32::MAX),
            title: words(&step.title_zh, &step.title_en),
            actors: roles_of(step),
            phase: step.phase,
            recorded: step.recorded,
            atomic: step.atomic,
            state,
            attempt: latest.map_or(0, |a| a.number),
            attempts: attempts.iter().map(|a| view_attempt(a, latest)).collect(),
            started_us: latest.map(|a| a.started.mono_us),
            completed_us: latest.and_then(Attempt::completed).map(|s| s.mono_us),
            why_locked: (state == StepState::Locked || state == StepState::Invalid)
                .then(|| self.why_locked(position))
                .flatten(),
            why_invalid: latest.and_then(|a| match &a.end {
                End::Invalidated { cause, .. } => Some(words(cause.words().0, cause.words().1)),
                End::Running | End::Completed(_) => None,
            }),
            sentences: sentences
                .into_iter()
                .map(|(script, sentence)| {
                    let filled = self.fill(sentence, step, context);
                    let read = latest.is_some_and(|a| a.stands() && a.read.contains(&sentence.id));
                    let state = match (read, next == Some(&sentence.id)) {
                        (true, _) => SentenceState::Read,
                        (false, true) => SentenceState::Next,
                        (false, false) => SentenceState::Later,
                    };
                    SentenceView {
                        id: sentence.id.clone(),
                        speaker: sentence.speaker,
                        read_by: script.read_by.roles().to_vec(),
                        words: words(&filled.zh, &filled.en),
                        state,
                        lacks: filled
                            .missing
                            .and_then(|m| self.tables.scripts.placeholders.get(&m).cloned()),
                    }
                })
                .collect(),
            needs: step
                .needs
                .iter()
                .map(|need| self.view_need(step, need))
                .collect(),
            guards: step
                .guards
                .iter()
                .map(|guard| self.view_guard(guard, step, running, context))
                .collect(),
            missing: if running.is_some() {
                self.open_points(step, context)
                    .iter()
                    .map(Hint::from)
                    .collect()
            } else {
                Vec::new()
            },
            due: self.due(step).map(|due| DueView {
                at: due.at.to_string(),
                calendar: due.calendar,
                overdue: context.now > due.at && !self.is_done(step),
                basis: step
                    .deadline
                    .as_deref()
                    .and_then(|k| self.tables.deadline(k))
                    .map_or_else(Vec::new, |d| {
                        d.basis.iter().map(ToString::to_string).collect()
                    }),
            }),
        }
    }

    fn step_state(&self, position: usize, step: &Step) -> StepState {
        match self.state.latest(&step.id).map(|a| &a.end) {
            Some(End::Running) => StepState::Running,
            Some(End::Completed(_)) => StepState::Completed,
            Some(End::Invalidated { .. }) => StepState::Invalid,
            None if self.is_done(step) => StepState::Completed,
            None if self.why_locked(position).is_some() => StepState::Locked,
            None => StepState::Open,
        }
    }

    fn why_locked(&self, position: usize) -> Option<Words> {
        let step = &self.procedure.steps[position];
        if step.phase == Phase::AfterSeal {
            let refusal = match (self.state.decision.is_some(), self.state.sealed.is_some()) {
                (false, _) => Refusal::NoDecision,
                (true, false) => Refusal::NotSealed,
                (true, true) => return None,
            };
            return Some(words(&refusal.zh(), &refusal.en()));
        }
        if self.is_closed() || (self.state.sealed.is_some() && !self.is_done(step)) {
            let refusal = Refusal::CaseClosed {
                state: self.state().to_owned(),
            };
            return Some(words(&refusal.zh(), &refusal.en()));
        }
        let after = self.locked_by(position)?;
        Some(Words {
            zh: format!("请先完成“{}”", after.title_zh),
            en: format!("Complete “{}” first", after.title_en),
        })
    }

    fn view_need(&self, step: &Step, need: &Need) -> NeedView {
        let fields = need.fields();
        let required = match need {
            Need::One(field) => self.is_required(field),
            Need::OneOf(_) => true,
        };
        NeedView {
            required,
            filled: fields.iter().any(|f| self.is_filled(step, f)),
            fields: fields.iter().map(|f| self.view_field(step, f)).collect(),
        }
    }

    fn view_field(&self, step: &Step, field: &Field) -> FieldView {
        let (choices, choices_from) = match &field.choices {
            Choices::Any => (Vec::new(), None),
            Choices::Listed(listed) => (listed.clone(), None),
            Choices::Codes(table) => (Vec::new(), Some(table.clone())),
            Choices::Catalogue(CatalogueColumn::Code) => {
                (Vec::new(), Some("violations".to_owned()))
            }
            Choices::Catalogue(CatalogueColumn::Variant) => {
                let code = self.state.text("violation_code");
                (
                    code.map_or_else(Vec::new, |c| {
                        self.tables
                            .catalogue
                            .variants(c)
                            .into_iter()
                            .map(str::to_owned)
                            .collect()
                    }),
                    None,
                )
            }
        };
        let unusual = field.kind == FieldKind::Plate
            && self
                .state
                .text(&field.name)
                .is_some_and(|p| !self.tables.plate_is_usual(p));
        FieldView {
            field: field.name.clone(),
            label: match self.tables.label(&field.name) {
                Some(label) => words(&label.zh, &label.en),
                None => words(&field.name, &field.name),
            },
            kind: field.kind,
            filled: self.is_filled(step, field),
            value: self.state.value(&field.name).map(|v| v.to_json()),
            source: if is_derived(&field.name) {
                FieldSource::Derived
            } else {
                FieldSource::Entered
            },
            personal: is_personal(&field.name, field.kind),
            choices,
            choices_from,
            suggested: self.catalogue_value(&field.name).map(|v| v.to_json()),
            min: field.min,
            max: field.max,
            note: field.note.clone(),
            warning: unusual.then(|| {
                words(
                    "号牌样式少见，请再核对",
                    "an unusual plate; please check it again",
                )
            }),
        }
    }

    fn view_guard(
        &self,
        guard: &Guard,
        step: &Step,
        running: Option<&Attempt>,
        context: &Context,
    ) -> GuardView {
        let judgement = self.judge(guard, step, context);
        let settled = self.is_done(step);
        // Before everything is entered a guard that cannot be computed is open, not failed.
        let early = running.is_none() || !self.missing_fields(step).is_empty();
        let unread = guard.check == Check::Machine(Predicate::ScriptReadToEnd);
        let state = match (&judgement, &guard.check) {
            (Judgement::Holds, _) => GuardState::Holds,
            (Judgement::NotApplicable, _) => GuardState::NotApplicable,
            (Judgement::Unconfirmed(_), _) => GuardState::Open,
            // What held when the step was completed does not change on the screen because the moment has passed.
            (Judgement::Fails, Check::Machine(_))
                if settled && !matches!(step.phase, Phase::AfterSeal) =>
            {
                GuardState::Holds
            }
            (Judgement::Fails, Check::Machine(_)) if early || unread => GuardState::Open,
            (Judgement::Fails, _) => GuardState::Fails,
        };
        let found = |a: &Attempt| {
            let mine = a.confirmed.iter().filter(|((id, _), _)| *id == guard.id);
            mine.map(|((_, role), c)| ConfirmedView {
                role: *role,
                by: c.by.handle.clone(),
                finding: c.finding,
                at: c.at.to_string(),
            })
            .collect()
        };
        GuardView {
            id: guard.id.clone(),
            check: match guard.check {
                Check::Machine(_) => GuardCheck::Machine,
                Check::Human { .. } => GuardCheck::Human,
            },
            words: words(&guard.zh, &guard.en),
            basis: guard.basis.iter().map(ToString::to_string).collect(),
            state,
            confirm_by: match judgement {
                Judgement::Unconfirmed(by) => by,
                Judgement::Holds | Judgement::NotApplicable | Judgement::Fails => Vec::new(),
            },
            confirmed: self.state.latest(&step.id).map_or_else(Vec::new, found),
        }
    }

    fn view_penalty(&self, proposal: Proposal) -> PenaltyView {
        match proposal {
            Proposal::OralWarning => PenaltyView {
                kind: "oral_warning",
                fine_yuan: None,
                points: None,
                zh: "口头警告".to_owned(),
            },
            Proposal::Penalty(penalty) => PenaltyView {
                kind: if penalty.fine_yuan().is_some() {
                    "fine"
                } else {
                    "warning"
                },
                fine_yuan: penalty.fine_yuan(),
                points: self.points(),
                zh: penalty.to_string(),
            },
        }
    }
}

fn words(zh: &str, en: &str) -> Words {
    Words {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

fn view_attempt(attempt: &Attempt, latest: Option<&Attempt>) -> AttemptView {
    let newest = latest.is_some_and(|l| l.number == attempt.number);
    let (state, ended_us, cause) = match &attempt.end {
        End::Running => (AttemptState::Running, None, None),
        End::Completed(at) => (AttemptState::Completed, Some(at.mono_us), None),
        End::Invalidated {
            at,
            cause,
            completed,
        } => {
            let state = if newest {
                AttemptState::Invalid
            } else {
                AttemptState::Superseded
            };
            (
                state,
                Some(completed.as_ref().unwrap_or(at).mono_us),
                Some(cause.as_str()),
            )
        }
    };
    AttemptView {
        number: attempt.number,
        state,
        started_us: attempt.started.mono_us,
        ended_us,
        cause,
    }
}

fn view_capture(capture: &crate::case::state::Capture) -> CaptureView {
    CaptureView {
        capture: capture.id.clone(),
        kind: capture.kind.clone(),
        at_us: capture.at_us,
        file: capture.file.file.clone(),
        sha256: capture.file.sha256.clone(),
    }
}

/// A row of the catalogue for a screen.
pub fn view_violation(violation: &Violation, context: &Context) -> ViolationView {
    ViolationView {
        code: violation.code.clone(),
        variant: violation.variant.clone(),
        text: violation.text.clone(),
        violates: violation.violates.iter().map(ToString::to_string).collect(),
        basis: violation.basis.iter().map(ToString::to_string).collect(),
        fine_min: violation.fine_min,
        fine_max: violation.fine_max,
        fine_reference_min: violation.fine_usual.map(|(low, _)| low),
        fine_reference_max: violation.fine_usual.map(|(_, high)| high),
        points: violation.points,
        points_note: violation.points_note.clone(),
        warning_allowed: violation.warning == Warning::Allowed,
        on_spot: violation.on_spot == OnSpot::Allowed,
        measure: violation.measure.clone(),
        note: violation.note.clone(),
        source: violation.source.clone(),
        confidence: violation.confidence,
        signed_off: context.sign_off.covers(&violation.digest),
    }
}
