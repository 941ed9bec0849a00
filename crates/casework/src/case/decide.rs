//! Acts: what may be done now, and what stands in the log if it is.

use crate::act::Act;
use crate::case::Case;
use crate::case::enter::allow;
use crate::case::state::Course;
use crate::context::{Context, Role};
use crate::error::Refusal;
use crate::event::Event;
use crate::procedure::Cause;

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

    pub(crate) fn is_closed(&self) -> bool {
        match self.state.course {
            Course::Left { .. } | Course::Revoked => true,
            Course::Going | Course::Returned => false,
        }
    }
}

pub(super) const REVOKED: &str = "REVOKED";
