//! The procedure as the API shows it: the rules' own view, put into the API's words.

use std::collections::BTreeMap;

use casework::view::{
    AttemptState, FieldView, GuardCheck, GuardState, GuardView, NeedView, NextAction,
    SentenceState, StepState, StepView,
};
use casework::{Role, View};
use ids::StepId;

use super::Session;
use crate::app::people::case_actor;
use crate::app::{Error, LiveSession};
use crate::dto;
use crate::store::{CaseFacts, Principal};

/// What the screens' headings show of a case.
const FACTS: [&str; 12] = [
    "party_name",
    "id_no",
    "licence_no",
    "licence_class",
    "plate",
    "vehicle_type",
    "points_so_far",
    "place_text",
    "violation_time",
    "proposed_penalty",
    "proposed_fine_yuan",
    "points",
];

impl Session {
    /// The procedure with everything done so far, as `who` sees it.
    pub(crate) fn view(&self, who: &Principal) -> Result<dto::ProcedureView, Error> {
        let view = self.case.view(&self.context(case_actor(who)));
        let steps = view
            .steps
            .iter()
            .map(step_dto)
            .collect::<Result<Vec<_>, _>>()?;
        let exits = self.case.procedure().exits.iter().map(|exit| dto::Exit {
            id: exit.id.clone(),
            title_zh: exit.title_zh.clone(),
            title_en: exit.title_en.clone(),
            open: view.exits.iter().any(|open| open.id == exit.id),
        });
        Ok(dto::ProcedureView {
            procedure: view.procedure.clone(),
            title_zh: view.title.zh.clone(),
            title_en: view.title.en.clone(),
            version: view.version.clone(),
            state: view.state.clone(),
            sealed: self.is_over(),
            exits: exits.collect(),
            primary: primary(&view),
            facts: self.facts(&view),
            draft: self.draft_text(),
            steps,
        })
    }

    fn facts(&self, view: &View) -> BTreeMap<String, serde_json::Value> {
        let fields = view
            .steps
            .iter()
            .flat_map(|s| &s.needs)
            .flat_map(|n| &n.fields);
        let shown = fields
            .filter(|f| FACTS.contains(&f.field.as_str()))
            .filter_map(|f| Some((f.field.clone(), f.value.clone()?)));
        let mut facts: BTreeMap<_, _> = shown.collect();
        if let Some(violation) = &view.violation {
            facts.insert("violation_code".to_owned(), violation.code.clone().into());
            facts.insert("violation_text".to_owned(), violation.text.clone().into());
            facts.insert("fine_min".to_owned(), violation.fine_min.into());
            facts.insert("fine_max".to_owned(), violation.fine_max.into());
        }
        let named = facts
            .get("vehicle_type")
            .and_then(|code| self.parts.tables.code_name("vehicle_types", code.as_str()?));
        if let Some(name) = named {
            facts.insert("vehicle_type".to_owned(), name.into());
        }
        if let Some(penalty) = &view.penalty {
            facts.insert("proposed_penalty".to_owned(), penalty.zh.clone().into());
            facts.insert("penalty_text".to_owned(), penalty.zh.clone().into());
            if let Some(points) = penalty.points {
                facts.insert("points".to_owned(), points.into());
            }
        }
        facts.insert("turned_to_party".to_owned(), self.turned_to_party.into());
        facts
    }

    /// What the case's record keeps for lists and for the next call.
    pub(super) fn known_facts(&self) -> CaseFacts {
        let view = self
            .case
            .view(&self.context(casework::Actor::new(Role::Server, "rec-1")));
        let mut facts = self.record.facts.clone();
        let text = |name: &str| {
            let fields = view
                .steps
                .iter()
                .flat_map(|s| &s.needs)
                .flat_map(|n| &n.fields);
            fields
                .filter(|f| f.field == name)
                .find_map(|f| f.value.as_ref()?.as_str().map(str::to_owned))
        };
        facts.party_name = text("party_name").or(facts.party_name);
        facts.plate = text("plate").or(facts.plate);
        facts.plate_type = text("plate_type").or(facts.plate_type);
        if let Some(violation) = &view.violation {
            facts.violation_code = Some(violation.code.clone());
            facts.violation_variant = violation.variant.clone();
            facts.violation_text = Some(violation.text.clone());
        }
        if let Some(place) = text("place_text") {
            facts.place_text = place;
        }
        facts
    }

    /// A session with its people and the state of its recording.
    pub(crate) fn live(&self, who: &Principal) -> LiveSession {
        let roster = self
            .room
            .as_ref()
            .map(signaling::room::Room::roster)
            .unwrap_or_default();
        let participant = |entry: signaling::protocol::RosterEntry| {
            let musts = [
                signaling::protocol::Kind::Video,
                signaling::protocol::Kind::Audio,
            ];
            let must_record = musts
                .into_iter()
                .filter(|kind| self.status.must_record(&entry.participant, *kind))
                .collect();
            dto::Participant { entry, must_record }
        };
        let me = self
            .participant_of(&who.into())
            .map(|participant| dto::Own {
                role: participant.to_string(),
                participant,
            });
        LiveSession {
            participants: roster.into_iter().map(participant).collect(),
            integrity: self.integrity(),
            me,
        }
    }
}

fn step_dto(step: &StepView) -> Result<dto::Step, Error> {
    let id: StepId = step
        .id
        .parse()
        .map_err(|_| Error::Internal(format!("{} is not a step", step.id)))?;
    // What is still to be entered comes first: a guard that waits for it has not failed.
    let entering = step.missing.iter().any(|hint| !hint.fields.is_empty());
    let missing = |language: fn(&casework::view::Words) -> &String| {
        let shown = step
            .missing
            .iter()
            .filter(|hint| !entering || !hint.fields.is_empty());
        shown.map(|hint| language(&hint.words).clone()).collect()
    };
    let attempt = |a: &casework::view::AttemptView| dto::Attempt {
        attempt: a.number,
        state: match a.state {
            AttemptState::Running => dto::AttemptState::Running,
            AttemptState::Completed => dto::AttemptState::Completed,
            AttemptState::Invalid => dto::AttemptState::Invalid,
            AttemptState::Superseded => dto::AttemptState::Superseded,
        },
        started_us: a.started_us,
        ended_us: a.ended_us,
        reason: a.cause.map(str::to_owned),
    };
    let why = step.why_locked.as_ref().or(step.why_invalid.as_ref());
    Ok(dto::Step {
        id,
        number: step.number,
        title_zh: step.title.zh.clone(),
        title_en: step.title.en.clone(),
        actors: step
            .actors
            .iter()
            .map(|role| role.as_str().to_owned())
            .collect(),
        recorded: step.recorded,
        atomic: step.atomic,
        state: match step.state {
            StepState::Locked => dto::StepState::Locked,
            StepState::Open => dto::StepState::Open,
            StepState::Running => dto::StepState::Running,
            StepState::Completed => dto::StepState::Completed,
            StepState::Invalid => dto::StepState::Invalid,
        },
        attempt: step.attempt,
        attempts: step.attempts.iter().map(attempt).collect(),
        why_locked_zh: why.map(|w| w.zh.clone()),
        why_locked_en: why.map(|w| w.en.clone()),
        sentences: step
            .sentences
            .iter()
            .map(|sentence| dto::Sentence {
                id: sentence.id.clone(),
                // Who reads aloud may differ from whose words they are written as.
                speaker: match sentence.read_by.as_slice() {
                    [one] => one.as_str().to_owned(),
                    _ => sentence.speaker.as_str().to_owned(),
                },
                zh: sentence.words.zh.clone(),
                en: sentence.words.en.clone(),
                read: sentence.state == SentenceState::Read,
                read_us: None,
            })
            .collect(),
        needs: step
            .needs
            .iter()
            .enumerate()
            .flat_map(|(n, need)| need_dtos(n, need))
            .collect(),
        guards: step
            .guards
            .iter()
            .filter(|g| g.state != GuardState::NotApplicable)
            .map(guard_dto)
            .collect(),
        missing_zh: missing(|words| &words.zh),
        missing_en: missing(|words| &words.en),
    })
}

fn need_dtos(n: usize, need: &NeedView) -> Vec<dto::Need> {
    let group = (need.fields.len() > 1).then(|| u32::try_from(n).unwrap_or(u32::MAX));
    let field = |field: &FieldView| {
        let choice = |code: &String| dto::Choice {
            code: code.clone(),
            name: super::words::choice_label(&field.field, code).to_owned(),
        };
        let bound = |n: Option<u64>| n.and_then(|n| i64::try_from(n).ok());
        dto::Need {
            field: field.field.clone(),
            label_zh: field.label.zh.clone(),
            label_en: field.label.en.clone(),
            kind: serde_json::to_value(field.kind)
                .ok()
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default(),
            required: need.required,
            filled: field.filled,
            value: field
                .value
                .clone()
                .or_else(|| field.suggested.clone().filter(|_| !field.filled)),
            group,
            min: bound(field.min),
            max: bound(field.max),
            choices: (!field.choices.is_empty())
                .then(|| field.choices.iter().map(choice).collect()),
            choices_from: field.choices_from.as_ref().map(|table| {
                if table == "violations" {
                    table.clone()
                } else {
                    catalogue_name(table)
                }
            }),
        }
    };
    let entered = |f: &&FieldView| {
        f.source == casework::view::FieldSource::Entered
            || f.kind == casework::procedure::FieldKind::Media
    };
    need.fields.iter().filter(entered).map(field).collect()
}

/// The name under which the catalogue's choices list a code table.
fn catalogue_name(table: &str) -> String {
    if table.starts_with("id_doc_types") {
        "id_doc_types".to_owned()
    } else {
        table.to_owned()
    }
}

fn guard_dto(guard: &GuardView) -> dto::Guard {
    dto::Guard {
        id: guard.id.clone(),
        check: match guard.check {
            GuardCheck::Machine => "machine",
            GuardCheck::Human => "human",
        }
        .to_owned(),
        zh: guard.words.zh.clone(),
        en: guard.words.en.clone(),
        basis: guard.basis.clone(),
        state: match guard.state {
            GuardState::Holds | GuardState::NotApplicable => dto::GuardState::Holds,
            GuardState::Open => dto::GuardState::Open,
            GuardState::Fails => dto::GuardState::Fails,
        },
        confirm_by: guard
            .confirm_by
            .iter()
            .map(|role| role.as_str().to_owned())
            .collect(),
    }
}

fn primary(view: &View) -> Option<dto::Primary> {
    let act = match view.next.action {
        NextAction::StartStep | NextAction::RestartStep => "start",
        NextAction::ReadSentence => "sentence",
        NextAction::Enter | NextAction::ChangeFacts => "fields",
        NextAction::Capture => "capture",
        NextAction::Confirm => "confirm",
        NextAction::HearParty => "defence",
        NextAction::CompleteStep | NextAction::Release => "complete",
        NextAction::Review => "review",
        NextAction::Decide => "decision",
        NextAction::Sign => "signature",
        NextAction::Deliver => "delivery",
        NextAction::Leave => "exit",
        NextAction::Seal => "seal",
        NextAction::WaitForSeat
        | NextAction::WaitForRecording
        | NextAction::RestoreRecording
        | NextAction::File
        | NextAction::Pay
        | NextAction::Nothing => return None,
    };
    let step = view.next.step.clone().or_else(|| view.current.clone())?;
    Some(dto::Primary {
        step: step.parse().ok()?,
        act: act.to_owned(),
        label_zh: view.next.words.zh.clone(),
        label_en: view.next.words.en.clone(),
        // The server seals, but a person says when.
        by: if view.next.action == NextAction::Seal {
            vec!["officer".to_owned(), "seat".to_owned()]
        } else {
            view.next
                .by
                .iter()
                .map(|role| role.as_str().to_owned())
                .collect()
        },
    })
}
