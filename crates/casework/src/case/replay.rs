//! The fold: one event at a time, live and after a restart alike.

use std::collections::BTreeMap;

use crate::act::SignMethod;
use crate::case::Case;
use crate::case::state::{
    Attempt, Break, Call, Capture, Ceiling, Confirmation, Course, Decision, Defence, End, Held,
    Incomplete, Notice, Paid, Service, Signing, Track,
};
use crate::error::ReplayError;
use crate::event::{Broken, DefenceForm, Event, Stamp};
use crate::field::{self, FROM_VIOLATION, content_cause};
use crate::procedure::{Cause, Need};
use crate::sentences::{self, BREAK_SCRIPT};
use crate::value::{Span, Value};

use ids::StepId;

impl<'t> Case<'t> {
    /// Takes in an event that stands in the log, with the time and actor of its entry.
    pub fn apply(&mut self, event: &Event, stamp: &Stamp) -> Result<(), ReplayError> {
        match event {
            Event::CallQueued => self.state.call = Call::Queued,
            Event::CallAnswered => self.state.call = Call::Answered,
            Event::TrackStarted {
                track,
                participant,
                kind,
            } => {
                self.state.tracks.insert(
                    track.clone(),
                    Track {
                        participant: participant.clone(),
                        kind: kind.clone(),
                    },
                );
            }
            Event::MediaGap {
                track: _,
                t0_us,
                t1_us,
                reason,
            } => {
                self.note_break(*t0_us, Some(*t1_us), reason);
            }
            Event::SessionSealed => self.state.sealed = Some(stamp.clone()),
            Event::StepStarted { step, attempt } => self.start(step, *attempt, stamp)?,
            Event::SentenceRead {
                step,
                attempt,
                sentence,
            } => self.read(step, *attempt, sentence, stamp)?,
            Event::GuardConfirmed {
                step,
                attempt,
                guard,
                finding,
            } => {
                let confirmation = Confirmation {
                    finding: *finding,
                    by: stamp.actor.clone(),
                    at: stamp.at,
                };
                self.attempt(step, *attempt)?
                    .confirmed
                    .insert((guard.clone(), stamp.actor.role), confirmation);
            }
            Event::StepCompleted { step, attempt } => {
                self.attempt(step, *attempt)?.end = End::Completed(stamp.clone());
                if self
                    .procedure
                    .field("facts")
                    .is_some_and(|(s, _)| &s.id == step)
                {
                    self.state.notice = self.notice(*attempt);
                }
            }
            Event::StepInvalidated {
                step,
                attempt,
                cause,
                broken,
            } => self.invalidate(step, *attempt, *cause, broken.as_ref(), stamp)?,
            Event::FieldsSet {
                open,
                private,
                reason: _,
            } => {
                let open = open
                    .iter()
                    .map(|(name, value)| (name.as_str(), Some(value.clone())));
                let private = private
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.clone()));
                self.set_fields(&open.chain(private).collect(), stamp);
            }
            // The confirmation itself is a `step.confirmed`.
            Event::IdentityConfirmed { .. }
            | Event::IdentityMismatched { .. }
            | Event::DocumentIssued { .. } => {}
            Event::CaptureTaken {
                capture,
                kind,
                file,
                participant: _,
                at_us,
            } => self.state.captures.push(Capture {
                id: capture.clone(),
                kind: kind.clone(),
                file: file.clone(),
                at_us: at_us.unwrap_or(stamp.mono_us),
                taken: stamp.clone(),
            }),
            // What is said in it counts by the `defence.recorded` that follows.
            Event::StatementMade { .. } => {}
            Event::DefenceRecorded { form, .. } => self.hear(form, stamp),
            Event::DefenceWaived { .. } => {
                self.state.defence = Defence::Waived;
                self.state
                    .set("explicit_waiver", Value::Flag(true), &stamp.actor);
            }
            Event::DefenceReviewed { .. } => {}
            Event::ReviewMade { verdict, .. } => {
                let word = serde_json::to_value(verdict)
                    .ok()
                    .and_then(|v| v.as_str().map(str::to_owned))
                    .unwrap_or_default();
                self.state.set("verdict", Value::Text(word), &stamp.actor);
            }
            Event::DecisionMade(made) => {
                if self.state.decision.is_some() {
                    return Err(ReplayError::Decision {
                        what: "decision.made",
                    });
                }
                for field in [
                    "doc_no",
                    "decision_document",
                    "decision_digest",
                    "officer_signature",
                    "second_officer_signature",
                ] {
                    self.state
                        .set(field, Value::Text(made.doc_sha256.clone()), &stamp.actor);
                }
                self.state
                    .set("doc_no", Value::Text(made.number.to_string()), &stamp.actor);
                self.state.set("unit_seal", Value::Flag(true), &stamp.actor);
                self.state.decision = Some(Decision {
                    made: (**made).clone(),
                    at: stamp.at,
                });
            }
            Event::PartySigned {
                doc, method, file, ..
            } => {
                self.of_decision(doc, "party.signed")?;
                let field = match method {
                    SignMethod::Fingerprint => "fingerprint",
                    SignMethod::Drawn | SignMethod::Cms => "signature",
                };
                self.state.fields.remove("sign_refusal_reason");
                self.state
                    .set(field, Value::Text(file.sha256.clone()), &stamp.actor);
                self.state.signing = Signing::Signed { method: *method };
            }
            Event::PartyRefused { doc, reason, .. } => {
                self.of_decision(doc, "party.refused")?;
                self.hold(
                    "sign_refusal_reason",
                    reason.clone().map(Value::Text),
                    stamp,
                );
                self.state.signing = Signing::Refused;
            }
            Event::DeliveryMade { doc, consent, .. } => {
                self.of_decision(doc, "delivery.made")?;
                self.state.fields.remove("receipt_refusal_reason");
                match consent {
                    Some(file) => {
                        self.state.set(
                            "electronic_delivery_consent",
                            Value::Text(file.sha256.clone()),
                            &stamp.actor,
                        );
                        self.state.service = Service::Electronic { at: stamp.at };
                    }
                    None => {
                        self.state
                            .set("paper_given", Value::Flag(true), &stamp.actor);
                        self.state.service = Service::OnPaper { at: stamp.at };
                    }
                }
            }
            Event::DeliveryRefused { doc, reason, .. } => {
                self.of_decision(doc, "delivery.refused")?;
                self.hold(
                    "receipt_refusal_reason",
                    reason.clone().map(Value::Text),
                    stamp,
                );
                self.state.service = Service::Refused { at: stamp.at };
            }
            Event::CaseExited {
                exit,
                step,
                reason: _,
            } => {
                self.state.course = Course::Left {
                    exit: exit.clone(),
                    from: step.clone(),
                }
            }
            Event::EvidenceIncomplete {
                step,
                attempt,
                cause,
            } => {
                self.state.incomplete.push(Incomplete {
                    step: step.clone(),
                    attempt: *attempt,
                    cause: *cause,
                });
            }
            Event::CaseRevoked { .. } => {
                if self.state.decision.is_none() {
                    return Err(ReplayError::Decision {
                        what: "case.revoked",
                    });
                }
                self.state.course = Course::Revoked;
            }
            Event::CaseFiled { file, .. } => {
                self.state.set(
                    "filing_receipt",
                    Value::Text(file.sha256.clone()),
                    &stamp.actor,
                );
                self.state.filed = Some(stamp.clone());
            }
            Event::CasePaid {
                method,
                late_fee_fen,
                file,
                ..
            } => {
                self.state.set(
                    "payment_receipt",
                    Value::Text(file.sha256.clone()),
                    &stamp.actor,
                );
                self.state.paid = Some(Paid {
                    at: stamp.at,
                    method: *method,
                    late_fee_fen: *late_fee_fen,
                });
            }
            Event::CaseOverdue { step, due } => {
                self.state.overdue.insert(step.clone(), *due);
            }
        }
        Ok(())
    }

    /// The attempt that an entry names, which must be the newest of its step.
    fn attempt(&mut self, step: &StepId, number: u32) -> Result<&mut Attempt, ReplayError> {
        if self.procedure.step(step.as_str()).is_none() {
            return Err(ReplayError::UnknownStep { step: step.clone() });
        }
        self.state
            .latest_mut(step, number)
            .ok_or_else(|| ReplayError::Attempt {
                step: step.clone(),
                attempt: number,
            })
    }

    fn start(&mut self, step: &StepId, number: u32, stamp: &Stamp) -> Result<(), ReplayError> {
        if self.procedure.step(step.as_str()).is_none() {
            return Err(ReplayError::UnknownStep { step: step.clone() });
        }
        let attempts = self.state.attempts.entry(step.clone()).or_default();
        let follows = attempts.last().map_or(1, |a| a.number + 1) == number
            && attempts.last().is_none_or(|a| !a.stands());
        if !follows {
            return Err(ReplayError::Attempt {
                step: step.clone(),
                attempt: number,
            });
        }
        attempts.push(Attempt {
            number,
            started: stamp.clone(),
            read: Vec::new(),
            confirmed: BTreeMap::new(),
            end: End::Running,
        });
        if self.state.course == Course::Returned {
            self.state.course = Course::Going;
        }
        Ok(())
    }

    fn read(
        &mut self,
        step: &StepId,
        number: u32,
        sentence: &str,
        stamp: &Stamp,
    ) -> Result<(), ReplayError> {
        self.attempt(step, number)?.read.push(sentence.to_owned());
        if let Some((script, sentence)) = self.tables.scripts.sentence(sentence) {
            if let Some(told) = &sentence.tells {
                self.state.set(told, Value::Flag(true), &stamp.actor);
            }
            if script.id == BREAK_SCRIPT && sentences::explains_break(sentence, number) {
                self.state.unexplained = None;
            }
        }
        Ok(())
    }

    fn invalidate(
        &mut self,
        step: &StepId,
        number: u32,
        cause: Cause,
        broken: Option<&Broken>,
        stamp: &Stamp,
    ) -> Result<(), ReplayError> {
        let attempt = self.attempt(step, number)?;
        let completed = attempt.completed().cloned();
        attempt.end = End::Invalidated {
            at: stamp.clone(),
            cause,
            completed,
        };
        if let Some(broken) = broken {
            self.note_break(broken.t0_us, broken.t1_us, cause.as_str());
        }
        if cause == Cause::ReviewRejected {
            self.state.course = Course::Returned;
        }
        let Some((_, step)) = self.procedure.step(step.as_str()) else {
            return Ok(());
        };
        // What was entered for the attempt falls with it; what the case is about stays.
        for field in step.needs.iter().flat_map(Need::fields) {
            if content_cause(&field.name).is_none() && !field::is_kept(&field.name) {
                self.state.fields.remove(&field.name);
            }
        }
        if self
            .procedure
            .field("facts")
            .is_some_and(|(s, _)| s.id == step.id)
        {
            self.state.notice = None;
        }
        if self.writes(step, "defence.recorded") {
            self.state.defence = Defence::Unheard;
        }
        if self.writes(step, "party.signed") {
            self.state.signing = Signing::Open;
        }
        if self.writes(step, "delivery.made") {
            self.state.service = Service::Open;
        }
        Ok(())
    }

    fn set_fields(&mut self, values: &BTreeMap<&str, Option<Value>>, stamp: &Stamp) {
        let changed = |case: &Self, name: &str| {
            case.state
                .fields
                .get(name)
                .is_none_or(|h| Some(&h.value) != values.get(name))
        };
        let names: Vec<&str> = values
            .keys()
            .copied()
            .filter(|n| changed(self, n))
            .collect();
        if names
            .iter()
            .any(|n| ["violation_code", "violation_variant", "measured_value"].contains(n))
        {
            for derived in FROM_VIOLATION {
                self.state.fields.remove(derived);
            }
        }
        // A variant belongs to its code.
        if names.contains(&"violation_code") && !values.contains_key("violation_variant") {
            self.state.fields.remove("violation_variant");
        }
        for (name, value) in values {
            for alternative in self.alternatives(name) {
                self.state.fields.remove(alternative);
            }
            self.hold(name, value.clone(), stamp);
        }
        if names.iter().any(|n| ["id_no", "licence_no"].contains(n)) {
            // Somebody else has not defended yet.
            self.state.ceiling = None;
        }
        // What people confirmed, they confirmed about the values they saw.
        let running = self
            .running()
            .map(|(step, attempt)| (step.id.clone(), attempt.number));
        if let Some((step, number)) = running
            && names.iter().any(|n| content_cause(n).is_some())
            && let Some(attempt) = self.state.latest_mut(&step, number)
        {
            attempt.confirmed.clear();
        }
    }

    /// The other fields of a `one_of`.
    fn alternatives(&self, name: &str) -> impl Iterator<Item = &'t str> + use<'t> {
        let needs: &'t [Need] = self
            .procedure
            .field(name)
            .map_or(&[], |(step, _)| &step.needs);
        let name = name.to_owned();
        needs
            .iter()
            .map(Need::fields)
            .find(|fields| fields.len() > 1 && fields.iter().any(|f| f.name == name))
            .into_iter()
            .flatten()
            .map(|f| f.name.as_str())
            .filter(move |f| *f != name)
    }

    fn hold(&mut self, field: &str, value: Option<Value>, stamp: &Stamp) {
        self.state.fields.insert(
            field.to_owned(),
            Held {
                value,
                by: stamp.actor.clone(),
            },
        );
    }

    fn hear(&mut self, form: &DefenceForm, stamp: &Stamp) {
        self.state.defence = Defence::Heard;
        self.state.fields.remove("explicit_waiver");
        match form {
            DefenceForm::Written { sha256 } => {
                self.state
                    .set("statement_text", Value::Text(sha256.clone()), &stamp.actor)
            }
            DefenceForm::Spoken { t0_us, t1_us } => {
                self.state.set(
                    "statement_media",
                    Value::Span(Span {
                        t0_us: *t0_us,
                        t1_us: *t1_us,
                    }),
                    &stamp.actor,
                );
            }
        }
        if let Some(notice) = &self.state.notice {
            let told = Ceiling {
                penalty: notice.penalty,
                points: notice.points.unwrap_or(0),
            };
            let before = self.state.ceiling.unwrap_or(told);
            self.state.ceiling = Some(Ceiling {
                penalty: before.penalty.min(told.penalty),
                points: before.points.min(told.points),
            });
        }
    }

    fn notice(&self, attempt: u32) -> Option<Notice> {
        let content = self
            .state
            .fields
            .iter()
            .filter(|(name, _)| content_cause(name).is_some());
        Some(Notice {
            attempt,
            content: content
                .map(|(name, held)| (name.clone(), held.value.clone()))
                .collect(),
            penalty: self.penalty()?,
            points: self.points(),
        })
    }

    /// Breaks that nobody has explained yet become one, from the first beginning to the last end.
    fn note_break(&mut self, from_us: u64, to_us: Option<u64>, reason: &str) {
        let known = self.state.unexplained.take();
        let reason = match &known {
            // Why a track fell silent says more than that it did.
            Some(known) if reason == Cause::MediaGap.as_str() => known.reason.clone(),
            Some(_) | None => reason.to_owned(),
        };
        self.state.unexplained = Some(Break {
            from_us: known.as_ref().map_or(from_us, |k| k.from_us.min(from_us)),
            to_us: to_us.max(known.and_then(|k| k.to_us)),
            reason,
        });
    }

    fn of_decision(&self, doc: &ids::DocId, what: &'static str) -> Result<(), ReplayError> {
        if self.state.decided_doc() == Some(doc) {
            Ok(())
        } else {
            Err(ReplayError::Decision { what })
        }
    }
}
