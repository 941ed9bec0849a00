//! What still stands between a step and its completion.

use crate::case::Case;
use crate::case::state::Defence;
use crate::catalogue::Offender;
use crate::context::Context;
use crate::error::{Refusal, ValueProblem};
use crate::guard::Judgement;
use crate::identity::resident_id_birth_date;
use crate::procedure::{Check, Choices, Field, FieldKind, Guard, Need, Predicate, Step};
use crate::script::Sentence;
use crate::value::Value;

impl<'t> Case<'t> {
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

    pub(super) fn unread(&self, step: &Step, next: &Sentence) -> Refusal {
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
    pub(super) fn named_guard(&self, predicate: &Predicate) -> Option<(&'t Step, &'t Guard)> {
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
    pub(super) fn value_problems(&self, step: &Step) -> Vec<Refusal> {
        let bad = |field: &str, problem| Refusal::FieldValue {
            field: field.to_owned(),
            problem,
        };
        let mut problems = Vec::new();
        for field in step.needs.iter().flat_map(Need::fields) {
            let Some(text) = self.state.text(&field.name) else {
                continue;
            };
            let resident = resident_id_birth_date(text);
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
                Choices::Listed(words) => words.iter().any(|w| w == text),
                Choices::Any | Choices::Codes(_) | Choices::Catalogue(_) => true,
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
}
