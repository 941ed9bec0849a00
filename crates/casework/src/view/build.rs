//! Building the view.

use crate::case::state::{Attempt, Capture, Course, End};
use crate::case::{Case, roles_of};
use crate::catalogue::{OnSpot, Violation, Warning};
use crate::context::Context;
use crate::error::Refusal;
use crate::field::{is_derived, is_personal};
use crate::guard::Judgement;
use crate::penalty::Proposal;
use crate::procedure::{
    CatalogueColumn, Check, Choices, Field, FieldKind, Guard, Need, OnFail, Phase, Predicate, Step,
};
use crate::view::{
    AttemptState, AttemptView, CaptureView, ConfirmedView, DecisionView, DueView, ExitView,
    FieldSource, FieldView, GuardCheck, GuardState, GuardView, Hint, NeedView, PenaltyView,
    SentenceState, SentenceView, StepState, StepView, View, ViolationView, Words,
};

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
            // What the server's own steps need stands in its entries, not in fields.
            filled: (step.is_system() && self.is_done(step))
                || fields.iter().any(|f| self.is_filled(step, f)),
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

fn view_capture(capture: &Capture) -> CaptureView {
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
