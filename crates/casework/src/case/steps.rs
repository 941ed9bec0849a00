//! Steps: beginning them, reading, confirming, completing.

use std::collections::BTreeMap;

use ids::StepId;

use crate::act::Finding;
use crate::case::enter::allow;
use crate::case::state::Attempt;
use crate::case::{Case, roles_of};
use crate::context::{Context, Role};
use crate::error::Refusal;
use crate::event::{Event, Subject};
use crate::guard::Judgement;
use crate::limits::{ATTEMPTS_MAX, CAPTURES_MAX};
use crate::procedure::{Cause, Check, Need, Phase, Step};
use crate::value::{Value, clean_text};

impl<'t> Case<'t> {
    pub(super) fn startable(
        &self,
        id: &StepId,
        context: &Context,
    ) -> Result<(usize, &'t Step), Refusal> {
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
    pub(super) fn begin(
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
        let given: BTreeMap<_, _> = asked
            .filter_map(|f| Some((f.name.clone(), self.catalogue_value(&f.name)?)))
            .filter(|(name, value)| self.state.value(name) != Some(value))
            .collect();
        if !given.is_empty() {
            events.push(self.fields_event(given, None));
        }
        Ok(events)
    }

    pub(super) fn start_step(&self, id: &StepId, context: &Context) -> Result<Vec<Event>, Refusal> {
        let (position, step) = self.startable(id, context)?;
        if self.counting(step).is_some() {
            return Err(Refusal::StepComplete { step: id.clone() });
        }
        self.begin(position, step, context)
    }

    pub(super) fn restart_step(
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
    pub(super) fn running_step(
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
    pub(super) fn running_writer(&self, entry_type: &str) -> Result<(&'t Step, &Attempt), Refusal> {
        let name = self
            .procedure
            .writer(entry_type)
            .map_or(entry_type, |(_, s)| s.id.as_str());
        self.running_step(|step| self.writes(step, entry_type), name)
    }

    /// Begins the step that writes entries of that type, unless it runs already. Gives the events and the case after them.
    pub(super) fn running_or_begun(
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

    pub(super) fn read_sentence(
        &self,
        sentence: &str,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        let (step, attempt) = self.running().ok_or_else(|| Refusal::StepNotRunning {
            step: sentence.to_owned(),
        })?;
        if attempt.read.iter().any(|read| read == sentence) {
            // Officer and seat may both tap it; it was read once.
            return Ok(Vec::new());
        }
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

    pub(super) fn confirm_guard(
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

    pub(super) fn add_capture(&self, capture: &str, context: &Context) -> Result<(), Refusal> {
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

    pub(super) fn complete_step(
        &self,
        id: &StepId,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
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

    pub(super) fn release(&self, context: &Context) -> Result<Vec<Event>, Refusal> {
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
}
