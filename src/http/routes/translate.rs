//! From what the database holds to what the API says.

use ids::UtcMillis;

use crate::dto;
use crate::store::{self, Page};

impl From<store::Unit> for dto::Unit {
    fn from(unit: store::Unit) -> Self {
        Self {
            id: unit.id,
            name: unit.name,
            short_name: unit.short_name,
            parent_id: unit.parent_id,
            review_authority: unit.review_authority,
            bank: unit.bank,
        }
    }
}

impl From<store::Account> for dto::User {
    fn from(account: store::Account) -> Self {
        Self {
            id: account.id,
            login: account.login,
            name: account.name,
            role: account.role,
            unit: dto::UnitRef {
                id: account.unit.id,
                name: account.unit.name,
                short_name: account.unit.short_name,
            },
            badge_no: account.badge_no,
            qualified: account.qualified,
            police_type: account.police_type,
            disabled: account.disabled,
            created_at: account.created_at,
        }
    }
}

impl<T, U: From<T>> From<Page<T>> for dto::Page<U> {
    fn from(page: Page<T>) -> Self {
        Self {
            items: page.items.into_iter().map(U::from).collect(),
            next: page.next,
        }
    }
}

impl From<store::DueDate> for dto::Deadline {
    fn from(due: store::DueDate) -> Self {
        Self {
            key: due.key,
            due_at: due.due_at,
            done: due.done,
        }
    }
}

impl From<store::Case> for dto::Case {
    fn from(case: store::Case) -> Self {
        Self {
            id: case.id,
            procedure: case.procedure,
            state: case.state,
            place: dto::Place {
                lon: case.facts.lon,
                lat: case.facts.lat,
                accuracy_m: case.facts.accuracy_m,
                text: case.facts.place_text,
            },
            plate: case.facts.plate,
            violation_text: case.facts.violation_text,
            party_name_masked: case.facts.party_name.as_deref().map(mask_name),
            officer: case.officer.person(),
            sid: case.sid,
            doc_no: case.doc_no,
            created_at: case.created_at,
            decided_at: case.decided_at,
            deadlines: case.deadlines.into_iter().map(Into::into).collect(),
        }
    }
}

/// 王小明 → 王**.
fn mask_name(name: &str) -> String {
    name.chars()
        .enumerate()
        .map(|(n, c)| if n == 0 { c } else { '*' })
        .collect()
}

/// A session as lists show it at `now`.
pub(super) fn session_summary(session: store::Session, now: UtcMillis) -> dto::SessionSummary {
    let row = session.row;
    let until = row.ended_at.unwrap_or(now).as_millis();
    let sealed = match row.state {
        store::SessionState::Sealed | store::SessionState::Abandoned => true,
        store::SessionState::Queued
        | store::SessionState::Ringing
        | store::SessionState::Live
        | store::SessionState::Interrupted
        | store::SessionState::Cancelled => false,
    };
    dto::SessionSummary {
        sid: row.sid,
        session_no: row.session_no,
        case_id: row.case_id,
        procedure: row.procedure,
        state: row.state,
        officer: row.officer,
        seat: row.seat,
        opened_at: row.opened_at,
        sealed_at: row.ended_at.filter(|_| sealed),
        duration_ms: u64::try_from(until - row.opened_at.as_millis()).unwrap_or(0),
        gaps: row.gaps,
        gap_ms: row.gap_ms,
        decision: row.doc_no.map(|doc_no| dto::DecisionRef {
            doc_no,
            penalty_text: row.penalty_text.unwrap_or_default(),
        }),
        verdict: session.verdict.map(|verdict| dto::VerdictRef {
            verdict: verdict.verdict,
            completeness: verdict.completeness,
            at: verdict.at,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_masked_but_for_their_first_character() {
        assert_eq!(mask_name("王小明"), "王**");
        assert_eq!(mask_name("乌"), "乌");
        assert_eq!(mask_name(""), "");
    }
}
