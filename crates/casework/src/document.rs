//! 公安交通管理简易程序处罚决定书 as data: every field of the paper (道路交通安全违法行为处理程序规定:45), typeset elsewhere.

use std::fmt;
use std::str::FromStr;

use ids::{Sid, UtcMillis};
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::act::Head;
use crate::calendar::{day_zh, minute_zh, shanghai};
use crate::case::state::Defence;
use crate::case::{Case, FULL_POINTS};
use crate::context::{Context, Officer, Rank, Role, SignOff};
use crate::error::Refusal;
use crate::penalty::Penalty;
use crate::procedure::{Check, Predicate};
use crate::statute;

/// Provisional number of a document, `LX-YYYYMMDD-nnnnnn`; the final one comes from the authority's own platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentNumber(String);

/// A text that is not a document number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a document number (LX-YYYYMMDD-nnnnnn)")]
pub struct BadNumber {
    /// What was read.
    pub found: String,
}

impl DocumentNumber {
    /// The `serial`th document of that day.
    pub fn new(day: Date, serial: u32) -> Self {
        Self(format!(
            "LX-{:04}{:02}{:02}-{serial:06}",
            day.year(),
            day.month(),
            day.day()
        ))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The day inside it.
    pub fn day(&self) -> Date {
        day_of(&self.0).expect("checked when it was made")
    }
}

fn day_of(text: &str) -> Option<Date> {
    let (day, serial) = text.strip_prefix("LX-")?.split_once('-')?;
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(day, 8) || !digits(serial, 6) {
        return None;
    }
    Date::new(
        day[..4].parse().ok()?,
        day[4..6].parse().ok()?,
        day[6..].parse().ok()?,
    )
    .ok()
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DocumentNumber {
    type Err = BadNumber;

    fn from_str(s: &str) -> Result<Self, BadNumber> {
        if day_of(s).is_some() {
            Ok(Self(s.to_owned()))
        } else {
            Err(BadNumber {
                found: s.chars().take(80).collect(),
            })
        }
    }
}

impl Serialize for DocumentNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DocumentNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// What stands on the decision. Empty optional fields are printed as an empty line, never invented.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionDraft {
    /// Title of the document.
    pub title: &'static str,
    /// 未经法制核对, where the tables behind it are not signed off.
    pub mark: Option<&'static str>,
    /// Issuing office.
    pub issuer: String,
    /// Number, also as barcode.
    pub number: DocumentNumber,
    /// Session that recorded it.
    pub sid: Sid,
    /// Newest head of its log, also as QR.
    pub head: Head,
    /// The head as a person copies it: `size/first 32 hex of root`.
    pub head_short: String,
    /// 被处罚人.
    pub person: Person,
    /// The vehicle.
    pub vehicle: Vehicle,
    /// Code of the violation.
    pub code: String,
    /// When, in words.
    pub time: String,
    /// Where.
    pub place: String,
    /// The sentence that finds and decides.
    pub finding: String,
    /// The penalty.
    pub penalty: Penalty,
    /// The penalty in words.
    pub penalty_text: String,
    /// Points; none for people without a licence at stake.
    pub points: Option<u8>,
    /// `记1分`.
    pub points_text: Option<String>,
    /// 临界告知, where nine points or more are reached.
    pub points_warning: Option<String>,
    /// Where and by when to pay; none with a warning.
    pub payment: Option<Payment>,
    /// What the party may do against it: reconsideration first (行政复议法:23).
    pub remedy: String,
    /// Whether the party was heard.
    pub defence: String,
    /// Both officers, who sign or stamp.
    pub officers: Vec<SigningOfficer>,
    /// 备注; refusals are noted here by hand or by a note of their own.
    pub remarks: Vec<String>,
    /// Day of the decision, in words.
    pub day: String,
    /// The attempt at notice that it rests on.
    pub notice_attempt: u32,
    /// Digest of the violations table used.
    pub catalogue_sha256: String,
}

/// 被处罚人.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Kind of document, in words.
    pub document: String,
    /// Number of the document or of the driving licence.
    pub number: String,
    /// 驾驶证档案编号.
    pub licence_file_no: Option<String>,
    /// 发证机关.
    pub licence_authority: Option<String>,
    /// 准驾车型.
    pub licence_class: Option<String>,
    /// 联系方式.
    pub contact: Option<String>,
    /// 监护人, of a person under eighteen.
    pub guardian: Option<String>,
}

/// The vehicle.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Vehicle {
    /// 车辆牌号.
    pub plate: Option<String>,
    /// 号牌种类, in words.
    pub plate_type: Option<String>,
    /// 车辆类型, in words.
    pub kind: Option<String>,
}

/// How to pay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Payment {
    /// The sentence.
    pub text: String,
    /// The last moment, if the decision is received today.
    pub due: UtcMillis,
}

/// Who signs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SigningOfficer {
    /// Handle in the log.
    pub handle: String,
    /// On site or at the seat.
    pub role: Role,
    /// Name.
    pub name: String,
    /// 警号.
    pub number: String,
    /// Unit.
    pub unit: String,
}

impl Case<'_> {
    /// The decision as it would be made now, to be typeset, stored and then made by
    /// [`Act::IssueDecision`](crate::Act::IssueDecision). Refused as long as it may not be made.
    pub fn draft_decision(
        &self,
        number: &DocumentNumber,
        sid: Sid,
        head: &Head,
        context: &Context,
    ) -> Result<DecisionDraft, Refusal> {
        self.check_decidable(context)?;
        if number.day() != shanghai(context.now).date() {
            return Err(Refusal::DocumentNumber {
                number: number.to_string(),
            });
        }
        self.compose_decision(number, sid, head, context)
    }

    /// What would stand on the decision, whether or not it may be made.
    pub(crate) fn compose_decision(
        &self,
        number: &DocumentNumber,
        sid: Sid,
        head: &Head,
        context: &Context,
    ) -> Result<DecisionDraft, Refusal> {
        let text = |field: &str| self.state.text(field).map(str::to_owned);
        let needed = |field: &str| text(field).ok_or_else(|| self.lacks(field));
        let (violation, penalty) = self
            .violation()
            .zip(self.penalty())
            .ok_or_else(|| self.lacks("violation_code"))?;
        let time = minute_zh(
            self.time("violation_time")
                .ok_or_else(|| self.lacks("violation_time"))?,
        );
        let place = needed("place_text")?;
        let named = |table: &str, field: &str| {
            text(field).and_then(|code| self.tables.code_name(table, &code).map(str::to_owned))
        };
        let finding = format!(
            "被处罚人于{time}，在{place}实施{}违法行为（代码{}），违反{}，依据{}，决定处以{penalty}。",
            needed("facts")?,
            violation.code,
            statute::join_formal(&violation.violates),
            needed("legal_basis")?,
        );
        let points = self.points();
        Ok(DecisionDraft {
            title: "公安交通管理简易程序处罚决定书",
            mark: match context.sign_off {
                SignOff::Demo => Some("未经法制核对"),
                SignOff::Rows(_) => None,
            },
            issuer: context.office.issuer.clone(),
            number: number.clone(),
            sid,
            head: head.clone(),
            head_short: format!(
                "{}/{}",
                head.size,
                head.root.get(..32).unwrap_or(&head.root)
            ),
            person: Person {
                name: needed("party_name")?,
                document: named("id_doc_types_traffic", "id_doc_type")
                    .ok_or_else(|| self.lacks("id_doc_type"))?,
                number: text("id_no")
                    .or_else(|| text("licence_no"))
                    .ok_or_else(|| self.lacks("id_no"))?,
                licence_file_no: text("licence_file_no"),
                licence_authority: text("licence_authority"),
                licence_class: text("licence_class"),
                contact: text("contact"),
                guardian: text("guardian_name"),
            },
            vehicle: Vehicle {
                plate: text("plate"),
                plate_type: named("plate_types", "plate_type"),
                kind: named("vehicle_types", "vehicle_type"),
            },
            code: violation.code.clone(),
            time,
            place,
            finding,
            penalty,
            penalty_text: penalty.to_string(),
            points,
            points_text: points.map(|p| format!("记{p}分")),
            points_warning: self.points_warning(),
            payment: self.payment(penalty, context),
            remedy: self
                .remedy_text(context)
                .ok_or_else(|| self.lacks("review_authority"))?,
            defence: self.defence_text(),
            officers: self
                .deciding_officers(context)
                .map(|o| SigningOfficer {
                    handle: o.handle.clone(),
                    role: o.role,
                    name: o.name.clone(),
                    number: o.number.clone(),
                    unit: o.unit.clone(),
                })
                .collect(),
            remarks: Vec::new(),
            day: day_zh(number.day()),
            notice_attempt: self.state.notice.as_ref().map_or(0, |n| n.attempt),
            catalogue_sha256: self.tables.catalogue.digest.clone(),
        })
    }

    fn lacks(&self, field: &str) -> Refusal {
        match self.procedure.steps.get(self.decision_position()) {
            Some(step) => Refusal::NeedsMissing {
                step: step.id.clone(),
                fields: vec![field.to_owned()],
            },
            None => Refusal::NoDecision,
        }
    }

    /// Both officers: on site first. Auxiliaries never sign (行政处罚法:42.1).
    pub(crate) fn deciding_officers<'c>(
        &self,
        context: &'c Context,
    ) -> impl Iterator<Item = &'c Officer> + use<'c> {
        let of = |role| {
            context
                .officers
                .iter()
                .filter(move |o| o.role == role && o.rank == Rank::Qualified)
        };
        of(Role::Officer).chain(of(Role::Seat)).take(2)
    }

    /// 行政复议法:20.1, 23.1.1, 23.2; 行政诉讼法:45. None where nobody knows who reviews.
    pub(crate) fn remedy_text(&self, context: &Context) -> Option<String> {
        let authority = self.review_authority(context)?;
        Some(format!(
            "如不服本决定，应当自收到本决定书之日起六十日内先向{authority}申请行政复议；对行政复议决定不服的，\
             可以自收到复议决定书之日起十五日内依法向人民法院提起行政诉讼。"
        ))
    }

    /// 行政处罚法:67.3, 72.1.1; 道路交通安全法:108.1.
    fn payment(&self, penalty: Penalty, context: &Context) -> Option<Payment> {
        penalty.fine_yuan()?;
        let pays = self.procedure.steps.iter().find(|s| {
            s.guards.iter().any(|g| matches!(&g.check, Check::Machine(Predicate::WithinDeadline { key }) if key == "pay"))
        })?;
        let due = self
            .tables
            .deadline(pays.deadline.as_deref()?)?
            .due(context.now, &self.tables.calendar);
        let text = format!(
            "持本决定书在15日内到{}缴纳罚款（当场收到的，至{}止）。逾期不缴纳的，每日按罚款数额的3%加处罚款，加处罚款的数额不超过罚款的数额。",
            context.office.bank,
            day_zh(due.day()),
        );
        Some(Payment { text, due: due.at })
    }

    fn points_warning(&self) -> Option<String> {
        const NEAR_FULL_POINTS: u64 = 9;
        let total =
            self.state.number("points_so_far")? + u64::from(self.points().filter(|p| *p > 0)?);
        (total >= NEAR_FULL_POINTS)
            .then(|| format!("你在本记分周期内累积记分已达{total}分。满{FULL_POINTS}分的，将扣留机动车驾驶证，并应当参加满分学习、考试。"))
    }

    fn defence_text(&self) -> String {
        let reason = self
            .state
            .text("finding_reason")
            .map(|r| format!("：{r}"))
            .unwrap_or_default();
        match self.state.defence {
            Defence::Heard => format!("当事人已陈述、申辩，经复核不予采纳{reason}"),
            Defence::Waived => "当事人明确放弃陈述、申辩".to_owned(),
            // Not reachable: nothing is drafted unheard.
            Defence::Unheard => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_form_and_a_real_day() {
        let number = DocumentNumber::new(jiff::civil::date(2026, 11, 24), 7);
        assert_eq!(number.as_str(), "LX-20261124-000007");
        assert_eq!(number.as_str().parse(), Ok(number.clone()));
        assert_eq!(number.day(), jiff::civil::date(2026, 11, 24));
        for bad in [
            "",
            "LX-20261124-7",
            "LX-20261324-000007",
            "XX-20261124-000007",
            "LX-20261124-00000a",
            "LX-2026112é-000007",
        ] {
            assert!(bad.parse::<DocumentNumber>().is_err(), "{bad}");
        }
    }
}
