//! Events as log entries: what is written, and how it is read back.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use crate::event::{Broken, DecisionMade, DefenceForm, Entry, Event, Reason, Subject};
use crate::penalty::Penalty;
use crate::procedure::Cause;
use crate::value::Value;

impl Event {
    /// The entry to append; none for what the server writes itself.
    pub fn entry(&self) -> Option<Entry> {
        let (kind, body, private) = match self {
            Self::CallQueued
            | Self::CallAnswered
            | Self::TrackStarted { .. }
            | Self::MediaGap { .. }
            | Self::SessionSealed => return None,
            Self::StepStarted { step, attempt } => (
                "step.started",
                json!({"attempt": attempt, "step": step}),
                Map::new(),
            ),
            Self::SentenceRead {
                step,
                attempt,
                sentence,
            } => (
                "step.sentence",
                json!({"attempt": attempt, "sentence": sentence, "step": step}),
                Map::new(),
            ),
            Self::GuardConfirmed {
                step,
                attempt,
                guard,
                finding,
            } => (
                "step.confirmed",
                json!({"attempt": attempt, "finding": finding, "guard": guard, "step": step}),
                Map::new(),
            ),
            Self::StepCompleted { step, attempt } => (
                "step.completed",
                json!({"attempt": attempt, "step": step}),
                Map::new(),
            ),
            Self::StepInvalidated {
                step,
                attempt,
                cause,
                broken,
            } => {
                let mut body = json!({"attempt": attempt, "reason": cause, "step": step});
                if let Some(broken) = broken {
                    body["participant"] = json!(broken.participant);
                    body["t0_us"] = json!(broken.t0_us);
                    put(&mut body, "t1_us", broken.t1_us);
                }
                ("step.invalidated", body, Map::new())
            }
            Self::FieldsSet {
                open,
                private,
                reason,
            } => fields_entry(open, private, reason),
            Self::IdentityConfirmed {
                step,
                attempt,
                subject,
            } => (
                "identity.confirmed",
                json!({"attempt": attempt, "step": step, "subject": subject.as_str()}),
                Map::new(),
            ),
            Self::IdentityMismatched {
                step,
                attempt,
                subject,
            } => (
                "identity.mismatched",
                json!({"attempt": attempt, "step": step, "subject": subject.as_str()}),
                Map::new(),
            ),
            Self::CaptureTaken {
                capture,
                kind,
                file,
                participant,
                at_us,
            } => {
                let mut body = json!({"capture": capture, "kind": kind, "ref": file});
                put(&mut body, "participant", participant.as_ref());
                put(&mut body, "at_us", *at_us);
                ("capture.taken", body, Map::new())
            }
            Self::StatementMade { participant, file } => (
                "statement.made",
                json!({"participant": participant, "ref": file}),
                Map::new(),
            ),
            Self::DefenceRecorded {
                attempt,
                participant,
                form,
            } => {
                let mut body = json!({"attempt": attempt, "participant": participant});
                match form {
                    DefenceForm::Written { sha256 } => body["statement_sha256"] = json!(sha256),
                    DefenceForm::Spoken { t0_us, t1_us } => {
                        body["t0_us"] = json!(t0_us);
                        body["t1_us"] = json!(t1_us);
                    }
                }
                ("defence.recorded", body, Map::new())
            }
            Self::DefenceWaived {
                attempt,
                participant,
            } => (
                "defence.waived",
                json!({"attempt": attempt, "participant": participant}),
                Map::new(),
            ),
            Self::DefenceReviewed { attempt, finding } => (
                "defence.reviewed",
                json!({"attempt": attempt, "finding": finding}),
                Map::new(),
            ),
            Self::ReviewMade {
                step,
                attempt,
                verdict,
                reason,
            } => (
                "review.made",
                json!({"attempt": attempt, "step": step, "verdict": verdict}),
                private_reason(reason),
            ),
            Self::DocumentIssued { doc, kind, file } => (
                "document.issued",
                json!({"doc": doc, "kind": kind, "ref": file}),
                Map::new(),
            ),
            Self::DecisionMade(decision) => ("decision.made", decision.body(), Map::new()),
            Self::PartySigned {
                participant,
                doc,
                doc_sha256,
                method,
                file,
            } => (
                "party.signed",
                json!({"doc": doc, "doc_sha256": doc_sha256, "method": method, "participant": participant, "ref": file}),
                Map::new(),
            ),
            Self::PartyRefused {
                participant,
                doc,
                doc_sha256,
                reason,
            } => (
                "party.refused",
                json!({"doc": doc, "doc_sha256": doc_sha256, "participant": participant}),
                private_reason(reason),
            ),
            Self::DeliveryMade {
                participant,
                doc,
                consent,
            } => {
                let method = if consent.is_some() {
                    "electronic"
                } else {
                    "paper"
                };
                let mut body = json!({"doc": doc, "method": method, "participant": participant});
                put(&mut body, "ref", consent.as_ref());
                ("delivery.made", body, Map::new())
            }
            Self::DeliveryRefused {
                participant,
                doc,
                reason,
            } => (
                "delivery.refused",
                json!({"doc": doc, "participant": participant}),
                private_reason(reason),
            ),
            Self::CaseExited { exit, step, reason } => (
                "case.exited",
                json!({"exit": exit, "step": step}),
                private_reason(reason),
            ),
            Self::EvidenceIncomplete {
                step,
                attempt,
                cause,
            } => (
                "case.evidence_incomplete",
                json!({"attempt": attempt, "reason": cause, "step": step}),
                Map::new(),
            ),
            Self::CaseRevoked { decision, reason } => (
                "case.revoked",
                json!({"decision": decision}),
                private_reason(reason),
            ),
            Self::CaseFiled {
                decision,
                due,
                file,
            } => (
                "case.filed",
                json!({"decision": decision, "due": due, "ref": file}),
                Map::new(),
            ),
            Self::CasePaid {
                decision,
                due,
                method,
                fine_yuan,
                late_fee_fen,
                file,
            } => (
                "case.paid",
                json!({"decision": decision, "due": due, "fine_yuan": fine_yuan, "late_fee_fen": late_fee_fen, "method": method, "ref": file}),
                Map::new(),
            ),
            Self::CaseOverdue { step, due } => (
                "case.overdue",
                json!({"due": due, "step": step}),
                Map::new(),
            ),
        };
        Some(Entry {
            kind,
            body: object(body),
            private,
        })
    }

    /// Reads an entry back: its type, its body (with or without the journal's `private` member), and the values of its
    /// private part by field. None for a type that is of no concern here, or a body that is not of the form above.
    pub fn from_entry(
        kind: &str,
        body: &Map<String, Json>,
        private: Option<&Map<String, Json>>,
    ) -> Option<Self> {
        let r = Reader { body, private };
        Some(match kind {
            "call.queued" => Self::CallQueued,
            "call.answered" => Self::CallAnswered,
            "session.sealed" => Self::SessionSealed,
            "track.started" => Self::TrackStarted {
                track: r.id("track")?,
                participant: r.id("participant")?,
                kind: r.text("kind")?.to_owned(),
            },
            "media.gap" => Self::MediaGap {
                track: r.id("track")?,
                t0_us: r.number("t0_us")?,
                t1_us: r.number("t1_us")?,
                reason: r.text("reason")?.to_owned(),
            },
            "step.started" => Self::StepStarted {
                step: r.id("step")?,
                attempt: r.attempt()?,
            },
            "step.sentence" => Self::SentenceRead {
                step: r.id("step")?,
                attempt: r.attempt()?,
                sentence: r.text("sentence")?.to_owned(),
            },
            "step.confirmed" => Self::GuardConfirmed {
                step: r.id("step")?,
                attempt: r.attempt()?,
                guard: r.text("guard")?.to_owned(),
                finding: r.typed("finding")?,
            },
            "step.completed" => Self::StepCompleted {
                step: r.id("step")?,
                attempt: r.attempt()?,
            },
            "step.invalidated" => Self::StepInvalidated {
                step: r.id("step")?,
                attempt: r.attempt()?,
                cause: Cause::parse(r.text("reason")?)?,
                broken: match r.number("t0_us") {
                    Some(t0_us) => Some(Broken {
                        participant: r.id("participant")?,
                        t0_us,
                        t1_us: r.number("t1_us"),
                    }),
                    None => None,
                },
            },
            "case.fields" => Self::FieldsSet {
                open: r.open_fields()?,
                private: r.private_fields()?,
                reason: r.reason(),
            },
            "identity.confirmed" => Self::IdentityConfirmed {
                step: r.id("step")?,
                attempt: r.attempt()?,
                subject: r.subject()?,
            },
            "identity.mismatched" => Self::IdentityMismatched {
                step: r.id("step")?,
                attempt: r.attempt()?,
                subject: r.subject()?,
            },
            "capture.taken" => Self::CaptureTaken {
                capture: r.text("capture")?.to_owned(),
                kind: r.text("kind")?.to_owned(),
                file: r.typed("ref")?,
                participant: r.optional_id("participant")?,
                at_us: r.number("at_us"),
            },
            "statement.made" => Self::StatementMade {
                participant: r.id("participant")?,
                file: r.typed("ref")?,
            },
            "defence.recorded" => Self::DefenceRecorded {
                attempt: r.attempt()?,
                participant: r.id("participant")?,
                form: match r.text("statement_sha256") {
                    Some(sha256) => DefenceForm::Written {
                        sha256: sha256.to_owned(),
                    },
                    None => DefenceForm::Spoken {
                        t0_us: r.number("t0_us")?,
                        t1_us: r.number("t1_us")?,
                    },
                },
            },
            "defence.waived" => Self::DefenceWaived {
                attempt: r.attempt()?,
                participant: r.id("participant")?,
            },
            "defence.reviewed" => Self::DefenceReviewed {
                attempt: r.attempt()?,
                finding: r.text("finding")?.to_owned(),
            },
            "review.made" => Self::ReviewMade {
                step: r.id("step")?,
                attempt: r.attempt()?,
                verdict: r.typed("verdict")?,
                reason: r.reason(),
            },
            "document.issued" => Self::DocumentIssued {
                doc: r.id("doc")?,
                kind: r.text("kind")?.to_owned(),
                file: r.typed("ref")?,
            },
            "decision.made" => Self::DecisionMade(Box::new(DecisionMade::read(&r)?)),
            "party.signed" => Self::PartySigned {
                participant: r.id("participant")?,
                doc: r.id("doc")?,
                doc_sha256: r.text("doc_sha256")?.to_owned(),
                method: r.typed("method")?,
                file: r.typed("ref")?,
            },
            "party.refused" => Self::PartyRefused {
                participant: r.id("participant")?,
                doc: r.id("doc")?,
                doc_sha256: r.text("doc_sha256")?.to_owned(),
                reason: r.reason(),
            },
            "delivery.made" => Self::DeliveryMade {
                participant: r.id("participant")?,
                doc: r.id("doc")?,
                consent: match r.text("method")? {
                    "paper" => None,
                    _ => Some(r.typed("ref")?),
                },
            },
            "delivery.refused" => Self::DeliveryRefused {
                participant: r.id("participant")?,
                doc: r.id("doc")?,
                reason: r.reason(),
            },
            "case.exited" => Self::CaseExited {
                exit: r.text("exit")?.to_owned(),
                step: r.id("step")?,
                reason: r.reason(),
            },
            "case.evidence_incomplete" => Self::EvidenceIncomplete {
                step: r.id("step")?,
                attempt: r.attempt()?,
                cause: Cause::parse(r.text("reason")?)?,
            },
            "case.revoked" => Self::CaseRevoked {
                decision: r.id("decision")?,
                reason: r.reason(),
            },
            "case.filed" => Self::CaseFiled {
                decision: r.id("decision")?,
                due: r.id("due")?,
                file: r.typed("ref")?,
            },
            "case.paid" => Self::CasePaid {
                decision: r.id("decision")?,
                due: r.id("due")?,
                method: r.typed("method")?,
                fine_yuan: r.number("fine_yuan")?.try_into().ok()?,
                late_fee_fen: r.number("late_fee_fen")?,
                file: r.typed("ref")?,
            },
            "case.overdue" => Self::CaseOverdue {
                step: r.id("step")?,
                due: r.id("due")?,
            },
            _ => return None,
        })
    }
}

impl Subject {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Officers => "officers",
            Self::Party => "party",
        }
    }
}

impl DecisionMade {
    fn body(&self) -> Json {
        let mut body = json!({
            "catalogue_sha256": self.catalogue_sha256,
            "code": self.code,
            "decision": self.number,
            "doc": self.doc,
            "doc_sha256": self.doc_sha256,
            "head": self.head,
            "notice_attempt": self.notice_attempt,
            "officers": self.officers,
            "penalty": match self.penalty {
                Penalty::Warning => "warning",
                Penalty::Fine { .. } => "fine",
            },
            "procedure_sha256": self.procedure_sha256,
        });
        put(&mut body, "fine_yuan", self.penalty.fine_yuan());
        put(&mut body, "points", self.points);
        put(&mut body, "variant", self.variant.as_deref());
        body
    }

    fn read(r: &Reader<'_>) -> Option<Self> {
        Some(Self {
            number: r.id("decision")?,
            doc: r.id("doc")?,
            doc_sha256: r.text("doc_sha256")?.to_owned(),
            head: r.typed("head")?,
            procedure_sha256: r.text("procedure_sha256")?.to_owned(),
            catalogue_sha256: r.text("catalogue_sha256")?.to_owned(),
            code: r.text("code")?.to_owned(),
            variant: r.text("variant").map(str::to_owned),
            penalty: match r.text("penalty")? {
                "warning" => Penalty::Warning,
                "fine" => Penalty::Fine {
                    yuan: r.number("fine_yuan")?.try_into().ok()?,
                },
                _ => return None,
            },
            points: r.number("points").map(u8::try_from).transpose().ok()?,
            notice_attempt: r.number("notice_attempt")?.try_into().ok()?,
            officers: r.typed("officers")?,
        })
    }
}

fn fields_entry(
    open: &BTreeMap<String, Value>,
    private: &BTreeMap<String, Option<Value>>,
    reason: &Reason,
) -> (&'static str, Json, Map<String, Json>) {
    let open: Map<String, Json> = open
        .iter()
        .map(|(name, value)| (name.clone(), value.to_json()))
        .collect();
    let known = private
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_ref()?.to_json())));
    (
        "case.fields",
        json!({"fields": open}),
        known.chain(private_reason(reason)).collect(),
    )
}

fn private_reason(reason: &Reason) -> Map<String, Json> {
    reason
        .iter()
        .map(|r| (REASON.to_owned(), json!(r)))
        .collect()
}

/// Member of the private part that says why an act was done; no field is called so.
const REASON: &str = "why";

fn put(body: &mut Json, name: &str, value: Option<impl Serialize>) {
    if let Some(value) = value {
        body[name] = json!(value);
    }
}

fn object(json: Json) -> Map<String, Json> {
    if let Json::Object(map) = json {
        map
    } else {
        Map::new()
    }
}

struct Reader<'a> {
    body: &'a Map<String, Json>,
    private: Option<&'a Map<String, Json>>,
}

impl<'a> Reader<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.body.get(name)?.as_str()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.body.get(name)?.as_u64()
    }

    fn attempt(&self) -> Option<u32> {
        self.number("attempt")?.try_into().ok()
    }

    fn id<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }

    /// None inside: the member is absent. None outside: it is there and wrong.
    fn optional_id<T: FromStr>(&self, name: &str) -> Option<Option<T>> {
        if self.body.contains_key(name) {
            self.id(name).map(Some)
        } else {
            Some(None)
        }
    }

    fn typed<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.body.get(name)?).ok()
    }

    fn subject(&self) -> Option<Subject> {
        match self.text("subject")? {
            "officers" => Some(Subject::Officers),
            "party" => Some(Subject::Party),
            _ => None,
        }
    }

    fn reason(&self) -> Reason {
        self.private?.get(REASON)?.as_str().map(str::to_owned)
    }

    fn open_fields(&self) -> Option<BTreeMap<String, Value>> {
        self.body
            .get("fields")?
            .as_object()?
            .iter()
            .map(|(name, json)| Some((name.clone(), Value::from_json(json)?)))
            .collect()
    }

    /// Fields that the journal committed to, with the values that were not erased.
    fn private_fields(&self) -> Option<BTreeMap<String, Option<Value>>> {
        let committed = self
            .body
            .get("private")
            .and_then(Json::as_object)
            .into_iter()
            .flat_map(Map::keys);
        let mut fields: BTreeMap<String, Option<Value>> = committed
            .filter(|n| *n != REASON)
            .map(|n| (n.clone(), None))
            .collect();
        for (name, json) in self
            .private
            .into_iter()
            .flatten()
            .filter(|(n, _)| *n != REASON)
        {
            fields.insert(name.clone(), Some(Value::from_json(json)?));
        }
        Some(fields)
    }
}
