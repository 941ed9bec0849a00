//! Which attempts stop counting, and what falls with them.

use std::collections::BTreeMap;

use ids::ParticipantId;

use crate::case::Case;
use crate::case::state::Attempt;
use crate::context::Context;
use crate::event::{Broken, Event};
use crate::procedure::{Cause, Phase, Step};

/// Positions of steps, with why their newest attempt stops counting.
pub(crate) type Reopened = BTreeMap<usize, Cause>;

impl<'t> Case<'t> {
    /// The steps that a change reopens: those that say so, and those that build on them.
    pub(crate) fn reopened_by(&self, causes: &[Cause]) -> Reopened {
        let mut reopened = Reopened::new();
        for (position, step, attempt) in self.standing() {
            let cause = causes.iter().find(|c| step.reopens_on.contains(c));
            // While a step is running its values are being entered; but a notice half read is void.
            let begun = attempt.completed().is_some() || (step.atomic && !attempt.read.is_empty());
            if let Some(cause) = cause.filter(|_| begun) {
                reopened.insert(position, *cause);
            }
        }
        self.with_dependants(reopened)
    }

    /// Adds what cannot stand without the steps already there: later steps that rest on the same facts (a defence against
    /// a notice that was never given), the seat's approval of the whole, and whatever is running.
    pub(crate) fn with_dependants(&self, mut reopened: Reopened) -> Reopened {
        for (position, step, attempt) in self.standing() {
            let earlier = || {
                reopened
                    .range(..position)
                    .map(|(p, _)| &self.procedure.steps[*p])
            };
            let built_on_it = step.rests_on_facts() && earlier().any(Step::rests_on_facts);
            let approved_it = self.writes(step, "review.made") && earlier().next().is_some();
            let running = attempt.is_running() && earlier().next().is_some();
            if built_on_it || approved_it || running {
                reopened
                    .entry(position)
                    .or_insert(Cause::EarlierStepReopened);
            }
        }
        reopened
    }

    pub(crate) fn invalidate_all(
        &self,
        reopened: &Reopened,
        broken: Option<&Broken>,
    ) -> Vec<Event> {
        let newest = |step: &Step| self.state.latest(&step.id).map_or(1, |a| a.number);
        let event = |(position, cause): (&usize, &Cause)| {
            let step = &self.procedure.steps[*position];
            let broken = broken
                .filter(|_| *cause != Cause::EarlierStepReopened)
                .cloned();
            Event::StepInvalidated {
                step: step.id.clone(),
                attempt: newest(step),
                cause: *cause,
                broken,
            }
        };
        reopened.iter().map(event).collect()
    }

    /// A break that touches recorded steps. Those behind a decision are flagged, for the decision stands until
    /// people act; those still open are done again.
    pub(crate) fn recording_broke(
        &self,
        participant: &ParticipantId,
        cause: Cause,
        from_us: u64,
        to_us: Option<u64>,
        context: &Context,
    ) -> Vec<Event> {
        let until = to_us.unwrap_or(context.mono_us.max(from_us));
        let closed = self.state.sealed.is_some() || self.is_closed();
        let mut reopened = Reopened::new();
        let mut events = Vec::new();
        for (position, step) in self
            .procedure
            .steps
            .iter()
            .enumerate()
            .filter(|(_, s)| s.phase == Phase::Session && s.recorded)
        {
            let Some(attempt) = self
                .state
                .latest(&step.id)
                .filter(|a| a.stands() && a.touches(from_us, until))
            else {
                continue;
            };
            if !step.reopens_on.contains(&cause) {
                continue;
            }
            let behind_decision =
                self.state.decision.is_some() && (position < self.decision_position() || closed);
            let known = self
                .state
                .incomplete
                .iter()
                .any(|i| i.step == step.id && i.attempt == attempt.number);
            if behind_decision && !known {
                events.push(Event::EvidenceIncomplete {
                    step: step.id.clone(),
                    attempt: attempt.number,
                    cause,
                });
            } else if !behind_decision && !closed {
                reopened.insert(position, cause);
            }
        }
        let broken = Broken {
            participant: participant.clone(),
            t0_us: from_us,
            t1_us: to_us,
        };
        events.extend(self.invalidate_all(&self.with_dependants(reopened), Some(&broken)));
        events
    }

    /// Session steps whose newest attempt is running or counts, and can still be invalidated: none behind a decision.
    fn standing(&self) -> impl Iterator<Item = (usize, &'t Step, &Attempt)> {
        let decided = self
            .state
            .decision
            .is_some()
            .then(|| self.decision_position());
        self.procedure
            .steps
            .iter()
            .enumerate()
            .filter(move |(position, _)| decided.is_none_or(|d| *position > d))
            .filter_map(|(position, step)| {
                Some((
                    position,
                    step,
                    self.state.latest(&step.id).filter(|a| a.stands())?,
                ))
            })
    }
}
