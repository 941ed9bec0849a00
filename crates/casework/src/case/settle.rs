//! The seat's review and the decision.

use crate::act::{Finding, Issue, Mark, Verdict};
use crate::calendar::shanghai;
use crate::case::Case;
use crate::context::Context;
use crate::error::Refusal;
use crate::event::{DecisionMade, Event};
use crate::guard::Judgement;
use crate::procedure::{Cause, Check, Predicate};
use crate::value::clean_text;

impl<'t> Case<'t> {
    pub(super) fn review(
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

    pub(super) fn issue_decision(
        &self,
        issue: &Issue,
        context: &Context,
    ) -> Result<Vec<Event>, Refusal> {
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

    pub(super) fn decision_of(
        &self,
        issue: &Issue,
        context: &Context,
    ) -> Result<DecisionMade, Refusal> {
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

    pub(super) fn decided(&self) -> Result<&DecisionMade, Refusal> {
        self.decision().ok_or(Refusal::NoDecision)
    }
}

const ESCALATED: &str = "ESCALATED";
