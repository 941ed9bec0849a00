//! The decision: drafted by the rules, typeset with the newest head, stored, and only then made.

use std::sync::Arc;

use casework::Act;
use casework::act::{Head, Issue, Mark};
use casework::document::{DecisionDraft, DocumentNumber};
use ids::{DocId, UtcMillis};
use integrity::body::Body;

use super::acts::{file_ref, refused};
use super::{Dirty, Session};
use crate::app::Error;
use crate::app::evidence::archive::Archive;
use crate::app::people::case_actor;
use crate::documents;
use crate::dto;
use crate::journal::Keep;
use crate::store::Principal;

/// Where the case's record keeps the text of the decision.
const TEXT: &str = "decision_text";

/// A decision that is typeset before it is made.
#[derive(Debug)]
pub(crate) struct Drafted {
    draft: DecisionDraft,
    url: String,
}

impl Drafted {
    /// The document. Typesetting takes its time, and the session goes on meanwhile.
    pub(crate) async fn typeset(
        &self,
        typesetter: Arc<documents::Typesetter>,
    ) -> Result<Vec<u8>, Error> {
        let (draft, url) = (self.draft.clone(), self.url.clone());
        let pdf = tokio::task::spawn_blocking(move || typesetter.decision(&draft, &url))
            .await
            .map_err(|error| Error::Internal(error.to_string()))?;
        pdf.map_err(|error: documents::Error| Error::Internal(error.to_string()))
    }
}

impl Session {
    /// What the decision will say, with its number and the head it prints. Refused as long as it may not be made;
    /// everything recorded up to `asked_us` must be committed.
    pub(crate) async fn draft_to_issue(
        &mut self,
        who: &Principal,
        asked_us: u64,
    ) -> Result<Drafted, Error> {
        self.check_committed(asked_us)?;
        let day = day_in_shanghai(super::now());
        let probe = Head {
            size: self.size,
            root: self.root.clone(),
        };
        // Asked first with a number that is never given out, so that a refusal uses none up.
        self.redraft(who, &DocumentNumber::new(day, 0), &probe)?;
        let serial = self
            .parts
            .next_document_serial(&day.strftime("%Y%m%d").to_string())
            .await?;
        let number = DocumentNumber::new(day, serial);
        // The head that the document prints is kept for good, so that either one found alone leads to the other.
        let head = self.append(Vec::new(), Keep::ForGood).await?.head;
        let printed = Head {
            size: head.size,
            root: head.root.to_string(),
        };
        let draft = self.redraft(who, &number, &printed)?;
        let text = serde_json::to_value(decision_text(&draft))
            .map_err(|error| Error::Internal(error.to_string()))?;
        // Kept before the decision is made: what was made can always be read.
        self.record.facts.fields.insert(TEXT.to_owned(), text);
        self.dirty.insert(Dirty::Case);
        let url = format!(
            "{}/receipt/{}#{}",
            self.parts.public_url,
            self.sid,
            integrity::receipt::head_fragment(head)
        );
        Ok(Drafted { draft, url })
    }

    fn redraft(
        &self,
        who: &Principal,
        number: &DocumentNumber,
        head: &Head,
    ) -> Result<DecisionDraft, Error> {
        let context = self.context(case_actor(who));
        self.case
            .draft_decision(number, self.sid, head, &context)
            .map_err(|refusal| refused(&refusal))
    }

    /// Makes the decision that was drafted, if it would still read the same. Everything recorded up to `asked_us` must
    /// be committed.
    pub(crate) async fn issue(
        &mut self,
        who: &Principal,
        drafted: Drafted,
        pdf: Vec<u8>,
        asked_us: u64,
    ) -> Result<dto::Issued, Error> {
        self.check_committed(asked_us)?;
        let draft = drafted.draft;
        let number = draft.number.clone();
        if self.redraft(who, &number, &draft.head)? != draft {
            return Err(Error::Conflict {
                zh: "文书排版期间案情有变动，请核对后再次作出决定。".to_owned(),
                en: "The case changed while the document was typeset; check it and decide again."
                    .to_owned(),
            });
        }
        let doc: DocId = format!("decision_{}", uuid::Uuid::now_v7().simple())
            .parse()
            .map_err(|_| Error::Internal("a document's id".to_owned()))?;
        let file = file_ref(&format!("documents/{number}.pdf"), &pdf);
        let issue = Issue {
            number,
            doc: doc.clone(),
            file: file.clone(),
            head: draft.head,
            officer_mark: Mark::Stamp,
            second_mark: Mark::Stamp,
            seal: Mark::Stamp,
        };
        let act = Act::IssueDecision(Box::new(issue));
        self.may(who, &act)?;
        self.add_file(&file.file, pdf).await?;
        self.act(who, act, Keep::ForGood).await?;
        Ok(dto::Issued {
            decision: self.decision().await?,
            view: self.view(who)?,
        })
    }

    /// What isn't durable doesn't count. While something is broken the rules refuse, with their reason.
    pub(super) fn check_committed(&self, asked_us: u64) -> Result<(), Error> {
        let covered = self.status.covered_us(self.now_us());
        if covered.is_none_or(|us| us >= asked_us) {
            return Ok(());
        }
        Err(Error::Conflict {
            zh: "刚才的录音录像尚未写入，请稍候再试。".to_owned(),
            en: "What was just recorded is not committed yet; try again in a moment.".to_owned(),
        })
    }

    /// The decision as it would read now; none as long as it may not be made.
    pub(super) fn draft_text(&self) -> Option<dto::DecisionText> {
        let number = DocumentNumber::new(day_in_shanghai(super::now()), 0);
        let head = Head {
            size: self.size,
            root: self.root.clone(),
        };
        let context = self.context(casework::Actor::new(
            casework::Role::Officer,
            self.officer.id.to_string(),
        ));
        let draft = self
            .case
            .preview_decision(&number, self.sid, &head, &context)?;
        Some(dto::DecisionText {
            doc_no: None,
            // Not decided yet.
            penalty: format!("拟处以{}", draft.penalty_text),
            ..decision_text(&draft)
        })
    }

    /// The draft, for who is to read it.
    pub(crate) fn draft(&self) -> Result<dto::DecisionText, Error> {
        self.draft_text().ok_or(Error::NotFound)
    }

    /// The text of the decision that was made, as the case's record keeps it beside the document.
    fn made_text(&self) -> Result<dto::DecisionText, Error> {
        let text = self
            .record
            .facts
            .fields
            .get(TEXT)
            .cloned()
            .ok_or(Error::NotFound)?;
        serde_json::from_value(text).map_err(|error| Error::Internal(error.to_string()))
    }

    /// The decision that was made, with what became of it.
    pub(crate) async fn decision(&self) -> Result<dto::Decision, Error> {
        let made = self.case.decision().ok_or(Error::NotFound)?.clone();
        let archive = Archive::read(self.parts.journal.dir(self.sid), self.sid).await?;
        let mut issued_at: Option<UtcMillis> = None;
        let mut signed = None;
        let mut delivered = None;
        for line in &archive.lines {
            let entry = &line.entry;
            let at = entry.time;
            match Body::parse(&entry.kind, &entry.body) {
                Ok(Body::DecisionMade(_)) => issued_at = Some(at),
                Ok(Body::PartySigned(_)) => {
                    signed = Some(dto::SignedNote {
                        kind: "signed".to_owned(),
                        at,
                        reason: None,
                    })
                }
                Ok(Body::PartyRefused(_)) => {
                    signed = Some(dto::SignedNote {
                        kind: "refused".to_owned(),
                        at,
                        reason: None,
                    })
                }
                _ if entry.kind == "delivery.made" => {
                    let paper = entry.body.get("method").and_then(|m| m.as_str()) == Some("paper");
                    let method = if paper {
                        dto::DeliveryMethod::Paper
                    } else {
                        dto::DeliveryMethod::Electronic
                    };
                    delivered = Some(dto::DeliveredNote {
                        method,
                        at,
                        reason: None,
                    });
                }
                _ if entry.kind == "delivery.refused" => {
                    delivered = Some(dto::DeliveredNote {
                        method: dto::DeliveryMethod::Refused,
                        at,
                        reason: None,
                    });
                }
                _ => {}
            }
        }
        Ok(dto::Decision {
            decision: made.number.to_string(),
            doc_no: made.number.to_string(),
            issued_at: issued_at.ok_or(Error::NotFound)?,
            sha256: made.doc_sha256.clone(),
            head: dto::Head {
                size: made.head.size,
                root: made.head.root.clone(),
            },
            url: format!("/api/v1/sessions/{}/documents/{}", self.sid, made.doc),
            text: self.made_text()?,
            doc: made.doc,
            signed,
            delivered,
        })
    }
}

/// The text of a draft as screens show it.
pub(super) fn decision_text(draft: &DecisionDraft) -> dto::DecisionText {
    let person = &draft.person;
    let vehicle = &draft.vehicle;
    let line = |label: &str, value: &Option<String>| {
        value.as_ref().map(|value| dto::LabelledValue {
            label: label.to_owned(),
            value: value.clone(),
        })
    };
    let party = [
        line("被处罚人", &Some(person.name.clone())),
        line("证件种类", &Some(person.document.clone())),
        line("证件号码", &Some(person.number.clone())),
        line("档案编号", &person.licence_file_no),
        line("发证机关", &person.licence_authority),
        line("准驾车型", &person.licence_class),
        line("联系方式", &person.contact),
        line("监护人", &person.guardian),
        line("车辆牌号", &vehicle.plate),
        line("号牌种类", &vehicle.plate_type),
        line("车辆类型", &vehicle.kind),
    ];
    // One sentence on paper; screens show its parts, and put points behind the penalty.
    let (facts, rest) = split(&draft.finding, "，违反");
    let (basis, penalty) = split(rest, "，决定");
    let remarks: Vec<_> = std::iter::once(draft.defence.as_str())
        .chain(draft.remarks.iter().map(String::as_str))
        .collect();
    dto::DecisionText {
        issuer: draft.issuer.clone(),
        title: draft.title.to_owned(),
        doc_no: Some(draft.number.to_string()),
        party: party.into_iter().flatten().collect(),
        facts: format!("{facts}。"),
        basis: format!("{basis}。"),
        penalty: penalty.trim_end_matches('。').to_owned(),
        points: draft.points_text.clone(),
        pay: draft.payment.as_ref().map(|payment| payment.text.clone()),
        remedy: draft.remedy.clone(),
        place: draft.place.clone(),
        remarks: Some(format!("{}。", remarks.join("；"))),
    }
}

/// A sentence before a clause and from it on, without the comma between.
fn split<'s>(sentence: &'s str, clause: &str) -> (&'s str, &'s str) {
    match sentence.find(clause) {
        Some(at) => (&sentence[..at], &sentence[at + "，".len()..]),
        None => (sentence, ""),
    }
}

/// The day of a wall-clock time in Asia/Shanghai, UTC+8 without daylight saving.
fn day_in_shanghai(at: UtcMillis) -> jiff::civil::Date {
    let local = at.as_millis() + 8 * 60 * 60 * 1000;
    let timestamp = jiff::Timestamp::from_millisecond(local).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    jiff::tz::Offset::UTC.to_datetime(timestamp).date()
}
