//! What the party says, signs and takes.

use ids::{DocId, ParticipantId};

use crate::act::{Delivery, FileRef, SignMethod, Statement};
use crate::case::enter::allow;
use crate::case::state::{Attempt, Course, Defence, Service, Signing};
use crate::case::{Case, roles_of};
use crate::context::{Context, Role};
use crate::error::{Refusal, ValueProblem};
use crate::event::{DefenceForm, Event};
use crate::value::clean_text;

impl<'t> Case<'t> {
    pub(super) fn state_defence(
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

    pub(super) fn waive_defence(
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
    pub(super) fn defence_attempt(&self, context: &Context) -> Result<&Attempt, Refusal> {
        let (step, attempt) = self.running_writer("defence.recorded")?;
        allow(context, &roles_of(step))?;
        match self.recording_refusal(context) {
            Some(refusal) => Err(refusal),
            None => Ok(attempt),
        }
    }

    /// The decision's document and digest, once the step that writes entries of that type is running and recorded.
    pub(super) fn handling_decision(
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

    pub(super) fn sign(
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

    pub(super) fn refuse_signature(
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

    pub(super) fn may_serve_late(&self) -> bool {
        let revoked = self.state.course == Course::Revoked;
        self.state.sealed.is_some() && self.state.decision.is_some() && !revoked
    }

    pub(super) fn deliver(
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

    pub(super) fn refuse_delivery(
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
}
