//! The shapes that a procedure's file is written in, and their way into the types.

use serde::Deserialize;

use crate::context::Role;
use crate::procedure::{
    CatalogueColumn, Check, Choices, Condition, Field, FieldKind, Guard, Need, OnFail, Predicate,
    ScriptRef,
};
use crate::statute::StatuteRef;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNeed {
    one_of: Option<Vec<RawField>>,
    field: Option<String>,
    r#type: Option<FieldKind>,
    required: Option<bool>,
    values: Option<Vec<String>>,
    values_from: Option<String>,
    min: Option<u64>,
    max: Option<u64>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    field: String,
    r#type: FieldKind,
    required: bool,
    values: Option<Vec<String>>,
    values_from: Option<String>,
    min: Option<u64>,
    max: Option<u64>,
    note: Option<String>,
}

impl TryFrom<RawNeed> for Need {
    type Error = String;

    fn try_from(raw: RawNeed) -> Result<Self, String> {
        match (raw.one_of, raw.field, raw.r#type, raw.required) {
            (Some(fields), None, None, None) if fields.len() > 1 => Ok(Self::OneOf(
                fields
                    .into_iter()
                    .map(Field::try_from)
                    .collect::<Result<_, _>>()?,
            )),
            (None, Some(field), Some(kind), Some(required)) => {
                let RawNeed {
                    values,
                    values_from,
                    min,
                    max,
                    note,
                    ..
                } = raw;
                Field::try_from(RawField {
                    field,
                    r#type: kind,
                    required,
                    values,
                    values_from,
                    min,
                    max,
                    note,
                })
                .map(Self::One)
            }
            (_, field, _, _) => Err(format!(
                "need {field:?} is neither one field nor one_of several"
            )),
        }
    }
}

impl TryFrom<RawField> for Field {
    type Error = String;

    fn try_from(raw: RawField) -> Result<Self, String> {
        let choices = match (raw.values, raw.values_from.as_deref()) {
            (None, None) => Choices::Any,
            (Some(values), None) => Choices::Listed(values),
            (None, Some("violations_traffic.csv:code")) => {
                Choices::Catalogue(CatalogueColumn::Code)
            }
            (None, Some("violations_traffic.csv:variant")) => {
                Choices::Catalogue(CatalogueColumn::Variant)
            }
            (None, Some(file)) => match file
                .strip_prefix("codes/")
                .and_then(|f| f.strip_suffix(".csv"))
            {
                Some(name) => Choices::Codes(name.to_owned()),
                None => return Err(format!("values_from {file} is not a known table")),
            },
            (Some(_), Some(_)) => {
                return Err(format!("{}: both values and values_from", raw.field));
            }
        };
        if (choices == Choices::Any) == (raw.r#type == FieldKind::Enum) {
            return Err(format!(
                "{}: exactly the enum fields have values",
                raw.field
            ));
        }
        Ok(Self {
            name: raw.field,
            kind: raw.r#type,
            required: raw.required,
            choices,
            min: raw.min,
            max: raw.max,
            note: raw.note,
        })
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawScriptRef {
    Always(String),
    AnyOf(RawAnyOf),
    When(RawWhen),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAnyOf {
    any_of: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWhen {
    when: Condition,
    id: String,
}

impl TryFrom<RawScriptRef> for ScriptRef {
    type Error = String;

    fn try_from(raw: RawScriptRef) -> Result<Self, String> {
        match raw {
            RawScriptRef::Always(id) => Ok(Self::Always(id)),
            RawScriptRef::AnyOf(RawAnyOf { any_of }) if any_of.is_empty() => {
                Err("any_of is empty".to_owned())
            }
            RawScriptRef::AnyOf(RawAnyOf { any_of }) => Ok(Self::AnyOf(any_of)),
            RawScriptRef::When(RawWhen { when, id }) => Ok(Self::When(when, id)),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGuard {
    id: String,
    check: RawCheck,
    #[serde(default)]
    args: Args,
    #[serde(default)]
    confirmed_by: Vec<Role>,
    zh: String,
    en: String,
    basis: Vec<StatuteRef>,
    on_fail: String,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum RawCheck {
    Machine,
    Human,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Args {
    n: Option<u32>,
    yuan: Option<u32>,
    years: Option<u8>,
    key: Option<String>,
    only_if: Option<Condition>,
    unless: Option<Condition>,
}

impl TryFrom<RawGuard> for Guard {
    type Error = String;

    fn try_from(raw: RawGuard) -> Result<Self, String> {
        let check = match raw.check {
            RawCheck::Machine => Check::Machine(predicate(&raw.id, &raw.args)?),
            RawCheck::Human => Check::Human {
                confirmed_by: raw.confirmed_by,
            },
        };
        let on_fail = match raw.on_fail.as_str() {
            "block" => OnFail::Block,
            "wait" => OnFail::Wait,
            "repeat_step" => OnFail::RepeatStep,
            "overdue" => OnFail::Overdue,
            // Step ids begin with S and two digits; everything else is the name of an exit. Both are looked up later.
            other
                if other.starts_with('S')
                    && other
                        .get(1..3)
                        .is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit())) =>
            {
                OnFail::Step(other.to_owned())
            }
            other => OnFail::Exit(other.to_owned()),
        };
        let Args {
            only_if, unless, ..
        } = raw.args;
        Ok(Self {
            id: raw.id,
            check,
            only_if,
            unless,
            zh: raw.zh,
            en: raw.en,
            basis: raw.basis,
            on_fail,
        })
    }
}

fn predicate(id: &str, args: &Args) -> Result<Predicate, String> {
    let missing = |name: &str| format!("guard {id} needs the argument {name}");
    Ok(match id {
        "seat_available" => Predicate::SeatAvailable,
        "recorder_healthy" => Predicate::RecorderHealthy,
        "both_legs_recorded" => Predicate::BothLegsRecorded,
        "qualified_officers_at_least" => Predicate::QualifiedOfficersAtLeast {
            n: args.n.ok_or_else(|| missing("n"))?,
        },
        "recording_notice_given" => Predicate::RecordingNoticeGiven,
        "party_age_at_least" => Predicate::PartyAgeAtLeast {
            years: args.years.ok_or_else(|| missing("years"))?,
        },
        "evidence_items_at_least" => Predicate::EvidenceItemsAtLeast {
            n: args.n.ok_or_else(|| missing("n"))?,
        },
        "violation_on_spot_allowed" => Predicate::ViolationOnSpotAllowed,
        "fine_within_statute" => Predicate::FineWithinStatute,
        "fine_at_most" => Predicate::FineAtMost {
            yuan: args.yuan.ok_or_else(|| missing("yuan"))?,
        },
        "penalty_only_warning_or_fine" => Predicate::PenaltyOnlyWarningOrFine,
        "points_below_full" => Predicate::PointsBelowFull,
        "script_read_to_end" => Predicate::ScriptReadToEnd,
        "no_gap_in_step" => Predicate::NoGapInStep,
        "defence_heard_or_waived" => Predicate::DefenceHeardOrWaived,
        "penalty_not_heavier_after_defence" => Predicate::PenaltyNotHeavierAfterDefence,
        "upheld_defence_followed" => Predicate::UpheldDefenceFollowed,
        "reviewer_not_editor" => Predicate::ReviewerNotEditor,
        "recorded_steps_complete" => Predicate::RecordedStepsComplete,
        "review_approved" => Predicate::ReviewApproved,
        "notice_matches_decision" => Predicate::NoticeMatchesDecision,
        "reconsideration_text_printed" => Predicate::ReconsiderationTextPrinted,
        "signature_or_refusal" => Predicate::SignatureOrRefusal,
        "electronic_delivery_agreed" => Predicate::ElectronicDeliveryAgreed,
        "papers_returned" => Predicate::PapersReturned,
        "no_missing_segment" => Predicate::NoMissingSegment,
        "within_deadline" => Predicate::WithinDeadline {
            key: args.key.clone().ok_or_else(|| missing("key"))?,
        },
        "cash_only_where_allowed" => Predicate::CashOnlyWhereAllowed,
        unknown => return Err(format!("no machine guard is called {unknown}")),
    })
}
