//! Acts: what may be done now, and what stands in the log if it is.

use ids::{DocId, ParticipantId, StepId};

use crate::act::{
    Act, Delivery, FileRef, Finding, Issue, Mark, PayMethod, SignMethod, Statement, Verdict,
};
use crate::calendar::shanghai;
use crate::case::enter::allow;
use crate::case::state::{Attempt, Course, Defence, Service, Signing};
use crate::case::{Case, roles_of};
use crate::catalogue::Offender;
use crate::context::{Context, Role};
use crate::deadline::late_fee_fen;
use crate::error::{Refusal, ValueProblem};
use crate::event::{DecisionMade, DefenceForm, Event, Subject};
use crate::guard::Judgement;
use crate::limits::{ATTEMPTS_MAX, CAPTURES_MAX};
use crate::procedure::{Cause, Check, Field, FieldKind, Need, Phase, Predicate, Step};
use crate::value::{Value, clean_text};

impl<'t> Case<'t> {
    /// What follows from an act: the events to write in this order, all or none; or why it may not be done. Nothing
    /// changes here: the caller appends the entries and then calls [`Case::apply`] with each.
    pub fn decide(&self, act: &Act, context: &Context) -> Result<Vec<Event>, Refusal> {
        self.check_open(act)?;
        match act {
            Act::StartStep { step } => self.start_step(step, context),
            Act::RestartStep { step, reason } => self.restart_step(step, reason, context),
            Act::ReadSentence { sentence } => self.read_sentence(sentence, context),
            Act::SetFields { values } => self.enter(values, None, context),
            Act::ChangeFacts { values, reason } => self.enter(values, Some(reason), context),
            Act::ConfirmGuard { guard, finding } => self.confirm_guard(guard, *finding, context),
            Act::AddCapture {
                capture,
                kind,
                file,
                participant,
                at_us,
            } => {
                self.add_capture(capture, context)?;
                Ok(vec![Event::CaptureTaken {
                    capture: capture.clone(),
                    kind: kind.clone(),
                    file: file.clone(),
                    participant: participant.clone(),
                    at_us: *at_us,
                }])
            }
            Act::StateDefence {
                participant,
                statement,
            } => self.state_defence(participant, statement, context),
            Act::WaiveDefence { participant } => self.waive_defence(participant, context),
            Act::CompleteStep { step } => self.complete_step(step, context),
            Act::Review { verdict, reason } => self.review(*verdict, reason.as_deref(), context),
            Act::IssueDecision(issue) => self.issue_decision(issue, context),
            Act::Sign {
                participant,
                method,
                file,
            } => self.sign(participant, *method, file, context),
            Act::RefuseSignature {
                participant,
                reason,
            } => self.refuse_signature(participant, reason, context),
            Act::Deliver {
                participant,
                method,
            } => self.deliver(participant, method, context),
            Act::RefuseDelivery {
                participant,
                reason,
            } => self.refuse_delivery(participant, reason, context),
            Act::Release => self.release(context),
            Act::Exit { exit, reason } => self.exit(exit, reason, context),
            Act::RecordingBroke {
                participant,
                cause,
                from_us,
                to_us,
            } => {
                allow(context, &[Role::Server])?;
                Ok(self.recording_broke(participant, *cause, *from_us, *to_us, context))
            }
            Act::OfficersChanged => {
                allow(context, &[Role::Server])?;
                Ok(self.invalidate_all(&self.reopened_by(&[Cause::OfficerChanged]), None))
            }
            Act::NoteOverdue { step } => self.note_overdue(step, context),
            Act::File { receipt } => self.file(receipt, context),
            Act::Pay { method, receipt } => self.pay(*method, receipt, context),
        }
    }

    /// Everything that still stands between a step and its completion, as refusals, the first being the one that
    /// completing it would get.
    pub(crate) fn open_points(&self, step: &'t Step, context: &Context) -> Vec<Refusal> {
        let mut open = Vec::new();
        if step.recorded {
            open.extend(self.recording_refusal(context));
            let whole = self
                .state
                .latest(&step.id)
                .is_none_or(|a| Self::is_unbroken(a, context));
            if open.is_empty() && !whole {
                open.extend(
                    self.named_guard(&Predicate::NoGapInStep)
                        .map(|(_, g)| Refusal::guard_failed(step, g)),
                );
            }
        }
        let missing = self.missing_fields(step);
        if !missing.is_empty() {
            open.push(Refusal::NeedsMissing {
                step: step.id.clone(),
                fields: missing,
            });
        }
        open.extend(self.value_problems(step));
        if let Some(attempt) = self.state.latest(&step.id)
            && let Some((_, next)) = self.next_sentence(step, attempt)
        {
            open.push(self.unread(step, next));
        }
        // What fails says where the case must go; what nobody has confirmed yet only waits.
        let mut unconfirmed = Vec::new();
        for guard in &step.guards {
            match self.judge(guard, step, context) {
                Judgement::Holds | Judgement::NotApplicable => {}
                // The unread sentence itself is named above.
                Judgement::Fails if guard.check == Check::Machine(Predicate::ScriptReadToEnd) => {}
                Judgement::Fails => open.push(Refusal::guard_failed(step, guard)),
                Judgement::Unconfirmed(by) => {
                    unconfirmed.push(Refusal::guard_not_confirmed(step, guard, by));
                }
            }
        }
        open.extend(unconfirmed);
        open
    }

    fn unread(&self, step: &Step, next: &crate::script::Sentence) -> Refusal {
        // The article that asks for it, where the step has it; else the plain order of sentences.
        match step
            .guards
            .iter()
            .find(|g| g.check == Check::Machine(Predicate::ScriptReadToEnd))
        {
            Some(guard) => Refusal::guard_failed(step, guard),
            None => Refusal::ScriptUnread {
                step: step.id.clone(),
                sentence: next.id.clone(),
            },
        }
    }

    /// Why no recorded step may go on and no decision be made, if recording is not sound (行政处罚法:47).
    pub(crate) fn recording_refusal(&self, context: &Context) -> Option<Refusal> {
        let broken = if !context.recording.recorder_healthy() {
            Predicate::RecorderHealthy
        } else if !context.recording.both_legs_live() {
            Predicate::BothLegsRecorded
        } else {
            return None;
        };
        self.named_guard(&broken)
            .map(|(step, guard)| Refusal::guard_failed(step, guard))
    }

    /// The first guard of the procedure that asks exactly that.
    fn named_guard(
        &self,
        predicate: &Predicate,
    ) -> Option<(&'t Step, &'t crate::procedure::Guard)> {
        let wanted = Check::Machine(predicate.clone());
        self.procedure
            .steps
            .iter()
            .flat_map(|s| s.guards.iter().map(move |g| (s, g)))
            .find(|(_, g)| g.check == wanted)
    }

    /// Fields of a step that must still be filled; of alternatives all are named.
    pub(crate) fn missing_fields(&self, step: &Step) -> Vec<String> {
        let mut missing = Vec::new();
        for need in &step.needs {
            match need {
                Need::One(field) if self.is_required(field) && !self.is_filled(step, field) => {
                    missing.push(field.name.clone())
                }
                Need::OneOf(fields) if !fields.iter().any(|f| self.is_filled(step, f)) => {
                    missing.extend(fields.iter().map(|f| f.name.clone()))
                }
                Need::One(_) | Need::OneOf(_) => {}
            }
        }
        // What is asked about the driver depends on the violation, which is known only when the facts are established: a
        // motor vehicle has a plate, and points are added to those there are.
        let has_code = step
            .needs
            .iter()
            .flat_map(Need::fields)
            .any(|f| f.name == "violation_code");
        let unknown = |field: &str| has_code && !self.state.fields.contains_key(field);
        let motor = self
            .violation()
            .is_some_and(|v| v.offender == Offender::MotorDriver);
        if motor && unknown("plate") {
            missing.push("plate".to_owned());
        }
        if self.points().is_some_and(|p| p > 0) && unknown("points_so_far") {
            missing.push("points_so_far".to_owned());
        }
        missing
    }

    pub(crate) fn is_required(&self, field: &Field) -> bool {
        let variants = || {
            self.state
                .text("violation_code")
                .map_or(0, |c| self.tables.catalogue.variants(c).len())
        };
        match field.name.as_str() {
            "violation_variant" => variants() > 0,
            "proposed_fine_yuan" => self.state.text("proposed_penalty") == Some("fine"),
            "points_so_far" | "verdict_reason" | "points" => false,
            _ => field.required,
        }
    }

    pub(crate) fn is_filled(&self, step: &Step, field: &Field) -> bool {
        if self.state.fields.contains_key(&field.name) {
            return true;
        }
        if field.kind != FieldKind::Media {
            return false;
        }
        // Evidence counts whenever it was taken; what an attempt must show, it shows itself.
        let since = match self.state.latest(&step.id) {
            Some(attempt) if field.name != "evidence" => attempt.started.mono_us,
            Some(_) | None => 0,
        };
        let captures = self
            .state
            .captures
            .iter()
            .filter(|c| c.kind == field.name && c.at_us.max(c.taken.mono_us) >= since)
            .count() as u64;
        captures >= field.min.unwrap_or(1)
    }

    /// Values that were entered before what they depend on was known.
    fn value_problems(&self, step: &Step) -> Vec<Refusal> {
        let bad = |field: &str, problem| Refusal::FieldValue {
            field: field.to_owned(),
            problem,
        };
        let mut problems = Vec::new();
        for field in step.needs.iter().flat_map(Need::fields) {
            let Some(text) = self.state.text(&field.name) else {
                continue;
            };
            let resident = crate::identity::resident_id_birth_date(text);
            if field.kind == FieldKind::IdNumber && self.must_be_resident_number(&field.name) {
                match (
                    resident,
                    self.state.value("birth_date").and_then(Value::as_date),
                ) {
                    (None, _) => problems.push(bad(&field.name, ValueProblem::IdNumber)),
                    (Some(inside), Some(entered)) if inside != entered => {
                        problems.push(bad("birth_date", ValueProblem::BirthDate))
                    }
                    (Some(_), _) => {}
                }
            }
            let listed = match &field.choices {
                crate::procedure::Choices::Listed(words) => words.iter().any(|w| w == text),
                crate::procedure::Choices::Any
                | crate::procedure::Choices::Codes(_)
                | crate::procedure::Choices::Catalogue(_) => true,
            };
            let oral_warning =
                step.guards.iter().any(|g| g.id == "not_minor_violation") && text == "oral_warning";
            if !listed && !oral_warning {
                problems.push(bad(&field.name, ValueProblem::Choice));
            }
            let finding_fits = match self.state.defence {
                Defence::Heard => text != "nothing_said",
                Defence::Waived | Defence::Unheard => text == "nothing_said",
            };
            if field.name == "defence_finding" && !finding_fits {
                problems.push(bad(&field.name, ValueProblem::Choice));
            }
        }
        let code = self.state.text("violation_code").filter(|_| {
            step.needs
                .iter()
                .flat_map(Need::fields)
                .any(|f| f.name == "violation_code")
        });
        if code.is_some() && self.violation().is_none() {
            problems.push(bad("violation_variant", ValueProblem::Choice));
        }
        problems
    }

    pub(crate) fn is_closed(&self) -> bool {
        match self.state.course {
            Course::Left { .. } | Course::Revoked => true,
            Course::Going | Course::Returned => false,
        }
    }

    /// What may still be done once the case has left the procedure, or its recording is sealed.
    fn check_open(&self, act: &Act) -> Result<(), Refusal> {
        let closed = || Refusal::CaseClosed {
            state: self.state().to_owned(),
        };
        match act {
            Act::RecordingBroke { .. } | Act::OfficersChanged => Ok(()),
            Act::File { .. } | Act::Pay { .. } | Act::NoteOverdue { .. }
                if self.state.sealed.is_none() =>
            {
                Err(Refusal::NotSealed)
            }
            Act::File { .. } | Act::Pay { .. } | Act::NoteOverdue { .. } => {
                if self.state.course == Course::Revoked {
                    Err(closed())
                } else {
                    Ok(())
                }
            }
            // A decision that could not be handed over at the scene is served later, as an act of the case.
            Act::Deliver { .. } if self.may_serve_late() => Ok(()),
            Act::Exit { exit, .. } if exit == REVOKED => {
                if self.state.course == Course::Revoked {
                    Err(closed())
                } else {
                    Ok(())
                }
            }
            Act::StartStep { .. }
            | Act::RestartStep { .. }
            | Act::ReadSentence { .. }
            | Act::SetFields { .. }
            | Act::ChangeFacts { .. }
            | Act::ConfirmGuard { .. }
            | Act::AddCapture { .. }
            | Act::StateDefence { .. }
            | Act::WaiveDefence { .. }
            | Act::CompleteStep { .. }
            | Act::Review { .. }
            | Act::IssueDecision(_)
            | Act::Sign { .. }
            | Act::RefuseSignature { .. }
            | Act::Deliver { .. }
            | Act::RefuseDelivery { .. }
            | Act::Release
            | Act::Exit { .. } => {
                if self.is_closed() || self.state.sealed.is_some() {
                    Err(closed())
                } else {
                    Ok(())
                }
            }
        }
    }

    fn startable(&self, id: &StepId, context: &Context) -> Result<(usize, &'t Step), Refusal> {
        let unknown = || Refusal::StepUnknown {
            step: id.to_string(),
        };
        let (position, step) = self.procedure.step(id.as_str()).ok_or_else(unknown)?;
        if step.is_system() || step.phase != Phase::Session {
            return Err(unknown());
        }
        allow(context, &roles_of(step))?;
        if self.state.decision.is_some() && position <= self.decision_position() {
            return Err(Refusal::DecisionStands);
        }
        Ok((position, step))
    }

    /// The event that begins the next attempt, and the values that come with it.
    fn begin(
        &self,
        position: usize,
        step: &'t Step,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        if let Some((running, _)) = self.running() {
            return Err(Refusal::StepRunning {
                running: running.id.clone(),
            });
        }
        if let Some(after) = self.locked_by(position) {
            let (after_zh, after_en) = (after.title_zh.clone(), after.title_en.clone());
            return Err(Refusal::StepLocked {
                step: step.id.clone(),
                after: after.id.clone(),
                after_zh,
                after_en,
            });
        }
        if step.recorded
            && let Some(refusal) = self.recording_refusal(context)
        {
            return Err(refusal);
        }
        let number = self.state.latest(&step.id).map_or(1, |a| a.number + 1);
        if number as usize > ATTEMPTS_MAX {
            return Err(Refusal::TooManyAttempts {
                step: step.id.clone(),
            });
        }
        let mut events = vec![Event::StepStarted {
            step: step.id.clone(),
            attempt: number,
        }];
        // What the catalogue gives is in the log before it is read out.
        let asked = step
            .needs
            .iter()
            .flat_map(Need::fields)
            .filter(|f| !self.state.fields.contains_key(&f.name) || f.name == "points");
        let given: std::collections::BTreeMap<_, _> = asked
            .filter_map(|f| Some((f.name.clone(), self.catalogue_value(&f.name)?)))
            .filter(|(name, value)| self.state.value(name) != Some(value))
            .collect();
        if !given.is_empty() {
            events.push(self.fields_event(given, None));
        }
        Ok(events)
    }

    fn start_step(&self, id: &StepId, context: &Context) -> Result<Vec<Event>, Refusal> {
        let (position, step) = self.startable(id, context)?;
        if self.counting(step).is_some() {
            return Err(Refusal::StepComplete { step: id.clone() });
        }
        self.begin(position, step, context)
    }

    fn restart_step(
        &self,
        id: &StepId,
        reason: &str,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        let (position, step) = self.startable(id, context)?;
        clean_text(reason).map_err(|_| Refusal::ReasonMissing)?;
        if self.state.latest(id).is_none_or(|a| !a.stands()) {
            return self.begin(position, step, context);
        }
        let reopened = self.with_dependants([(position, Cause::Repeated)].into());
        let mut events = self.invalidate_all(&reopened, None);
        let mut after = self.clone();
        events
            .iter()
            .for_each(|event| after.take_in(event, context));
        events.extend(after.begin(position, step, context)?);
        Ok(events)
    }

    /// The running step, if it is the one meant.
    fn running_step(
        &self,
        is_meant: impl Fn(&Step) -> bool,
        name: &str,
    ) -> Result<(&'t Step, &Attempt), Refusal> {
        self.running()
            .filter(|(step, _)| is_meant(step))
            .ok_or_else(|| Refusal::StepNotRunning {
                step: name.to_owned(),
            })
    }

    /// The running step that writes entries of that type.
    fn running_writer(&self, entry_type: &str) -> Result<(&'t Step, &Attempt), Refusal> {
        let name = self
            .procedure
            .writer(entry_type)
            .map_or(entry_type, |(_, s)| s.id.as_str());
        self.running_step(|step| self.writes(step, entry_type), name)
    }

    fn read_sentence(&self, sentence: &str, context: &Context) -> Result<Vec<Event>, Refusal> {
        let (step, attempt) = self.running().ok_or_else(|| Refusal::StepNotRunning {
            step: sentence.to_owned(),
        })?;
        let next = self.next_sentence(step, attempt);
        let order = |expected| Refusal::SentenceOrder {
            given: sentence.to_owned(),
            expected,
        };
        let (script, next) = next.ok_or_else(|| order(None))?;
        if next.id != sentence {
            return Err(order(Some(next.id.clone())));
        }
        allow(context, script.read_by.roles())?;
        if step.recorded
            && let Some(refusal) = self.recording_refusal(context)
        {
            return Err(refusal);
        }
        if !context.sign_off.covers(&script.digest()) {
            return Err(Refusal::ScriptNotSignedOff {
                script: script.id.clone(),
            });
        }
        if let Some(placeholder) = self.fill(next, step, context).missing {
            let placeholder_zh = self
                .tables
                .scripts
                .placeholders
                .get(&placeholder)
                .cloned()
                .unwrap_or_default();
            return Err(Refusal::SentenceIncomplete {
                sentence: sentence.to_owned(),
                placeholder,
                placeholder_zh,
            });
        }
        Ok(vec![Event::SentenceRead {
            step: step.id.clone(),
            attempt: attempt.number,
            sentence: sentence.to_owned(),
        }])
    }

    fn confirm_guard(
        &self,
        id: &str,
        finding: Finding,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        let (step, attempt) = self.running().ok_or_else(|| Refusal::StepNotRunning {
            step: id.to_owned(),
        })?;
        let unknown = || Refusal::GuardUnknown {
            step: step.id.clone(),
            guard: id.to_owned(),
        };
        let guard = step
            .guards
            .iter()
            .find(|g| g.id == id)
            .ok_or_else(unknown)?;
        let Check::Human { confirmed_by } = &guard.check else {
            return Err(unknown());
        };
        if self.judge(guard, step, context) == Judgement::NotApplicable {
            return Err(unknown());
        }
        match Self::confirmers(step, confirmed_by) {
            [] => allow(context, &[Role::Officer, Role::Seat])?,
            roles => allow(context, roles)?,
        }
        let (step, attempt) = (step.id.clone(), attempt.number);
        let mut events = vec![Event::GuardConfirmed {
            step: step.clone(),
            attempt,
            guard: id.to_owned(),
            finding,
        }];
        let subject = match id {
            "identity_confirmed" => Some(Subject::Party),
            "credential_shown" => Some(Subject::Officers),
            _ => None,
        };
        events.extend(subject.map(|subject| match finding {
            Finding::Holds => Event::IdentityConfirmed {
                step,
                attempt,
                subject,
            },
            Finding::Fails => Event::IdentityMismatched {
                step,
                attempt,
                subject,
            },
        }));
        Ok(events)
    }

    fn add_capture(&self, capture: &str, context: &Context) -> Result<(), Refusal> {
        allow(context, &[Role::Officer, Role::Seat])?;
        if self.state.captures.len() >= CAPTURES_MAX {
            return Err(Refusal::TooManyCaptures);
        }
        if self.state.captures.iter().any(|c| c.id == capture) {
            return Err(Refusal::CaptureExists {
                capture: capture.to_owned(),
            });
        }
        Ok(())
    }

    fn state_defence(
        &self,
        participant: &ParticipantId,
        statement: &Statement,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        let attempt = self.defence_attempt(context)?;
        let participant = participant.clone();
        Ok(match statement {
            Statement::Written { file } => {
                let form = DefenceForm::Written {
                    sha256: file.sha256.clone(),
                };
                vec![
                    Event::StatementMade {
                        participant: participant.clone(),
                        file: file.clone(),
                    },
                    Event::DefenceRecorded {
                        attempt: attempt.number,
                        participant,
                        form,
                    },
                ]
            }
            Statement::Spoken { t0_us, t1_us } => {
                // It lies inside this attempt, and the recording of it is whole.
                let inside = attempt.started.mono_us <= *t0_us
                    && t0_us <= t1_us
                    && *t1_us <= context.mono_us;
                if !inside || context.recording.gap_between(*t0_us, *t1_us) {
                    return Err(Refusal::FieldValue {
                        field: "statement_media".to_owned(),
                        problem: ValueProblem::Range,
                    });
                }
                let form = DefenceForm::Spoken {
                    t0_us: *t0_us,
                    t1_us: *t1_us,
                };
                vec![Event::DefenceRecorded {
                    attempt: attempt.number,
                    participant,
                    form,
                }]
            }
        })
    }

    fn waive_defence(
        &self,
        participant: &ParticipantId,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        let attempt = self.defence_attempt(context)?;
        match self.state.defence {
            Defence::Unheard => Ok(vec![Event::DefenceWaived {
                attempt: attempt.number,
                participant: participant.clone(),
            }]),
            Defence::Heard => Err(Refusal::DoneBefore {
                what: "defence.recorded",
            }),
            Defence::Waived => Err(Refusal::DoneBefore {
                what: "defence.waived",
            }),
        }
    }

    /// The running attempt at hearing the party; what is said counts only while it is recorded.
    fn defence_attempt(&self, context: &Context) -> Result<&Attempt, Refusal> {
        let (step, attempt) = self.running_writer("defence.recorded")?;
        allow(context, &roles_of(step))?;
        match self.recording_refusal(context) {
            Some(refusal) => Err(refusal),
            None => Ok(attempt),
        }
    }

    fn complete_step(&self, id: &StepId, context: &Context) -> Result<Vec<Event>, Refusal> {
        let (step, attempt) = self.running_step(|s| &s.id == id, id.as_str())?;
        allow(context, &roles_of(step))?;
        if let Some(refusal) = self.open_points(step, context).into_iter().next() {
            return Err(refusal);
        }
        let completed = Event::StepCompleted {
            step: step.id.clone(),
            attempt: attempt.number,
        };
        let finding = self
            .state
            .text("defence_finding")
            .filter(|_| self.writes(step, "defence.reviewed"));
        let reviewed = finding.map(|f| Event::DefenceReviewed {
            attempt: attempt.number,
            finding: f.to_owned(),
        });
        Ok(reviewed.into_iter().chain([completed]).collect())
    }

    /// Begins the step that writes entries of that type, unless it runs already. Gives the events and the case after them.
    fn running_or_begun(
        &self,
        entry_type: &str,
        context: &Context,
    ) -> Result<(Vec<Event>, Self, &'t Step, u32), Refusal> {
        let (position, step) =
            self.procedure
                .writer(entry_type)
                .ok_or_else(|| Refusal::StepUnknown {
                    step: entry_type.to_owned(),
                })?;
        allow(context, &roles_of(step))?;
        let mut after = self.clone();
        let mut events = Vec::new();
        if self
            .running()
            .is_none_or(|(running, _)| running.id != step.id)
        {
            if self.counting(step).is_some() {
                return Err(Refusal::StepComplete {
                    step: step.id.clone(),
                });
            }
            events = self.begin(position, step, context)?;
            events
                .iter()
                .for_each(|event| after.take_in(event, context));
        }
        let number = after.state.latest(&step.id).map_or(1, |a| a.number);
        Ok((events, after, step, number))
    }

    fn review(
        &self,
        verdict: Verdict,
        reason: Option<&str>,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        if self.state.decision.is_some() {
            return Err(Refusal::DecisionStands);
        }
        let reason = reason
            .map(|r| clean_text(r).map_err(|_| Refusal::ReasonMissing))
            .transpose()?;
        if verdict != Verdict::Approved && reason.is_none() {
            return Err(Refusal::ReasonMissing);
        }
        let (mut events, mut after, step, attempt) =
            self.running_or_begun("review.made", context)?;
        let id = step.id.clone();
        events.push(Event::ReviewMade {
            step: id.clone(),
            attempt,
            verdict,
            reason: reason.clone(),
        });
        after.take_in(&events[events.len() - 1], context);
        events.push(match verdict {
            Verdict::Approved => {
                if let Some(refusal) = after.open_points(step, context).into_iter().next() {
                    return Err(refusal);
                }
                Event::StepCompleted { step: id, attempt }
            }
            Verdict::Rejected => Event::StepInvalidated {
                step: id,
                attempt,
                cause: Cause::ReviewRejected,
                broken: None,
            },
            Verdict::Escalated => Event::CaseExited {
                exit: ESCALATED.to_owned(),
                step: id,
                reason,
            },
        });
        Ok(events)
    }

    /// What must hold for a decision beside its own step: checked when it is drafted and again when it is made.
    pub(crate) fn check_decidable(&self, context: &Context) -> Result<(), Refusal> {
        if self.state.decision.is_some() {
            return Err(Refusal::DecisionStands);
        }
        if self.is_closed() || self.state.sealed.is_some() {
            return Err(Refusal::CaseClosed {
                state: self.state().to_owned(),
            });
        }
        let position = self.decision_position();
        let Some(step) = self.procedure.steps.get(position) else {
            return Err(Refusal::NoDecision);
        };
        if let Some(after) = self.locked_by(position) {
            let (after_zh, after_en) = (after.title_zh.clone(), after.title_en.clone());
            return Err(Refusal::StepLocked {
                step: step.id.clone(),
                after: after.id.clone(),
                after_zh,
                after_en,
            });
        }
        if let Some(refusal) = self.recording_refusal(context) {
            return Err(refusal);
        }
        // Every machine guard of every earlier step, asked once more: limits, officers, age, defence, recording. Only
        // who reviewed and what a running attempt needs were questions of their moment.
        for earlier in self.procedure.steps[..position]
            .iter()
            .filter(|s| !s.is_system())
        {
            for guard in &earlier.guards {
                let momentary = guard.check == Check::Machine(Predicate::ReviewerNotEditor);
                if matches!(guard.check, Check::Machine(_))
                    && !momentary
                    && self.judge(guard, earlier, context) == Judgement::Fails
                {
                    return Err(Refusal::guard_failed(earlier, guard));
                }
            }
        }
        Ok(())
    }

    fn issue_decision(&self, issue: &Issue, context: &Context) -> Result<Vec<Event>, Refusal> {
        self.check_decidable(context)?;
        if issue.number.day() != shanghai(context.now).date() {
            return Err(Refusal::DocumentNumber {
                number: issue.number.to_string(),
            });
        }
        let (mut events, mut after, step, attempt) =
            self.running_or_begun("decision.made", context)?;
        let begun = events.len();
        // The officer who makes the decision has read it: that is the confirmation of its content.
        let human = step
            .guards
            .iter()
            .filter(|g| matches!(g.check, Check::Human { .. }));
        events.extend(human.map(|g| Event::GuardConfirmed {
            step: step.id.clone(),
            attempt,
            guard: g.id.clone(),
            finding: Finding::Holds,
        }));
        let marks = [
            ("officer_signature", &issue.officer_mark),
            ("second_officer_signature", &issue.second_mark),
            ("unit_seal", &issue.seal),
        ];
        events.extend(marks.into_iter().filter_map(|(kind, mark)| match mark {
            Mark::Stamp => None,
            Mark::Drawn { doc, file } | Mark::Cms { doc, file } => Some(Event::DocumentIssued {
                doc: doc.clone(),
                kind: kind.to_owned(),
                file: file.clone(),
            }),
        }));
        events.push(Event::DocumentIssued {
            doc: issue.doc.clone(),
            kind: "penalty_decision".to_owned(),
            file: issue.file.clone(),
        });
        events.push(Event::DecisionMade(Box::new(
            self.decision_of(issue, context)?,
        )));
        events[begun..]
            .iter()
            .for_each(|event| after.take_in(event, context));
        if let Some(refusal) = after.open_points(step, context).into_iter().next() {
            return Err(refusal);
        }
        events.push(Event::StepCompleted {
            step: step.id.clone(),
            attempt,
        });
        Ok(events)
    }

    fn decision_of(&self, issue: &Issue, context: &Context) -> Result<DecisionMade, Refusal> {
        let (Some(violation), Some(penalty), Some(notice)) =
            (self.violation(), self.penalty(), &self.state.notice)
        else {
            return Err(Refusal::NoDecision);
        };
        Ok(DecisionMade {
            number: issue.number.clone(),
            doc: issue.doc.clone(),
            doc_sha256: issue.file.sha256.clone(),
            head: issue.head.clone(),
            procedure_sha256: self.procedure.digest.clone(),
            catalogue_sha256: self.tables.catalogue.digest.clone(),
            code: violation.code.clone(),
            variant: violation.variant.clone(),
            penalty,
            points: self.points(),
            notice_attempt: notice.attempt,
            officers: self
                .deciding_officers(context)
                .map(|o| o.handle.clone())
                .collect(),
        })
    }

    fn decided(&self) -> Result<&DecisionMade, Refusal> {
        self.decision().ok_or(Refusal::NoDecision)
    }

    /// The decision's document and digest, once the step that writes entries of that type is running and recorded.
    fn handling_decision(
        &self,
        entry_type: &str,
        roles: Option<&[Role]>,
        context: &Context,
    ) -> Result<(DocId, String), Refusal> {
        let made = self.decided()?;
        let (step, _) = self.running_writer(entry_type)?;
        match roles {
            Some(roles) => allow(context, roles)?,
            None => allow(context, &roles_of(step))?,
        }
        match self.recording_refusal(context) {
            Some(refusal) => Err(refusal),
            None => Ok((made.doc.clone(), made.doc_sha256.clone())),
        }
    }

    fn sign(
        &self,
        participant: &ParticipantId,
        method: SignMethod,
        file: &FileRef,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        let (doc, doc_sha256) = self.handling_decision("party.signed", None, context)?;
        match self.state.signing {
            // Whoever refused may still change their mind.
            Signing::Open | Signing::Refused => Ok(vec![Event::PartySigned {
                participant: participant.clone(),
                doc,
                doc_sha256,
                method,
                file: file.clone(),
            }]),
            Signing::Signed { .. } => Err(Refusal::DoneBefore {
                what: "party.signed",
            }),
        }
    }

    fn refuse_signature(
        &self,
        participant: &ParticipantId,
        reason: &str,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        let (doc, doc_sha256) =
            self.handling_decision("party.signed", Some(&[Role::Officer]), context)?;
        let reason = Some(clean_text(reason).map_err(|_| Refusal::ReasonMissing)?);
        match self.state.signing {
            Signing::Open => Ok(vec![Event::PartyRefused {
                participant: participant.clone(),
                doc,
                doc_sha256,
                reason,
            }]),
            Signing::Signed { .. } => Err(Refusal::DoneBefore {
                what: "party.signed",
            }),
            Signing::Refused => Err(Refusal::DoneBefore {
                what: "party.refused",
            }),
        }
    }

    fn may_serve_late(&self) -> bool {
        let revoked = self.state.course == Course::Revoked;
        self.state.sealed.is_some() && self.state.decision.is_some() && !revoked
    }

    fn deliver(
        &self,
        participant: &ParticipantId,
        method: &Delivery,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        let doc = if self.may_serve_late() {
            allow(context, &[Role::Officer, Role::Clerk])?;
            self.decided()?.doc.clone()
        } else {
            self.handling_decision("delivery.made", None, context)?.0
        };
        let consent = match method {
            Delivery::Paper => None,
            Delivery::Electronic { consent } => Some(consent.clone()),
        };
        match self.state.service {
            Service::Open | Service::Refused { .. } => Ok(vec![Event::DeliveryMade {
                participant: participant.clone(),
                doc,
                consent,
            }]),
            Service::OnPaper { .. } | Service::Electronic { .. } => Err(Refusal::DoneBefore {
                what: "delivery.made",
            }),
        }
    }

    fn refuse_delivery(
        &self,
        participant: &ParticipantId,
        reason: &str,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        let (doc, _) = self.handling_decision("delivery.made", Some(&[Role::Officer]), context)?;
        let reason = Some(clean_text(reason).map_err(|_| Refusal::ReasonMissing)?);
        match self.state.service {
            Service::Open => Ok(vec![Event::DeliveryRefused {
                participant: participant.clone(),
                doc,
                reason,
            }]),
            Service::OnPaper { .. } | Service::Electronic { .. } => Err(Refusal::DoneBefore {
                what: "delivery.made",
            }),
            Service::Refused { .. } => Err(Refusal::DoneBefore {
                what: "delivery.refused",
            }),
        }
    }

    fn release(&self, context: &Context) -> Result<Vec<Event>, Refusal> {
        let returns_papers = |s: &Step| {
            s.needs
                .iter()
                .flat_map(Need::fields)
                .any(|f| f.name == "papers_returned")
        };
        let (step, attempt) = self.running_step(returns_papers, "S13_RELEASE")?;
        allow(context, &roles_of(step))?;
        let returned = self.fields_event(
            [("papers_returned".to_owned(), Value::Flag(true))].into(),
            None,
        );
        let mut after = self.clone();
        after.take_in(&returned, context);
        if let Some(refusal) = after.open_points(step, context).into_iter().next() {
            return Err(refusal);
        }
        Ok(vec![
            returned,
            Event::StepCompleted {
                step: step.id.clone(),
                attempt: attempt.number,
            },
        ])
    }

    /// The exits that may be taken where the case stands.
    pub(crate) fn open_exits(&self) -> Vec<&'t str> {
        if self.is_closed() || self.state.sealed.is_some() {
            return Vec::new();
        }
        let current = self.current().map_or(&[][..], |(_, step)| &step.exits);
        // The seat returns by its review, and a decision is revoked by others.
        current
            .iter()
            .map(String::as_str)
            .filter(|e| ![RETURNED, REVOKED].contains(e))
            .collect()
    }

    fn exit(&self, exit: &str, reason: &str, context: &Context) -> Result<Vec<Event>, Refusal> {
        if exit == REVOKED {
            allow(context, &[Role::Chief, Role::Reviewer])?;
            let decision = self.decided()?.number.clone();
            let reason = Some(clean_text(reason).map_err(|_| Refusal::ReasonMissing)?);
            return Ok(vec![Event::CaseRevoked { decision, reason }]);
        }
        allow(context, &[Role::Officer, Role::Seat])?;
        let not_open = || Refusal::ExitNotOpen {
            exit: exit.to_owned(),
        };
        if !self.open_exits().contains(&exit) {
            return Err(not_open());
        }
        let reason = Some(clean_text(reason).map_err(|_| Refusal::ReasonMissing)?);
        let (_, step) = self.current().ok_or_else(not_open)?;
        if let Some(unread) = self.unread_before_exit(step, exit) {
            return Err(Refusal::ExitScriptUnread {
                exit: exit.to_owned(),
                sentence: unread.id.clone(),
            });
        }
        Ok(vec![Event::CaseExited {
            exit: exit.to_owned(),
            step: step.id.clone(),
            reason,
        }])
    }

    fn note_overdue(&self, id: &StepId, context: &Context) -> Result<Vec<Event>, Refusal> {
        allow(context, &[Role::Server])?;
        let (_, step) = self
            .procedure
            .step(id.as_str())
            .ok_or_else(|| Refusal::StepUnknown {
                step: id.to_string(),
            })?;
        let due = self.due(step).ok_or(Refusal::NotOverdue)?;
        let nothing_to_pay =
            self.writes(step, "case.paid") && self.decided()?.penalty.fine_yuan().is_none();
        if context.now <= due.at || self.is_done(step) || nothing_to_pay {
            return Err(Refusal::NotOverdue);
        }
        if self.state.overdue.contains_key(id) {
            return Err(Refusal::DoneBefore {
                what: "case.overdue",
            });
        }
        Ok(vec![Event::CaseOverdue {
            step: id.clone(),
            due: due.at,
        }])
    }

    fn file(&self, receipt: &FileRef, context: &Context) -> Result<Vec<Event>, Refusal> {
        let decision = self.decided()?.number.clone();
        let (_, step) = self
            .procedure
            .writer("case.filed")
            .ok_or(Refusal::NoDecision)?;
        allow(context, &roles_of(step))?;
        if self.state.filed.is_some() {
            return Err(Refusal::DoneBefore { what: "case.filed" });
        }
        let due = self.due(step).ok_or(Refusal::NoDecision)?.at;
        Ok(vec![Event::CaseFiled {
            decision,
            due,
            file: receipt.clone(),
        }])
    }

    fn pay(
        &self,
        method: PayMethod,
        receipt: &FileRef,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        let made = self.decided()?;
        let (_, step) = self
            .procedure
            .writer("case.paid")
            .ok_or(Refusal::NoDecision)?;
        // Payment is known from the bank or the platform, so the server and the office note it too.
        allow(
            context,
            &[Role::Server, Role::Officer, Role::Party, Role::Clerk],
        )?;
        let fine_yuan = made.penalty.fine_yuan().ok_or(Refusal::NoFine)?;
        if self.state.paid.is_some() {
            return Err(Refusal::DoneBefore { what: "case.paid" });
        }
        if method == PayMethod::Cash && !self.cash_is_allowed() {
            let cash = self.named_guard(&Predicate::CashOnlyWhereAllowed);
            return Err(cash.map_or(Refusal::NoFine, |(step, guard)| {
                Refusal::guard_failed(step, guard)
            }));
        }
        let due = self.due(step).ok_or(Refusal::NotServed)?;
        let late_fee_fen = late_fee_fen(fine_yuan, &due, context.now);
        Ok(vec![Event::CasePaid {
            decision: made.number.clone(),
            due: due.at,
            method,
            fine_yuan,
            late_fee_fen,
            file: receipt.clone(),
        }])
    }
}

const ESCALATED: &str = "ESCALATED";
const RETURNED: &str = "RETURNED";
const REVOKED: &str = "REVOKED";
