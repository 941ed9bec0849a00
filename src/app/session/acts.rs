//! Acts on the procedure: asked for, decided, written, and only then answered.

use std::collections::BTreeMap;

use casework::act::{Delivery, FileRef, Finding, SignMethod, Statement, Verdict};
use casework::context::{Context, Office, Recorder, Recording, SignOff};
use casework::{Act, Refusal};
use ids::{ParticipantId, StepId};
use integrity::Digest;

use super::{PARTY, Session};
use crate::app::people::{actor_of, case_actor, officer};
use crate::app::{Error, NewCapture, Refused};
use crate::dto;
use crate::journal::Keep;
use crate::store::Principal;

/// County of the offices served: 林西县 (GB/T 2260).
const REGION: &str = "150424";

impl Session {
    /// What the rules need to know and may not read themselves.
    pub(super) fn context(&self, actor: casework::Actor) -> Context {
        let now_us = self.now_us();
        let gaps = self
            .status
            .gaps()
            .iter()
            .filter(|gap| self.status.is_required(&gap.participant));
        let gap = |gap: &super::status::Gap| casework::context::Gap {
            participant: gap.participant.clone(),
            from_us: gap.t0_us,
            to_us: gap.t1_us,
        };
        let recorder = match &self.failed {
            Some(_) => Recorder::Failed,
            None if self.status.started_us().is_none() => Recorder::Idle,
            None => Recorder::Healthy {
                clock_offset_ms: self.clock_offset_ms(),
            },
        };
        Context {
            now: super::now(),
            mono_us: now_us,
            actor,
            recording: Recording {
                recorder,
                legs: self.status.legs(now_us),
                gaps: gaps.map(gap).collect(),
                segments_missing: 0,
            },
            officers: std::iter::once(&self.officer)
                .chain(&self.seat)
                .map(officer)
                .collect(),
            office: Office {
                issuer: self.officer.unit.name.clone(),
                region: REGION.to_owned(),
                bank: self.officer.unit.bank.clone(),
            },
            sign_off: if self.parts.demo {
                SignOff::Demo
            } else {
                SignOff::Rows(self.parts.signed_off.clone())
            },
        }
    }

    /// Carries out one act of a person.
    pub(super) async fn act(&mut self, who: &Principal, act: Act, keep: Keep) -> Result<(), Error> {
        if self.is_cancelled() {
            return Err(self.over());
        }
        let events = self
            .case
            .decide(&act, &self.context(case_actor(who)))
            .map_err(|refusal| refused(&refusal))?;
        self.write_events(&events, &actor_of(who), keep)
            .await
            .map(drop)
    }

    /// Asks whether an act would be allowed now. Before a file is written for it, so that a refusal leaves nothing behind.
    pub(super) fn may(&self, who: &Principal, act: &Act) -> Result<(), Error> {
        self.case
            .decide(act, &self.context(case_actor(who)))
            .map(drop)
            .map_err(|refusal| refused(&refusal))
    }

    /// An act that names its step is meant for no other.
    fn must_run(&self, step: &StepId) -> Result<(), Error> {
        if self.case.is_running(step) {
            return Ok(());
        }
        Err(refused(&Refusal::StepNotRunning {
            step: step.to_string(),
        }))
    }

    fn over(&self) -> Error {
        Error::Conflict {
            zh: "会话已结束。".to_owned(),
            en: "The session is over.".to_owned(),
        }
    }

    /// Starts a step, and enters what the case already knows of its fields.
    pub(crate) async fn start_step(
        &mut self,
        who: &Principal,
        step: StepId,
    ) -> Result<dto::ProcedureView, Error> {
        let start = Act::StartStep { step: step.clone() };
        let act = match self.may(who, &start) {
            // Started or done already: to begin it again is the wish.
            Err(Error::Refused(_)) if self.case.was_begun(&step) => Act::RestartStep {
                step: step.clone(),
                reason: "从头重做".to_owned(),
            },
            Ok(()) | Err(_) => start,
        };
        self.act(who, act, Keep::UntilNext).await?;
        // One by one: a value that no longer fits leaves the others standing.
        for (field, value) in self.known_of_step(&step) {
            let values = BTreeMap::from([(field.clone(), value)]);
            if let Err(error) = self
                .act(who, Act::SetFields { values }, Keep::UntilNext)
                .await
            {
                tracing::warn!(sid = %self.sid, field, %error, "What the case knew was not taken over");
            }
        }
        self.view(who)
    }

    /// Values of a step's fields that were noted when the case was opened.
    fn known_of_step(&self, step: &StepId) -> BTreeMap<String, serde_json::Value> {
        let facts = &self.record.facts;
        let text = |value: &Option<String>| {
            value
                .clone()
                .filter(|v| !v.is_empty())
                .map(serde_json::Value::from)
        };
        let geo = facts.lon.zip(facts.lat).map(|(lon, lat)| {
            serde_json::json!({ "lon": lon, "lat": lat, "crs": "wgs84", "accuracy": facts.accuracy_m.unwrap_or(0.0) })
        });
        let known = [
            ("plate", text(&facts.plate)),
            ("plate_type", text(&facts.plate_type)),
            ("violation_code", text(&facts.violation_code)),
            ("violation_variant", text(&facts.violation_variant)),
            ("place_text", text(&Some(facts.place_text.clone()))),
            ("violation_place", geo),
        ];
        let needs = self
            .case
            .procedure()
            .step(step.as_str())
            .map(|(_, step)| &step.needs);
        let fields: Vec<&str> = needs
            .into_iter()
            .flatten()
            .flat_map(casework::procedure::Need::fields)
            .map(|f| f.name.as_str())
            .collect();
        known
            .into_iter()
            .filter(|(name, _)| fields.contains(name))
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }

    /// Notes that a sentence was said.
    pub(crate) async fn read_sentence(
        &mut self,
        who: &Principal,
        step: StepId,
        sentence: String,
    ) -> Result<dto::ProcedureView, Error> {
        self.must_run(&step)?;
        self.act(who, Act::ReadSentence { sentence }, Keep::UntilNext)
            .await?;
        self.view(who)
    }

    /// Enters values; where steps must then be repeated, that was the wish.
    pub(crate) async fn set_fields(
        &mut self,
        who: &Principal,
        values: BTreeMap<String, serde_json::Value>,
    ) -> Result<dto::ProcedureView, Error> {
        let context = self.context(case_actor(who));
        let act = Act::SetFields {
            values: values.clone(),
        };
        let act = match self.case.decide(&act, &context) {
            Err(Refusal::WouldReopen { .. }) => Act::ChangeFacts {
                values,
                reason: "facts corrected".to_owned(),
            },
            Ok(_) | Err(_) => act,
        };
        self.act(who, act, Keep::UntilNext).await?;
        self.view(who)
    }

    /// A person confirms a guard's sentence.
    pub(crate) async fn confirm(
        &mut self,
        who: &Principal,
        step: StepId,
        guard: String,
    ) -> Result<dto::ProcedureView, Error> {
        self.must_run(&step)?;
        self.act(
            who,
            Act::ConfirmGuard {
                guard,
                finding: Finding::Holds,
            },
            Keep::UntilNext,
        )
        .await?;
        self.view(who)
    }

    /// Completes a step. A step that must be recorded completes only once everything recorded up to `asked_us` is
    /// committed: what isn't durable doesn't count.
    pub(crate) async fn complete_step(
        &mut self,
        who: &Principal,
        step: StepId,
        asked_us: u64,
    ) -> Result<dto::ProcedureView, Error> {
        self.check_covered(&step, asked_us)?;
        let releases = self
            .case
            .procedure()
            .field("papers_returned")
            .is_some_and(|(s, _)| s.id == step);
        let act = if releases {
            Act::Release
        } else {
            Act::CompleteStep { step }
        };
        self.act(who, act, Keep::UntilNext).await?;
        self.view(who)
    }

    fn check_covered(&self, step: &StepId, asked_us: u64) -> Result<(), Error> {
        let recorded = self
            .case
            .procedure()
            .step(step.as_str())
            .is_some_and(|(_, s)| s.recorded);
        if recorded {
            self.check_committed(asked_us)
        } else {
            Ok(())
        }
    }

    /// Keeps a picture, and fills the field it is for.
    pub(crate) async fn capture(
        &mut self,
        who: &Principal,
        picture: NewCapture,
    ) -> Result<dto::Captured, Error> {
        let capture = uuid::Uuid::now_v7().simple().to_string();
        let kind = picture
            .field
            .clone()
            .unwrap_or_else(|| capture_word(picture.kind).to_owned());
        let act = |file: FileRef, at_us| Act::AddCapture {
            capture: capture.clone(),
            kind: kind.clone(),
            file,
            participant: None,
            at_us: Some(at_us),
        };
        let at_us = self.now_us();
        let file = file_ref(&format!("documents/captures/{capture}.jpg"), &picture.jpeg);
        self.may(who, &act(file.clone(), at_us))?;
        self.add_file(&file.file, picture.jpeg.to_vec()).await?;
        let sha256 = file.sha256.clone();
        self.act(who, act(file, at_us), Keep::UntilNext).await?;
        Ok(dto::Captured {
            capture,
            sha256,
            view: self.view(who)?,
        })
    }

    /// The party's defence, or that they do without; completes nothing.
    pub(crate) async fn defend(
        &mut self,
        who: &Principal,
        defence: dto::Defence,
    ) -> Result<dto::ProcedureView, Error> {
        let participant = party(who);
        let recusal = BTreeMap::from([(
            "recusal_requested".to_owned(),
            defence.recusal_requested.into(),
        )]);
        let act = if defence.waived {
            Act::WaiveDefence { participant }
        } else {
            let text = defence.text.unwrap_or_default();
            let file = file_ref(
                &format!("documents/statement-{}.txt", uuid::Uuid::now_v7().simple()),
                text.as_bytes(),
            );
            let act = Act::StateDefence {
                participant,
                statement: Statement::Written { file: file.clone() },
            };
            self.may(who, &act)?;
            self.add_file(&file.file, text.into_bytes()).await?;
            act
        };
        // The answer is the party's, on whichever phone it is tapped; the form it stands in is the officer's.
        let officer = casework::Actor::new(casework::Role::Officer, self.officer.id.to_string());
        let recusal = Act::SetFields { values: recusal };
        let context = self.context(officer);
        let mut events = self
            .case
            .decide(&recusal, &context)
            .map_err(|r| refused(&r))?;
        let context = self.context(case_actor(who));
        events.extend(self.case.decide(&act, &context).map_err(|r| refused(&r))?);
        self.write_events(&events, &actor_of(who), Keep::UntilNext)
            .await?;
        self.view(who)
    }

    /// The seat's verdict.
    pub(crate) async fn review(
        &mut self,
        who: &Principal,
        review: dto::Review,
    ) -> Result<dto::ProcedureView, Error> {
        let verdict = match review.verdict {
            dto::ReviewVerdict::Approved => Verdict::Approved,
            dto::ReviewVerdict::Rejected => Verdict::Rejected,
            dto::ReviewVerdict::Escalated => Verdict::Escalated,
        };
        self.act(
            who,
            Act::Review {
                verdict,
                reason: review.reason,
            },
            Keep::UntilNext,
        )
        .await?;
        self.view(who)
    }

    /// The party signs, or refuses to.
    pub(crate) async fn sign(
        &mut self,
        who: &Principal,
        signature: dto::Signature,
    ) -> Result<dto::ProcedureView, Error> {
        let participant = party(who);
        let act = match signature {
            dto::Signature::Refused { reason } => Act::RefuseSignature {
                participant,
                reason,
            },
            dto::Signature::Signed { image_png, strokes } => {
                use base64::Engine;
                let png = base64::engine::general_purpose::STANDARD
                    .decode(image_png.trim())
                    .unwrap_or_default();
                if !png.starts_with(b"\x89PNG\r\n\x1a\n") {
                    let fields = BTreeMap::from([(
                        "image_png".to_owned(),
                        "不是 PNG 图片 / not a PNG picture".to_owned(),
                    )]);
                    return Err(Error::Invalid { fields });
                }
                let name = uuid::Uuid::now_v7().simple().to_string();
                let file = file_ref(&format!("documents/signature-{name}.png"), &png);
                let act = Act::Sign {
                    participant,
                    method: SignMethod::Drawn,
                    file: file.clone(),
                };
                self.may(who, &act)?;
                self.add_file(&file.file, png).await?;
                self.add_strokes(who, &name, &strokes).await?;
                act
            }
        };
        self.act(who, act, Keep::UntilNext).await?;
        self.view(who)
    }

    /// Keeps the course of a drawn signature beside its picture, bound by an entry of its own.
    async fn add_strokes(
        &mut self,
        who: &Principal,
        name: &str,
        strokes: &dto::Strokes,
    ) -> Result<(), Error> {
        let json =
            serde_json::to_vec(strokes).map_err(|error| Error::Internal(error.to_string()))?;
        let file = file_ref(&format!("documents/signature-{name}.json"), &json);
        self.add_file(&file.file, json).await?;
        let body = serde_json::json!({ "participant": party(who), "ref": file });
        let serde_json::Value::Object(body) = body else {
            return Ok(());
        };
        let draft = integrity::Draft::free(actor_of(who), "party.strokes", body)
            .map_err(|error| Error::Internal(error.to_string()))?;
        self.append(vec![draft.into()], Keep::UntilNext)
            .await
            .map(drop)
    }

    /// The decision reaches the party.
    pub(crate) async fn deliver(
        &mut self,
        who: &Principal,
        delivery: dto::Delivery,
    ) -> Result<dto::ProcedureView, Error> {
        let participant = party(who);
        let act = match delivery.method {
            dto::DeliveryMethod::Paper => Act::Deliver {
                participant,
                method: Delivery::Paper,
            },
            dto::DeliveryMethod::Refused => Act::RefuseDelivery {
                participant,
                reason: delivery.reason.unwrap_or_default(),
            },
            dto::DeliveryMethod::Electronic => {
                let text = "当事人同意以电子方式送达，并已签订确认书。\n";
                let file = file_ref(
                    &format!("documents/consent-{}.txt", uuid::Uuid::now_v7().simple()),
                    text.as_bytes(),
                );
                let act = Act::Deliver {
                    participant,
                    method: Delivery::Electronic {
                        consent: file.clone(),
                    },
                };
                self.may(who, &act)?;
                self.add_file(&file.file, text.as_bytes().to_vec()).await?;
                act
            }
        };
        self.act(who, act, Keep::UntilNext).await?;
        self.view(who)
    }

    /// Leaves the procedure before its end.
    pub(crate) async fn take_exit(
        &mut self,
        who: &Principal,
        exit: dto::TakeExit,
    ) -> Result<dto::ProcedureView, Error> {
        self.act(
            who,
            Act::Exit {
                exit: exit.exit,
                reason: exit.reason.unwrap_or_default(),
            },
            Keep::UntilNext,
        )
        .await?;
        self.view(who)
    }

    /// Writes a file of the session, synced, so that an entry may name it.
    pub(super) async fn add_file(&self, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
        let (dir, name) = (self.parts.journal.dir(self.sid), name.to_owned());
        let add = move || {
            dir.add(&name, &bytes)
                .map_err(|error| Error::Internal(format!("{name} cannot be written: {error}")))
        };
        tokio::task::spawn_blocking(add)
            .await
            .map_err(|error| Error::Internal(error.to_string()))?
    }
}

/// The party's place: their own, or that of the party whom an officer acts for on the officer's phone.
fn party(who: &Principal) -> ParticipantId {
    match who {
        Principal::Party(party) => party.participant.clone(),
        Principal::Account(_) => PARTY.parse().expect("a lower-case word"),
    }
}

/// A file as entries bind it.
pub(super) fn file_ref(name: &str, bytes: &[u8]) -> FileRef {
    FileRef {
        file: name.to_owned(),
        bytes: bytes.len() as u64,
        sha256: Digest::sha256(bytes).to_string(),
    }
}

const fn capture_word(kind: dto::CaptureKind) -> &'static str {
    match kind {
        dto::CaptureKind::Still => "still",
        dto::CaptureKind::Credential => "officer_credential",
        dto::CaptureKind::Licence => "licence",
        dto::CaptureKind::Plate => "plate_photo",
        dto::CaptureKind::Evidence => "evidence",
    }
}

/// A refusal of the rules, as the API tells it.
pub(super) fn refused(refusal: &Refusal) -> Error {
    Error::Refused(Box::new(Refused {
        zh: refusal.zh(),
        en: refusal.en(),
        step: refusal.step().map(|s| s.to_string()),
        guard: refusal.guard().map(|guard| guard.id.clone()),
        basis: refusal.basis().iter().map(ToString::to_string).collect(),
    }))
}
