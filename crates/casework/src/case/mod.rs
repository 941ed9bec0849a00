//! A case: the fold of its events, and what follows from it.

mod ask;
mod complete;
mod decide;
mod enter;
mod leave;
mod party;
mod reopen;
mod replay;
mod settle;
pub(crate) mod state;
mod steps;

use ids::{ParticipantId, StepId, UtcMillis};

use crate::catalogue::Violation;
use crate::context::Role;
use crate::deadline::Due;
use crate::event::DecisionMade;
use crate::penalty::{Penalty, Proposal};
use crate::procedure::{Condition, Phase, Procedure, Step, StepActor};
use crate::statute;
use crate::tables::Tables;
use crate::value::Value;
use state::{Attempt, Call, Course, Service, Signing, State};

/// A case in a procedure. Cheap to clone: the law is borrowed.
#[derive(Debug, Clone)]
pub struct Case<'t> {
    pub(crate) tables: &'t Tables,
    pub(crate) procedure: &'t Procedure,
    pub(crate) state: State,
}

/// Two cases are equal when the same is remembered under the same law.
impl PartialEq for Case<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.procedure.digest == other.procedure.digest && self.state == other.state
    }
}

impl<'t> Case<'t> {
    /// A case in which nothing happened yet.
    pub fn new(procedure: &'t Procedure, tables: &'t Tables) -> Self {
        Self {
            tables,
            procedure,
            state: State::default(),
        }
    }

    /// Its procedure.
    pub fn procedure(&self) -> &'t Procedure {
        self.procedure
    }

    /// The state it is in: one of the procedure's `states` or an exit.
    pub fn state(&self) -> &str {
        match &self.state.course {
            Course::Left { exit, .. } => return exit,
            Course::Revoked => return "REVOKED",
            Course::Returned => return "RETURNED",
            Course::Going => {}
        }
        let refused = |step: &Step| match (
            self.writes(step, "party.signed"),
            self.writes(step, "delivery.made"),
        ) {
            (true, _) => self.state.signing == Signing::Refused,
            (_, true) => matches!(self.state.service, Service::Refused { .. }),
            // What a later step leaves as it was.
            (false, false) => matches!(self.state.service, Service::Refused { .. }),
        };
        let reached = |step: &'t Step| {
            step.state_after
                .get(usize::from(step.state_after.len() > 1 && refused(step)))
                .map(String::as_str)
        };
        let after_seal = self
            .procedure
            .steps
            .iter()
            .rev()
            .find(|s| s.phase == Phase::AfterSeal && self.is_done(s));
        if let Some(state) = after_seal.and_then(reached) {
            return state;
        }
        if self.state.sealed.is_some() {
            return self
                .procedure
                .writer("session.sealed")
                .and_then(|(_, s)| reached(s))
                .unwrap_or_default();
        }
        let session = self
            .procedure
            .steps
            .iter()
            .filter(|s| s.phase == Phase::Session);
        let done = session.take_while(|s| self.is_done(s)).last();
        done.and_then(reached)
            .or(self.procedure.states.first().map(String::as_str))
            .unwrap_or_default()
    }

    /// The decision, once made.
    pub fn decision(&self) -> Option<&DecisionMade> {
        self.state.decision.as_ref().map(|d| &d.made)
    }

    /// The recording of steps behind the decision that turned out to be incomplete.
    pub fn incomplete_steps(&self) -> impl Iterator<Item = &StepId> {
        self.state.incomplete.iter().map(|i| &i.step)
    }

    /// The violation chosen.
    pub fn violation(&self) -> Option<&'t Violation> {
        self.tables.catalogue.find(
            self.state.text("violation_code")?,
            self.state.text("violation_variant"),
        )
    }

    /// What is proposed.
    pub fn proposal(&self) -> Option<Proposal> {
        match self.state.text("proposed_penalty")? {
            "oral_warning" => Some(Proposal::OralWarning),
            "warning" => Some(Proposal::Penalty(Penalty::Warning)),
            "fine" => {
                let yuan = self.state.number("proposed_fine_yuan")?.try_into().ok()?;
                Some(Proposal::Penalty(Penalty::Fine { yuan }))
            }
            _ => None,
        }
    }

    /// The penalty proposed.
    pub fn penalty(&self) -> Option<Penalty> {
        match self.proposal()? {
            Proposal::OralWarning => None,
            Proposal::Penalty(penalty) => Some(penalty),
        }
    }

    /// The points that follow: from the table, never typed in.
    pub fn points(&self) -> Option<u8> {
        self.violation()?.points_with(self.penalty()?)
    }

    /// When a step after the seal falls due, once its clock runs.
    pub fn due(&self, step: &Step) -> Option<Due> {
        let deadline = self.tables.deadline(step.deadline.as_deref()?)?;
        let event = match deadline.from.as_str() {
            "decision_made" => self.state.decision.as_ref()?.at,
            "decision_received" => self.state.received()?,
            _ => return None,
        };
        Some(deadline.due(event, &self.tables.calendar))
    }

    /// A time that was entered.
    pub(crate) fn time(&self, field: &str) -> Option<UtcMillis> {
        self.state.value(field)?.as_time()
    }

    pub(crate) fn writes(&self, step: &Step, entry_type: &str) -> bool {
        self.procedure
            .writer(entry_type)
            .is_some_and(|(_, s)| s.id == step.id)
    }

    /// Whether an attempt at this step is running.
    pub fn is_running(&self, step: &StepId) -> bool {
        self.running()
            .is_some_and(|(running, _)| running.id == *step)
    }

    /// The step that is running, if one is: never more than one.
    pub(crate) fn running(&self) -> Option<(&'t Step, &Attempt)> {
        self.procedure.steps.iter().find_map(|s| {
            let attempt = self.state.latest(&s.id)?;
            attempt.is_running().then_some((s, attempt))
        })
    }

    /// The attempt that counts.
    pub(crate) fn counting(&self, step: &Step) -> Option<&Attempt> {
        self.state
            .latest(&step.id)
            .filter(|a| a.completed().is_some())
    }

    pub(crate) fn is_done(&self, step: &Step) -> bool {
        if step.phase == Phase::AfterSeal {
            return if self.writes(step, "case.filed") {
                self.state.filed.is_some()
            } else {
                self.state.paid.is_some()
            };
        }
        if !step.is_system() {
            return self.counting(step).is_some();
        }
        if self.writes(step, "call.answered") {
            self.state.call == Call::Answered
        } else if self.writes(step, "session.sealed") {
            self.state.sealed.is_some()
        } else {
            self.two_people_recorded()
        }
    }

    /// Whether tracks of sound and picture of at least two people have begun: what `track.started` entries show of S02.
    fn two_people_recorded(&self) -> bool {
        let has = |participant: &ParticipantId, kind| {
            self.state
                .tracks
                .values()
                .any(|t| &t.participant == participant && t.kind == kind)
        };
        let mut whole: Vec<_> = self
            .state
            .tracks
            .values()
            .map(|t| &t.participant)
            .filter(|p| has(p, "audio") && has(p, "video"))
            .collect();
        whole.sort_unstable();
        whole.dedup();
        whole.len() >= 2
    }

    /// The first earlier session step that is not done.
    pub(crate) fn locked_by(&self, position: usize) -> Option<&'t Step> {
        self.procedure.steps[..position]
            .iter()
            .find(|s| s.phase == Phase::Session && !self.is_done(s))
    }

    /// Where people stand: the running step, or the next one to start.
    pub(crate) fn current(&self) -> Option<(usize, &'t Step)> {
        let running = self.running().map(|(s, _)| &s.id);
        let mut steps = self.procedure.steps.iter().enumerate();
        match running {
            Some(id) => steps.find(|(_, s)| &s.id == id),
            None => steps.find(|(_, s)| !self.is_done(s)),
        }
    }

    /// The place of the decision in the order of steps.
    pub(crate) fn decision_position(&self) -> usize {
        self.procedure
            .writer("decision.made")
            .map_or(usize::MAX, |(i, _)| i)
    }

    pub(crate) fn applies(&self, condition: Condition, step: &Step) -> bool {
        let state = &self.state;
        match condition {
            Condition::Fine => self.penalty().is_some_and(|p| p.fine_yuan().is_some()),
            Condition::Refused if self.writes(step, "party.signed") => {
                state.signing == Signing::Refused
            }
            Condition::Refused => matches!(state.service, Service::Refused { .. }),
            Condition::OralWarning => self.proposal() == Some(Proposal::OralWarning),
            Condition::FullPoints => self.reaches_full_points(),
            Condition::PointsFollow => self.points().is_some_and(|p| p > 0),
            Condition::RecusalRequested => state.flag("recusal_requested") == Some(true),
            Condition::NonMotorRefusesFine => state.flag("non_motor_refuses_fine") == Some(true),
            Condition::PlaceIsHighway => state.flag("place_is_highway") == Some(true),
            Condition::ElectronicDelivery => matches!(state.service, Service::Electronic { .. }),
        }
    }

    /// Whether the points of the case bring the party to twelve (道路交通安全法:24.1).
    fn reaches_full_points(&self) -> bool {
        let so_far = self.state.number("points_so_far").unwrap_or(0);
        so_far + u64::from(self.points().unwrap_or(0)) >= u64::from(FULL_POINTS)
    }

    /// What the catalogue says about a field, until somebody words it differently.
    pub(crate) fn catalogue_value(&self, field: &str) -> Option<Value> {
        let violation = self.violation()?;
        match field {
            "facts" => {
                let measured = self
                    .state
                    .text("measured_value")
                    .map(|m| format!("（{m}）"))
                    .unwrap_or_default();
                Some(Value::Text(format!("{}{measured}", violation.text)))
            }
            "reason" => Some(Value::Text(format!(
                "该行为违反了{}的规定",
                statute::join_formal(&violation.violates)
            ))),
            "legal_basis" => Some(Value::Text(statute::join_formal(&violation.basis))),
            "points" => self.points().map(|p| Value::Number(p.into())),
            _ => None,
        }
    }
}

/// Points at which the licence is kept (道路交通安全法:24.1).
pub(crate) const FULL_POINTS: u8 = 12;

/// The roles that may do a step. A party uses the officer's phone more often than an own one.
pub(crate) fn roles_of(step: &Step) -> Vec<Role> {
    let mut roles: Vec<Role> = step
        .actors
        .iter()
        .flat_map(|actor| match actor {
            StepActor::Officer => [Role::Officer].as_slice(),
            StepActor::Seat => &[Role::Seat],
            StepActor::Party => &[Role::Party, Role::Officer],
            StepActor::System => &[Role::Server],
        })
        .copied()
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}
