//! From rows to what they mean, for both backends.

use ids::{ParticipantId, Sid, UtcMillis};
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{
    Access, Account, AuditRow, Case, CaseChange, CaseFacts, Error, Figures, Party, Principal, Role,
    Session, SessionRow, SessionState, Unit,
};

/// The few types of column there are; JSON and UUIDs come as text.
pub(super) trait Columns {
    fn text(&self, name: &'static str) -> Result<String, Error>;
    fn text_opt(&self, name: &'static str) -> Result<Option<String>, Error>;
    fn int(&self, name: &'static str) -> Result<i64, Error>;
    fn int_opt(&self, name: &'static str) -> Result<Option<i64>, Error>;
    fn flag(&self, name: &'static str) -> Result<bool, Error>;
}

macro_rules! columns {
    ($($row:ty),*) => {$(
        impl Columns for $row {
            fn text(&self, name: &'static str) -> Result<String, Error> {
                Ok(self.try_get(name)?)
            }
            fn text_opt(&self, name: &'static str) -> Result<Option<String>, Error> {
                Ok(self.try_get(name)?)
            }
            fn int(&self, name: &'static str) -> Result<i64, Error> {
                Ok(self.try_get(name)?)
            }
            fn int_opt(&self, name: &'static str) -> Result<Option<i64>, Error> {
                Ok(self.try_get(name)?)
            }
            fn flag(&self, name: &'static str) -> Result<bool, Error> {
                Ok(self.try_get(name)?)
            }
        }
    )*};
}

columns!(SqliteRow, PgRow);

fn parsed<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::corrupt(column, text))
}

fn json<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::corrupt(column, text))
}

fn opt<T>(
    value: Option<String>,
    parse: impl FnOnce(&str) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    value.as_deref().map(parse).transpose()
}

fn count<T: TryFrom<i64>>(column: &'static str, value: i64) -> Result<T, Error> {
    value
        .try_into()
        .map_err(|_| Error::corrupt(column, &value.to_string()))
}

pub(super) fn unit(row: &impl Columns) -> Result<Unit, Error> {
    Ok(Unit {
        id: parsed("units.id", &row.text("unit_id")?)?,
        name: row.text("unit_name")?,
        short_name: row.text("unit_short_name")?,
        parent_id: opt(row.text_opt("unit_parent_id")?, |id| {
            parsed("units.parent_id", id)
        })?,
        review_authority: row.text("unit_review_authority")?,
        bank: row.text("unit_bank")?,
    })
}

pub(super) fn account(row: &impl Columns) -> Result<Account, Error> {
    let role = row.text("role")?;
    Ok(Account {
        id: parsed("accounts.id", &row.text("id")?)?,
        login: row.text("login")?,
        name: row.text("name")?,
        role: Role::parse(&role).ok_or_else(|| Error::corrupt("accounts.role", &role))?,
        unit: unit(row)?,
        badge_no: row.text("badge_no")?,
        qualified: row.flag("qualified")?,
        police_type: row.text("police_type")?,
        disabled: row.flag("disabled")?,
        created_at: UtcMillis::from_millis(row.int("created_at")?),
    })
}

/// A token's row; `None`: it is an account's, which `account` then holds.
pub(super) fn party(row: &impl Columns) -> Result<Option<Party>, Error> {
    let (Some(sid), Some(participant)) = (row.text_opt("sid")?, row.text_opt("participant")?)
    else {
        return Ok(None);
    };
    let sid: Sid = parsed("tokens.sid", &sid)?;
    let participant: ParticipantId = parsed("tokens.participant", &participant)?;
    Ok(Some(Party { sid, participant }))
}

pub(super) fn access(principal: Principal, expires_at: i64) -> Access {
    Access {
        principal,
        expires_at: UtcMillis::from_millis(expires_at),
    }
}

pub(super) fn case(row: &impl Columns) -> Result<Case, Error> {
    Ok(Case {
        id: parsed("cases.id", &row.text("case_id")?)?,
        procedure: row.text("procedure")?,
        state: row.text("state")?,
        officer: account(row)?,
        facts: json("cases.facts", &row.text("facts")?)?,
        sid: opt(row.text_opt("sid")?, |sid| parsed("cases.sid", sid))?,
        doc_no: row.text_opt("doc_no")?,
        created_at: UtcMillis::from_millis(row.int("case_created_at")?),
        decided_at: row.int_opt("decided_at")?.map(UtcMillis::from_millis),
        deadlines: json("cases.deadlines", &row.text("deadlines")?)?,
    })
}

/// A case's facts and document number after `change`, from which its search text follows.
pub(super) fn case_search(
    row: &impl Columns,
    change: &CaseChange,
) -> Result<(CaseFacts, Option<String>), Error> {
    let facts = match &change.facts {
        Some(facts) => facts.clone(),
        None => json("cases.facts", &row.text("facts")?)?,
    };
    let doc_no = match &change.doc_no {
        Some(doc_no) => Some(doc_no.clone()),
        None => row.text_opt("doc_no")?,
    };
    Ok((facts, doc_no))
}

pub(super) fn session(row: &impl Columns) -> Result<Session, Error> {
    let state = row.text("state")?;
    let session = SessionRow {
        sid: parsed("sessions.sid", &row.text("sid")?)?,
        session_no: count("sessions.session_no", row.int("session_no")?)?,
        case_id: opt(row.text_opt("case_id")?, |id| {
            parsed("sessions.case_id", id)
        })?,
        procedure: row.text("procedure")?,
        state: SessionState::parse(&state)
            .ok_or_else(|| Error::corrupt("sessions.state", &state))?,
        officer: json("sessions.officer", &row.text("officer")?)?,
        seat: opt(row.text_opt("seat")?, |seat| json("sessions.seat", seat))?,
        opened_at: UtcMillis::from_millis(row.int("opened_at")?),
        ended_at: row.int_opt("ended_at")?.map(UtcMillis::from_millis),
        gaps: count("sessions.gaps", row.int("gaps")?)?,
        gap_ms: count("sessions.gap_ms", row.int("gap_ms")?)?,
        returned: row.flag("returned")?,
        plate: row.text_opt("plate")?,
        doc_no: row.text_opt("doc_no")?,
        penalty_text: row.text_opt("penalty_text")?,
        doc_sha256: row.text_opt("doc_sha256")?,
    };
    let verdict = opt(row.text_opt("verdict")?, |verdict| {
        json("sessions.verdict", verdict)
    })?;
    Ok(Session {
        row: session,
        verdict,
    })
}

pub(super) fn audit(row: &impl Columns) -> Result<AuditRow, Error> {
    Ok(AuditRow {
        sid: parsed("audit.sid", &row.text("sid")?)?,
        seq: count("audit.seq", row.int("seq")?)?,
        time: UtcMillis::from_millis(row.int("time")?),
        actor: row.text("actor")?,
        person: opt(row.text_opt("person")?, |person| {
            json("audit.person", person)
        })?,
        kind: row.text("kind")?,
        purpose: row.text("purpose")?,
    })
}

pub(super) fn figures(row: &impl Columns) -> Result<Figures, Error> {
    Ok(Figures {
        sessions: count("sessions", row.int("sessions")?)?,
        mean_handling_ms: row
            .int_opt("mean_handling_ms")?
            .map(|ms| count("mean_handling_ms", ms))
            .transpose()?,
        returned: count("returned", row.int("returned")?)?,
    })
}

/// Plain data as the text of a JSON column.
pub(super) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("rows hold plain data")
}

/// The pattern of `LIKE … ESCAPE '\'` that finds `text` anywhere.
pub(super) fn pattern(text: Option<&str>) -> Option<String> {
    let text = text
        .map(str::trim)
        .filter(|text| !text.is_empty())?
        .to_lowercase();
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Some(pattern)
}

/// An id as both backends take it.
pub(super) fn id(id: Uuid) -> String {
    id.to_string()
}

/// A count as both backends take it.
pub(super) fn int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_is_taken_literally() {
        assert_eq!(
            pattern(Some(" 蒙D100%_\\ ")).as_deref(),
            Some("%蒙d100\\%\\_\\\\%")
        );
        assert_eq!(pattern(Some("  ")), None);
        assert_eq!(pattern(None), None);
    }
}
